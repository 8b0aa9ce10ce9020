#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace watertight::tenants {

/// A value of a YAML or JSON file, with the line that it stands in.
struct document_node {
    enum class kind { null, scalar, list, mapping };

    kind is = kind::null;
    /// Counted from 1.
    std::size_t line = 1;
    /// Of a scalar: as it is written, strings without their quotes.
    std::string text{};
    std::vector<document_node> items{};
    /// Of a mapping, in the file's order.
    std::vector<std::pair<std::string, document_node>> members{};

    document_node const* find(std::string const& name) const;
};

/// Reads a file. JSON is taken by a parser of its own, because lists of tenants get long.
/// @throws usage_error with file and line if it can't be read or is neither.
document_node read_document(std::string const& file);

} // namespace watertight::tenants
