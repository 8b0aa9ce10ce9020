#pragma once

#include "harness/target/model.hpp"

#include <string>
#include <vector>

namespace watertight::drill {

enum class effect { none, create, update, remove };

/// How live traffic may use an operation, found from the operation itself.
struct shape {
    target::operation const* op = nullptr;
    /// "users" of "users.create"; the whole name if it has no dot.
    std::string resource;
    /// The resource of the object that {id} names: its own, unless it creates something below it.
    std::string about{};
    effect does = effect::none;
    /// POST, PUT, PATCH or DELETE, whether or not its effect can be read back.
    bool is_write = false;
    bool needs_id = false;
    /// It goes to something below the object ("/tickets/{id}/notes"): only a read that shows what
    /// it wrote tells that it changes the object itself.
    bool goes_below = false;
    /// It writes a canary that a read may show.
    bool has_canary = false;
    /// Reads back what this one wrote; null if there is none.
    target::operation const* twin = nullptr;
};

/// The shape of each operation; the pointers lead into `operations` and `m`. A POST that
/// captures `id` creates, with {id} below the object that it names; PUT, PATCH and another POST
/// with {id} update; DELETE with {id} removes. The twin is a GET with {id} in its path: of the same
/// resource if there is one, else the next in the list, else the model's own read of that resource.
std::vector<shape>
shapes_of(std::vector<target::operation> const& operations, target::model const& m);

} // namespace watertight::drill
