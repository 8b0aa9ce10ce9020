#pragma once

#include "harness/draft/references.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::draft {

/// A schema as one: references followed, `allOf` joined, the first alternative of `oneOf` and
/// `anyOf` taken. Valid as long as the document.
class shape {
public:
    shape(references& refs, node const* schema);

    bool is_empty() const noexcept { return parts_.empty(); }
    /// The first part's own.
    node const* find(std::string_view key) const;
    std::string text(std::string_view key) const;
    bool flag(std::string_view key) const;
    double number(std::string_view key, double fallback) const;
    /// "object", "array", "string", "integer", "number", "boolean"; "object" for what has
    /// properties, "string" for what says nothing. OpenAPI 3.1's lists lose their "null".
    std::string type() const;
    /// In the document's order, each name once.
    std::vector<std::pair<std::string, node const*>> const& properties() const
    {
        return properties_;
    }
    bool requires_member(std::string_view name) const;
    /// What stands for the schema itself, to recognise it within itself.
    node const* identity() const noexcept { return parts_.empty() ? nullptr : parts_.front(); }

private:
    void add(references& refs, node const* schema, int depth);

    std::vector<node const*> parts_;
    std::vector<std::pair<std::string, node const*>> properties_;
};

} // namespace watertight::draft
