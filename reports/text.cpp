#include "reports/text.hpp"

#include "harness/base/text.hpp"
#include "harness/verdict/criteria.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace watertight::reports {

using verdict::format_value;
using verdict::unit;

std::string number(std::uint64_t n)
{
    return format_value(static_cast<double>(n), unit::count);
}

std::string micros(double us)
{
    // Three digits are what a histogram holds.
    if (us >= 1000 && us < 1e6) return fmt::format("{:.3g} ms", us / 1000);
    return format_value(us, unit::microseconds);
}

std::string lasting(double s)
{
    if (s >= 1 && s < 60) return fmt::format("{:.3g} s", s);
    return s >= 60 ? format_value(std::round(s), unit::seconds) : micros(s * 1e6);
}

std::string percent(double share, bool sign)
{
    auto const pct = share * 100;
    auto const size = std::abs(pct);
    auto const text =
        size >= 100 || size == 0 ? fmt::format("{:.0f}%", size) : fmt::format("{:.3g}%", size);
    if (pct < 0) return "-" + text;
    return sign ? "+" + text : text;
}

std::string per_second(double rate)
{
    if (rate >= 100) return number(static_cast<std::uint64_t>(std::llround(rate))) + "/s";
    return fmt::format("{:.3g}/s", rate);
}

std::string counted(std::uint64_t n, std::string_view one, std::string_view many)
{
    auto const noun = n == 1         ? std::string{one}
                      : many.empty() ? std::string{one} + "s"
                                     : std::string{many};
    return number(n) + " " + noun;
}

// The length of the well-formed UTF-8 sequence at the front of `s`; 0 if there is none.
static std::size_t sequence(std::string_view s)
{
    auto const at = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    auto const lead = at(0);
    if (lead < 0x80) return 1;
    std::size_t const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || s.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((at(i) & 0xc0) != 0x80) return 0;
    }
    bool const overlong = (lead == 0xe0 && at(1) < 0xa0) || (lead == 0xf0 && at(1) < 0x90);
    bool const surrogate = lead == 0xed && at(1) >= 0xa0;
    bool const too_high = lead == 0xf4 && at(1) >= 0x90;
    return overlong || surrogate || too_high ? 0 : size;
}

// U+0080..U+009F are control characters too, and U+202A..U+202E and U+2066..U+2069 turn the
// direction of text, so that what is shown is not what is there.
static bool is_treacherous(std::string_view one)
{
    if (one.size() == 1) {
        auto const c = static_cast<unsigned char>(one[0]);
        return c < 0x20 || c == 0x7f;
    }
    if (one.size() == 2) return one[0] == '\xc2' && static_cast<unsigned char>(one[1]) < 0xa0;
    if (one.size() != 3 || one[0] != '\xe2') return false;
    auto const middle = static_cast<unsigned char>(one[1]);
    auto const last = static_cast<unsigned char>(one[2]);
    return (middle == 0x80 && last >= 0xaa && last <= 0xae) ||
           (middle == 0x81 && last >= 0xa6 && last <= 0xa9);
}

std::string visible(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        auto const size = sequence(text);
        auto const one = text.substr(0, std::max<std::size_t>(size, 1));
        if (size == 0) {
            out += "\xef\xbf\xbd";
        } else if (one == "\n") {
            out += one;
        } else if (one == "\t") {
            out += "    ";
        } else if (text.starts_with("\r\n")) {
            // The line's end follows.
        } else if (is_treacherous(one)) {
            for (char const c : one) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            out += one;
        }
        text.remove_prefix(one.size());
    }
    return out;
}

std::size_t columns(std::string_view utf8)
{
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

// How many bytes the first `n` code points take.
static std::size_t bytes_of(std::string_view s, std::size_t n)
{
    std::size_t at = 0;
    while (at < s.size() && n > 0) {
        ++at;
        while (at < s.size() && (static_cast<unsigned char>(s[at]) & 0xc0) == 0x80) ++at;
        --n;
    }
    return at;
}

// Takes as much of an over-wide word as fits, preferably up to a seam.
static std::string_view bite(std::string_view& word, std::size_t width)
{
    auto const fits = bytes_of(word, width);
    auto const seam = word.substr(0, fits).find_last_of("/-_.,:;&?=");
    auto const size = seam != word.npos && seam * 2 >= fits ? seam + 1 : fits;
    auto const piece = word.substr(0, size);
    word.remove_prefix(size);
    return piece;
}

static void wrap_line(std::string_view text, std::size_t width, std::vector<std::string>& out)
{
    std::string line;
    for (auto word : split(text, ' ')) {
        if (word.empty()) continue;
        auto const used = line.empty() ? 0 : columns(line) + 1;
        if (used + columns(word) <= width) {
            if (!line.empty()) line += ' ';
            line += word;
            continue;
        }
        if (!line.empty()) out.push_back(std::move(line));
        while (columns(word) > width) out.emplace_back(bite(word, width));
        line = word;
    }
    out.push_back(std::move(line));
}

std::vector<std::string> wrap(std::string_view text, std::size_t width)
{
    std::vector<std::string> out;
    for (auto const line : split(text, '\n')) wrap_line(line, std::max<std::size_t>(width, 8), out);
    while (out.size() > 1 && out.back().empty()) out.pop_back();
    return out;
}

bool is_waived(verdict::run_result const& r, evidence::finding const& f)
{
    return r.waived.contains(f.fingerprint());
}

head_counts count(verdict::run_result const& r)
{
    using verdict::criterion_status;
    using verdict::probe_status;
    auto const criteria = [&](criterion_status s) {
        return static_cast<std::uint64_t>(
            std::ranges::count(r.criteria, s, &verdict::criterion_outcome::status)
        );
    };
    auto const probes = [&](probe_status s) {
        return static_cast<std::uint64_t>(
            std::ranges::count(r.probes, s, &verdict::probe_outcome::status)
        );
    };
    head_counts out;
    out.met = criteria(criterion_status::met);
    out.not_met = criteria(criterion_status::not_met);
    out.undecided = criteria(criterion_status::inconclusive);
    out.attested = criteria(criterion_status::attested);
    out.unsigned_ = criteria(criterion_status::unattested);
    out.waived = r.waived.size();
    out.probes_passed = probes(probe_status::pass);
    out.probes_failed = probes(probe_status::fail);
    out.probes_inconclusive = probes(probe_status::inconclusive);
    out.probes_not_applicable = probes(probe_status::not_applicable);
    out.checks_passed = out.met + out.attested + out.probes_passed;
    out.checks = out.checks_passed + out.not_met + out.undecided + out.probes_failed +
                 out.probes_inconclusive;
    out.findings = static_cast<std::uint64_t>(std::ranges::count_if(r.findings, [&](auto const& f) {
        return !is_waived(r, f);
    }));
    for (auto const& o : r.operations) {
        out.requests += o.ok;
        for (auto const& [kind, n] : o.errors) out.requests += n;
    }
    return out;
}

std::vector<verdict::criterion_outcome const*> by_urgency(verdict::run_result const& r)
{
    std::vector<verdict::criterion_outcome const*> out;
    for (auto const& c : r.criteria) out.push_back(&c);
    auto const rank = [](verdict::criterion_outcome const* c) {
        if (c->status == verdict::criterion_status::not_met) return 0;
        return c->status == verdict::criterion_status::inconclusive ? 1 : 2;
    };
    std::ranges::stable_sort(out, {}, rank);
    return out;
}

std::string words(std::string_view status)
{
    return replace_all(std::string{status}, "_", " ");
}

std::vector<std::string> recovery_facts(verdict::drill_outcome const& d)
{
    std::vector<std::string> out;
    if (d.rto_s) out.push_back("recovery time " + lasting(*d.rto_s));
    if (d.rpo_s) out.push_back("recovery point " + (*d.rpo_s > 0 ? lasting(*d.rpo_s) : "0"));
    if (!d.stopped_at.empty()) out.push_back("roll-out stopped at " + d.stopped_at);
    if (d.new_after_rollback) {
        out.push_back(
            counted(*d.new_after_rollback, "answer") + " of the new version after the rollback"
        );
    }
    return out;
}

std::string change(std::string_view of, verdict::experiment_change const& c)
{
    return fmt::format(
        "{} {:+.1f}% (95% interval {:+.1f}% to {:+.1f}%)",
        of,
        100 * c.estimate,
        100 * c.low,
        100 * c.high
    );
}

} // namespace watertight::reports
