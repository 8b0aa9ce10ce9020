#pragma once

#include "harness/target/model.hpp"
#include "harness/traffic/mix.hpp"
#include "harness/traffic/plan.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace watertight::traffic {

enum class verb { create, read, list, update, remove, other };

/// One operation of the scenario as traffic sees it.
struct table_entry {
    target::operation const* op = nullptr;
    /// Set for what is sent to a store; `op` then only names it.
    target::store_operation const* store = nullptr;
    /// Null for operations that belong to no resource.
    target::resource const* in = nullptr;
    /// The place of `in` in model::resources.
    std::size_t resource = 0;
    verb kind = verb::other;
    bool needs_object = false;
    bool needs_parent = false;
    /// Carries a canary of its own, though no object's state follows from it.
    bool mints_canary = false;

    bool writes() const noexcept
    {
        return kind == verb::create || kind == verb::update || kind == verb::remove;
    }
};

/// All operations that the model describes, in its order. The model must outlive it.
class operation_table {
public:
    explicit operation_table(target::model const& m);
    operation_table(operation_table const&) = delete;
    operation_table& operator=(operation_table const&) = delete;

    std::vector<table_entry> const& entries() const noexcept { return entries_; }

    /// Each entry's weight in a phase; 0 for those that it does not send.
    /// @throws usage_error if the phase names an operation that does not exist, or if nothing at
    ///         all would be sent.
    std::vector<double> weights(phase const& p) const;

private:
    void add(target::operation const& op, table_entry as);
    void add_store(target::model const& m, target::store_operation const& op);
    double default_weight(table_entry const& e) const noexcept;
    std::vector<double> default_weights() const;

    std::vector<table_entry> entries_;
    // What the entries of stores are called.
    std::deque<target::operation> names_;
};

} // namespace watertight::traffic
