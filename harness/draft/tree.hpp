#pragma once

#include "harness/base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::draft {

struct node_member;

/// A value of a JSON or YAML document with its place. Large documents have hundreds of thousands.
struct node {
    enum class kind : std::uint8_t { null, boolean, number, text, list, map };

    kind type = kind::null;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    /// Of a scalar, as written.
    std::string text{};
    std::vector<node> items{};
    std::vector<node_member> members{};

    bool is_map() const noexcept { return type == kind::map; }
    bool is_list() const noexcept { return type == kind::list; }
    bool is_scalar() const noexcept { return !is_map() && !is_list(); }
    /// The member's value; null if there is none or this is no map.
    node const* find(std::string_view key) const;
    /// A scalar member's text; the fallback if there is none.
    std::string text_of(std::string_view key, std::string_view fallback = {}) const;
    bool flag_of(std::string_view key) const;
    double number_of(std::string_view key, double fallback) const;
};

struct node_member {
    std::string key;
    node value;
};

/// Reads JSON (what begins with a brace or a bracket) or YAML; aliases are expanded.
/// @param file  shown in the failure.
/// @return `malformed` as "file:line:column: what is wrong"; also for a document that is nested
///         deeper than 200 levels or has more than 5 million values.
result<node> parse_document(std::string_view text, std::string const& file);

/// "file:line:column: what", as a failure.
failure fault_at(std::string const& file, node const& at, std::string_view what);

} // namespace watertight::draft
