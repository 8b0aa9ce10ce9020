#include "harness/drill/catalogue.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/standing.hpp"
#include "harness/probe/store_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace watertight::drill {

static constexpr std::size_t definition_shown_max = 160;

// A definition in one line, not longer than a line can be.
static std::string in_a_line(std::string_view text, std::size_t from)
{
    std::string out = from > 0 ? "..." : "";
    bool was_space = false;
    for (auto const c : text.substr(from)) {
        bool const is_space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if (!is_space || !was_space) out += is_space ? ' ' : c;
        was_space = is_space;
        if (out.size() > definition_shown_max) return out + "...";
    }
    return out.empty() ? "(nothing)" : out;
}

// Where two long definitions begin to differ, with a little of what stands before.
static std::size_t first_difference(std::string_view a, std::string_view b)
{
    auto const at = std::ranges::mismatch(a, b).in1 - a.begin();
    auto const n = static_cast<std::size_t>(at);
    return n < definition_shown_max / 2 ? 0 : n - definition_shown_max / 4;
}

static bool is_excluded(std::string const& fact, std::vector<std::string> const& exclude)
{
    auto const name = std::string_view{fact}.substr(fact.find(": ") + 2);
    return std::ranges::any_of(exclude, [&](std::string const& pattern) {
        return probe::glob_matches(pattern, name) ||
               probe::glob_matches(pattern, replace_all(fact, ": ", " "));
    });
}

std::string in_lines(std::vector<catalogue_change> const& changes, std::size_t most)
{
    std::string out;
    for (std::size_t i = 0; i < std::min(changes.size(), most); ++i) {
        out += fmt::format("\n{} {}", changes[i].what, changes[i].how);
    }
    if (changes.size() > most) out += fmt::format("\nand {} more", changes.size() - most);
    return out;
}

static std::uint64_t position_from(std::string const& text)
{
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

// Where a sequence stands now that had been used before; nothing if it has not gone back.
static std::optional<std::string>
gone_back_to(std::string const& fact, std::string const& was, catalogue const& after)
{
    auto const now = after.facts.find(fact);
    if (now != after.facts.end()) {
        if (position_from(now->second) >= position_from(was)) return std::nullopt;
        return now->second;
    }
    auto const name = fact.substr(std::string_view{sequence_position}.size());
    if (!after.facts.contains("sequence: " + name)) return std::nullopt;
    return "its start";
}

std::vector<catalogue_change> differences(
    catalogue const& before, catalogue const& after, std::vector<std::string> const& exclude
)
{
    std::vector<catalogue_change> out;
    auto const add = [&](std::string const& fact, std::string how) {
        if (!is_excluded(fact, exclude)) {
            out.push_back({replace_all(fact, ": ", " "), std::move(how)});
        }
    };
    for (auto const& [fact, was] : before.facts) {
        if (fact.starts_with(sequence_position)) {
            auto const back_to = gone_back_to(fact, was, after);
            if (back_to) add(fact, fmt::format("was {}; is {}: it goes back", was, *back_to));
            continue;
        }
        auto const now = after.facts.find(fact);
        if (now == after.facts.end()) {
            // Without rows there is nothing that could lead nowhere.
            if (counts_only_where_it_held(fact)) continue;
            add(fact, "is gone; it was: " + in_a_line(was, 0));
        } else if (now->second != was) {
            if (counts_only_where_it_held(fact) && !was.starts_with("each")) continue;
            auto const from = first_difference(was, now->second);
            add(fact,
                fmt::format("was: {}; is: {}", in_a_line(was, from), in_a_line(now->second, from)));
        }
    }
    for (auto const& [fact, is] : after.facts) {
        if (fact.starts_with(sequence_position)) continue;
        if (counts_only_where_it_held(fact)) continue;
        if (!before.facts.contains(fact)) add(fact, "was not there; it is: " + in_a_line(is, 0));
    }
    return out;
}

} // namespace watertight::drill
