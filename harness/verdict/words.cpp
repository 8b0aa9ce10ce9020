#include "harness/verdict/words.hpp"

#include <algorithm>
#include <array>

namespace watertight::verdict {

// In the order of the enumerators.
static constexpr std::array<std::string_view, 5> overall_words{
    "passed", "failed", "inconclusive", "not_run", "interrupted"};
static constexpr std::array<std::string_view, 4> probe_words{
    "pass", "fail", "inconclusive", "not_applicable"};
static constexpr std::array<std::string_view, 6> criterion_words{
    "met", "not_met", "inconclusive", "attested", "waived", "unsigned"};
static constexpr std::array<std::string_view, 4> change_words{"better", "worse", "level", "open"};

template <class Enum, std::size_t N>
static bool
find_word(std::array<std::string_view, N> const& words, std::string_view text, Enum& out)
{
    auto const at = std::ranges::find(words, text);
    if (at == words.end()) return false;
    out = static_cast<Enum>(at - words.begin());
    return true;
}

std::string_view to_string(overall o)
{
    return overall_words.at(static_cast<std::size_t>(o));
}

std::string_view to_string(probe_status s)
{
    return probe_words.at(static_cast<std::size_t>(s));
}

std::string_view to_string(criterion_status s)
{
    return criterion_words.at(static_cast<std::size_t>(s));
}

bool parse(std::string_view text, overall& out)
{
    return find_word(overall_words, text, out);
}

bool parse(std::string_view text, probe_status& out)
{
    return find_word(probe_words, text, out);
}

bool parse(std::string_view text, criterion_status& out)
{
    return find_word(criterion_words, text, out);
}

std::string_view to_string(change_kind k)
{
    return change_words.at(static_cast<std::size_t>(k));
}

bool parse(std::string_view text, change_kind& out)
{
    return find_word(change_words, text, out);
}

} // namespace watertight::verdict
