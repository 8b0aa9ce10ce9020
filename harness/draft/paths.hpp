#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace watertight::draft {

/// A part of a path between two slashes: a literal, or a parameter with what stands around it.
struct segment {
    /// As written, without ".json" and the like.
    std::string text;
    /// The parameter's name; empty for a literal.
    std::string name;

    bool is_parameter() const noexcept { return !name.empty(); }
};

/// "/orgs/{org}/users/{id}.json": orgs, {org}, users, {id}. Empty parts are left out.
std::vector<segment> segments_of(std::string_view path);

/// What the first `count` segments have in common with other paths: parameters by their place
/// alone, literals without case.
std::string shape_of(std::vector<segment> const& all, std::size_t count);

/// What an ending such as /create or /list asks for: "create", "list", "read", "update", "remove";
/// empty for any other word.
std::string_view verb_of(std::string_view literal);

/// "contact" of "contact.get": a call by name, whose second half is such a verb; empty otherwise.
std::string_view object_called(std::string_view literal);

/// Names of all parameters in their order.
std::vector<std::string> parameters_in(std::vector<segment> const& all);

} // namespace watertight::draft
