#pragma once

#include "harness/evidence/canary.hpp"
#include "harness/target/render.hpp"
#include "harness/traffic/objects.hpp"
#include "harness/traffic/operations.hpp"

#include <string>

namespace watertight::traffic {

/// What is to be sent next, and in whose name; without the bytes.
struct intent {
    /// The place in the operation table.
    std::size_t operation = 0;
    table_entry what;
    tenant_index tenant;
    actor_index actor;
    /// Null if the operation concerns no object.
    object_ref object;
    object_ref parent;
    /// The object's removal was acknowledged: the answer should be that it is gone.
    bool expects_absence = false;
    /// For creations and updates.
    object_serial serial;
    std::string canary;
    std::uint64_t canary_number = 0;
};

/// The bytes of one request. Its room is used again by the connection's next one.
struct request_buffer {
    std::string wire;
    bool is_head = false;
};

/// Turns intents into bytes: the seam at which precompiled requests can take the place of rendering
/// each one from its template. One per core.
class request_source {
public:
    virtual ~request_source() = default;

    /// @param who  the acting user with the credentials of this moment.
    /// @return `malformed` naming what has no value.
    virtual result<void> write(intent const& i, target::actor const& who, request_buffer& out) = 0;
};

/// Renders each request from its template.
class template_source final : public request_source {
public:
    /// Both outlive it.
    template_source(target::model const& m, target::population const& tenants);

    result<void> write(intent const& i, target::actor const& who, request_buffer& out) override;

private:
    target::model const& model_;
    target::population const& tenants_;
};

} // namespace watertight::traffic
