#pragma once

#include "harness/evidence/canary.hpp"
#include "harness/target/compiled_request.hpp"
#include "harness/traffic/objects.hpp"
#include "harness/traffic/operations.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::traffic {

/// What is to be sent next, and in whose name; without the bytes.
struct intent {
    /// The place in the operation table.
    std::size_t operation = 0;
    /// In the operation table, which outlives it.
    table_entry const* what = nullptr;
    tenant_index tenant;
    actor_index actor;
    /// Null if the operation concerns no object.
    object_ref object;
    object_ref parent;
    /// The object's removal was acknowledged: the answer should be that it is gone.
    bool expects_absence = false;
    /// For creations and updates, which write a canary of their own.
    bool writes_canary = false;
    object_serial serial;
    std::array<char, evidence::canary_length> written{};
    std::uint64_t canary_number = 0;

    /// What it writes, or what the object in question holds; may be empty.
    std::string_view canary() const noexcept
    {
        if (writes_canary) return {written.data(), written.size()};
        return object ? std::string_view{object->data->canary} : std::string_view{};
    }
};

/// The bytes of one request; for a store its fields, each ended by a NUL (stores::link). Its room
/// is used again by the connection's next one.
struct request_buffer {
    std::string wire;
    bool is_head = false;
};

/// Turns intents into bytes: by the operation's compiled request, or where that can't be, from its
/// template. One per core.
///
/// Headers that depend on tenant and user alone are kept as they were first written: with many
/// tenants, fetching their parts from all over the memory would cost more than the rest of a
/// request. They take some hundred bytes for each user that sends.
class request_source {
public:
    /// All of them outlive it.
    request_source(
        target::model const& m, target::population const& tenants, operation_table const& operations
    );

    /// @param renewed  the acting user, if their credentials are no longer the population's.
    /// @return `malformed` naming what has no value.
    result<void> write(intent const& i, target::actor const* renewed, request_buffer& out);

    /// Has what leads to the kept headers of a tenant's first users fetched.
    void approach(std::size_t operation, tenant_index t) const noexcept;
    /// Has what `write` will copy of the kept headers fetched.
    void expect(intent const& i) const noexcept;

private:
    /// By user: the headers that some operations have in common.
    struct shared_head {
        /// Operations that name different roles are kept apart.
        std::string as{};
        target::compiled_request const* like = nullptr;
        std::vector<std::string> texts{};
    };
    struct way {
        /// Nothing where each request is rendered anew.
        std::optional<target::compiled_request> compiled{};
        /// Nothing where headers are not kept; otherwise the place in `heads_`.
        std::optional<std::size_t> head{};
        /// Of requests that are this and the kept headers, and no more.
        std::optional<std::string_view> fixed_target{};
        bool is_head_method = false;
    };

    void share_head(way& w, std::string const& as);
    target::scope scope_of(intent const& i) const;
    bool suits(target::operation const& op, target::scope const& s) const;
    bool write_quickly(intent const& i, request_buffer& out);
    bool keep_head(way const& w, intent const& i);
    std::size_t place_of(intent const& i) const noexcept;
    result<void>
    write_fields(target::store_operation const& op, target::scope const& s, std::string& out) const;

    target::model const& model_;
    target::population const& tenants_;
    /// By operation.
    std::vector<way> ways_;
    std::vector<shared_head> heads_;
    /// By tenant: the place of its first user among all users.
    std::vector<std::size_t> first_users_;
    std::size_t users_ = 0;
};

} // namespace watertight::traffic
