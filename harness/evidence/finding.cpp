#include "harness/evidence/finding.hpp"

#include "harness/base/text.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace watertight::evidence {

static constexpr std::size_t pairs_max = 64;
static constexpr std::size_t fingerprint_length = 16;

static constexpr std::array<std::string_view, 6> guarantee_names{
    "confidentiality", "integrity", "unobservability", "performance", "rollback", "service"};
static constexpr std::array<std::string_view, 5> severity_names{
    "info", "low", "medium", "high", "critical"};

template <class Enum, std::size_t Count>
static bool
parse_name(std::array<std::string_view, Count> const& names, std::string_view text, Enum& out)
{
    auto const at = std::ranges::find(names, text);
    if (at == names.end()) return false;
    out = static_cast<Enum>(at - names.begin());
    return true;
}

std::string_view to_string(guarantee g)
{
    return guarantee_names.at(static_cast<std::size_t>(g));
}

std::string_view to_string(severity s)
{
    return severity_names.at(static_cast<std::size_t>(s));
}

bool parse(std::string_view text, guarantee& out)
{
    return parse_name(guarantee_names, text, out);
}

bool parse(std::string_view text, severity& out)
{
    return parse_name(severity_names, text, out);
}

// NUL cannot stand in any of the three, so that no two places share a key.
static std::string place_of(finding const& f)
{
    std::string out = f.probe;
    out += '\0';
    out += to_string(f.kind);
    out += '\0';
    out += f.channel;
    return out;
}

std::string finding::fingerprint() const
{
    return sha256_hex(place_of(*this)).substr(0, fingerprint_length);
}

static void add_pair(finding& f, std::pair<std::string, std::string> const& pair)
{
    if (pair.first.empty() && pair.second.empty()) return;
    if (f.pairs.size() >= pairs_max || std::ranges::find(f.pairs, pair) != f.pairs.end()) return;
    f.pairs.push_back(pair);
}

static void add_pairs(finding& f, finding const& other)
{
    add_pair(f, {other.victim, other.intruder});
    for (auto const& pair : other.pairs) add_pair(f, pair);
}

// A finding without time, as a lint makes it, does not pull the first time back to 1970.
static wall::time_point earlier(wall::time_point a, wall::time_point b)
{
    if (a == wall::time_point{}) return b;
    return b == wall::time_point{} ? a : std::min(a, b);
}

// The evidence shown is the severer one's; among equals the one that was there.
static void absorb(finding& known, finding&& more)
{
    add_pairs(known, more);
    auto const count = known.count + more.count;
    auto const first = earlier(known.first, more.first);
    auto const last = std::max(known.last, more.last);
    if (more.level > known.level) {
        more.pairs = std::move(known.pairs);
        known = std::move(more);
    }
    known.count = count;
    known.first = first;
    known.last = last;
}

void finding_book::add(finding f)
{
    f.last = std::max(f.first, f.last);
    auto const [place, fresh] = places_.try_emplace(place_of(f), findings_.size());
    if (!fresh) return absorb(findings_[place->second], std::move(f));
    auto const pairs = std::exchange(f.pairs, {});
    add_pair(f, {f.victim, f.intruder});
    for (auto const& pair : pairs) add_pair(f, pair);
    findings_.push_back(std::move(f));
}

void finding_book::merge(finding_book const& other)
{
    // A copy, because a book may be merged into itself.
    auto const theirs = other.findings_;
    for (auto const& f : theirs) add(f);
}

std::vector<finding> finding_book::sorted() const
{
    auto out = findings_;
    std::ranges::stable_sort(out, [](finding const& a, finding const& b) {
        return std::tie(b.level, a.probe, a.channel, a.kind) <
               std::tie(a.level, b.probe, b.channel, b.kind);
    });
    return out;
}

} // namespace watertight::evidence
