#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace watertight::reports::markup {

/// Text that may stand in an element or in a quoted attribute. Everything that comes from a run
/// goes through this: bodies of answers are written by whoever attacks the target.
std::string esc(std::string_view text);

/// Escaped, with each occurrence of `token` (without case) in a <mark>.
std::string marked(std::string_view text, std::string_view token);

/// JSON that may stand in a <script> element: no '<', '>' or '&' in it.
std::string island(std::string_view json);

/// A small coloured word; `tone` is good, bad, doubt or empty.
std::string badge(std::string_view tone, std::string_view text);

/// @param lead  markup of one line beside the title; may be empty.
struct section_parts {
    std::string id;
    std::string title;
    std::string lead;
    std::string body;
};
std::string section(section_parts const& parts);

/// A cell of a table whose rows become blocks on a narrow screen. `content` is markup.
std::string cell(std::string_view label, std::string_view content);
/// A number, right-aligned, with the value to sort by.
std::string number_cell(std::string_view label, std::string_view content, double sort_by);

/// A command with a button that copies it.
std::string paste(std::string_view command);

/// {{name}} in `text` replaced by values, in one pass: what a value holds is not looked at again.
struct slot {
    std::string_view name;
    std::string_view value;
};
std::string fill(std::string_view text, std::initializer_list<slot> slots);

} // namespace watertight::reports::markup
