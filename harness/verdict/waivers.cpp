#include "harness/verdict/waivers.hpp"

#include "harness/base/text.hpp"

#include <charconv>
#include <chrono>

namespace watertight::verdict {

static bool read_digits(std::string_view text, int& out)
{
    auto const [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && stop == text.data() + text.size() && text[0] != '-';
}

bool is_day(std::string_view text) noexcept
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    int year = 0;
    int month = 0;
    int day = 0;
    if (!read_digits(text.substr(0, 4), year) || !read_digits(text.substr(5, 2), month) ||
        !read_digits(text.substr(8, 2), day))
    {
        return false;
    }
    return std::chrono::year_month_day{
        std::chrono::year{year},
        std::chrono::month{static_cast<unsigned>(month)},
        std::chrono::day{static_cast<unsigned>(day)}}
        .ok();
}

static bool covers(waiver const& w, evidence::finding const& f)
{
    bool const named = w.finding == f.probe || w.finding == f.fingerprint();
    return named && (w.on.empty() || f.channel.find(w.on) != f.channel.npos);
}

static criterion_outcome outcome_of(waiver const& w)
{
    criterion_outcome out;
    out.id = "waiver " + w.finding + (w.on.empty() ? "" : " on " + w.on);
    out.statement = "a known finding, let pass until " + w.until;
    out.limit = "until " + w.until;
    out.place = w.place;
    return out;
}

void apply_waivers(run_result& r, std::vector<waiver> const& waivers, std::string_view today)
{
    r.waived.clear();
    for (auto const& w : waivers) {
        auto out = outcome_of(w);
        // A day that cannot be read has passed: a waiver must not last for ever by a slip.
        if (!is_day(w.until) || w.until < today) {
            out.status = criterion_status::not_met;
            out.measured = "today is " + std::string{today};
            out.note = "the waiver has expired; fix the finding or renew it (" + w.because + ")";
            r.criteria.push_back(std::move(out));
            continue;
        }
        std::uint64_t covered = 0;
        for (auto const& f : r.findings) {
            if (!covers(w, f)) continue;
            ++covered;
            r.waived.emplace(f.fingerprint(), "until " + w.until + ": " + w.because);
        }
        if (covered == 0) {
            r.notes.push_back(
                "the " + out.id + " matches no finding; it can go once this holds in every run"
            );
            continue;
        }
        out.status = criterion_status::waived;
        out.measured = plural(covered, "finding");
        out.n = covered;
        out.note = w.because;
        r.criteria.push_back(std::move(out));
    }
}

} // namespace watertight::verdict
