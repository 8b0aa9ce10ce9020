#pragma once

#include "harness/base/error.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::target {

/// How a slot's value is written where it stands.
enum class escape { none, url, json, json_or_number };

/// Appends `value` as it has to be written there.
void append_escaped(std::string& out, std::string_view value, escape how);

/// Looks a variable up: "tenant.id", "user.email", "id", "canary". Nothing if it has no value.
using lookup = std::function<std::optional<std::string_view>(std::string_view name)>;

/// Text with slots, compiled once: "/api/v1/users/{id}?tenant={tenant.slug}".
///
/// A slot is `{name}`; `{{name}}` stands for the text "{name}", `{{{name}}}` for a slot in braces.
/// Names are letters, digits, '_', '-' and '.'. Braces around anything else (JSON text, for
/// instance) are left as they are, doubled or not.
class template_text {
public:
    struct piece {
        std::string literal;
        /// Empty for a literal.
        std::string slot;
        escape how = escape::none;
    };

    template_text() = default;

    /// @param how  escaping of every slot; literals are taken as they are.
    static template_text compile(std::string_view text, escape how);

    /// Compiles JSON text: a slot inside a longer string is JSON-escaped; a string that consists
    /// of one `{canary.number}`, `{serial}` or `{name:number}` slot is written as a bare number if
    /// the value is one; `{name:text}` keeps its quotes whatever it holds.
    static template_text compile_json(std::string_view json);

    /// Appends the rendered text. @return the name of the first slot without a value, if any.
    std::optional<std::string> render(lookup const& values, std::string& out) const;

    bool empty() const noexcept { return pieces_.empty(); }
    /// @param slot  a slot's whole name, or with a final dot the beginning of many: "object.".
    bool mentions(std::string_view slot) const noexcept;
    std::vector<piece> const& pieces() const noexcept { return pieces_; }

private:
    std::vector<piece> pieces_;
};

} // namespace watertight::target
