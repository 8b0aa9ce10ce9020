#pragma once

#include "harness/draft/description.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::draft {

/// A text on one line that commands no terminal: each control character, C1 and Unicode's line
/// separators too, is replaced.
std::string without_controls(std::string_view text, std::string_view instead);

/// A text as YAML has it on one line: quoted where it has to be. What would be a variable to a
/// scenario, ${NAME}, stays the text.
std::string yaml_text(std::string_view text);

/// On one line: {name: "{canary}", tags: []}.
std::string yaml_flow(json_value const& value);

/// Members of a mapping as lines: on one each where they fit, as a block below else.
/// @param entries  keys with values that are YAML already, or a value to be written.
class yaml_lines {
public:
    explicit yaml_lines(std::string& out) : out_{out} {}

    /// "key: value  # comment". Value and comment may be empty.
    void line(int indent, std::string_view key, std::string_view value, std::string_view what = {});
    /// The mark of a blank and what belongs there, as a comment on a line of its own.
    void blank(int indent, std::string_view what);
    void comment(int indent, std::string_view text);
    void value(int indent, std::string_view key, json_value const& v);
    void gap() { out_ += '\n'; }

private:
    void block(int indent, json_value const& v);

    std::string& out_;
};

} // namespace watertight::draft
