#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// A body as comparable parts: JSON leaves by pointer ("/user/name" to "\"x\""), a page's texts and
/// attributes by element ("<dd id=projects> 0" to "7"), so that a token that each page has anew is
/// one part of it; or the whole text under "" when it is neither.
std::map<std::string, std::string> flatten(std::string_view body);

/// Parts that differ between readings of the same thing with nothing in between: time stamps,
/// request ids, counters. Their values prove nothing.
std::set<std::string> volatile_parts(std::vector<std::string> const& readings);

/// Parts of `before` that are not volatile and differ or are missing in `after`, and parts that are
/// new in `after`.
std::vector<std::string> changed_parts(
    std::string_view before, std::string_view after, std::set<std::string> const& ignored
);

/// A body with every occurrence of `tokens` replaced by placeholders, so that two answers that
/// differ in the id they speak of compare equal. Numbers are replaced as whole numbers only.
std::string without_tokens(std::string body, std::vector<std::string> const& tokens);

/// How often `part` stands in `text`, none within another.
std::size_t count_of(std::string_view text, std::string_view part);

/// The value of a quoted attribute of a tag (`a href="x"`); empty: it has none.
std::string_view attribute_of(std::string_view tag, std::string_view name);

/// Names of members anywhere in a JSON body whose value is `value`, as text or number; each once.
std::vector<std::string> members_that_hold(std::string_view body, std::string_view value);

} // namespace watertight::probe
