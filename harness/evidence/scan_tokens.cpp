// What is looked for in a word.
#include "harness/evidence/character.hpp"
#include "harness/evidence/scan_pass.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace watertight::evidence {

static constexpr std::size_t decoded_size = 3072;
// What two decoded pieces have in common, so that no token is cut in half unseen.
static constexpr std::size_t decoded_overlap = 96;

void scan_pass::on_prefix(std::size_t at)
{
    if (word_end_ - at < canary_length) return;
    auto const token = text_.substr(at, canary_length);
    if (auto const who = options_.mint.verify_text(token)) {
        report(
            {.kind = token_kind::canary, .who = *who, .offset = at, .token = token}, token.size()
        );
    }
}

void scan_pass::on_digits(std::size_t begin)
{
    if (begin < digits_done_) return;
    auto end = begin;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    digits_done_ = end;
    if (auto const number = whole_number(text_, begin, end)) report_number(*number);
}

// What may be a number with an exponent is no word otherwise. With the letter of the exponent its
// digits are a run: one number of a thousand drops more zeros than that allows.
void scan_pass::on_fraction(std::size_t begin, std::size_t end)
{
    auto digits_end = begin;
    while (digits_end < end && is_digit(text_[digits_end])) ++digits_end;
    if (digits_end - begin + 1 < run_finder::length_min) return;
    if (auto const number = number_with_exponent(text_, begin, digits_end)) report_number(*number);
}

void scan_pass::report_number(number_token const& number)
{
    auto const who = options_.mint.verify_number(number.value);
    if (!who || lies_in_canary(number.at, number.length)) return;
    report(
        {.kind = token_kind::number,
         .who = *who,
         .offset = number.at,
         .token = text_.substr(number.at, number.length)},
        number.length
    );
}

// What a text canary holds by chance is not seen a second time.
bool scan_pass::lies_in_canary(std::size_t at, std::size_t length) const noexcept
{
    if (!word_has_prefix_ && at >= word_begin_ && at + length <= word_end_) return false;
    auto const first = at < canary_length ? 0 : at - canary_length + 1;
    auto const last = at + length;
    for (auto begin = first; begin < last && begin + canary_length <= text_.size(); ++begin) {
        if (lower(text_[begin]) == canary_prefix.front() &&
            options_.mint.verify_text(text_.substr(begin, canary_length)))
        {
            return true;
        }
    }
    return false;
}

// Parts of compound names count: tenant_<id>_db, export-<id>; and what an escape precedes.
void scan_pass::look_up_short(std::size_t begin, std::size_t length, std::uint64_t joints)
{
    if (known_.lengths.empty() || length < known_.lengths.front()) return;
    auto const end = std::uint64_t{1} << length;
    auto const ends = joints | end;
    auto starts = (joints << 1 | escaped_starts(text_, begin) | 1) & (end - 1);
    for (; starts != 0; starts &= starts - 1) {
        auto const start = static_cast<unsigned>(std::countr_zero(starts));
        for (auto fits = ends >> start & known_.lengths_short; fits != 0; fits &= fits - 1) {
            look_up(begin + start, static_cast<std::size_t>(std::countr_zero(fits)));
            if (stopped_) return;
        }
    }
}

// @param starts  where identifiers may begin, counted from `base`.
void scan_pass::look_up_long(std::size_t base, std::uint64_t starts, std::size_t& budget)
{
    if (known_.lengths.empty()) return;
    for (; starts != 0 && budget != 0 && !stopped_; starts &= starts - 1) {
        look_up_from(base + static_cast<std::size_t>(std::countr_zero(starts)), budget);
    }
}

void scan_pass::look_up_from(std::size_t start, std::size_t& budget)
{
    for (auto const length : known_.lengths) {
        if (start + length > word_end_ || budget == 0 || stopped_) return;
        if (start + length < word_end_ && !is_joint(text_[start + length])) continue;
        --budget;
        look_up(start, length);
    }
}

void scan_pass::look_up(std::size_t at, std::size_t length)
{
    auto const found = known_.locate(text_, at, length);
    if (found.what == nullptr || lies_in_canary(found.at, found.length)) return;
    report_identifier(found);
}

void scan_pass::report_identifier(identifier_table::match const& found)
{
    if (found.what->value.shared) return;
    report(
        {.kind = token_kind::identifier,
         .who = found.what->value.who,
         .offset = found.at,
         .token = text_.substr(found.at, found.length),
         .what = &found.what->value},
        found.length
    );
}

void scan_pass::on_base64(std::size_t begin, std::size_t end)
{
    auto const joins = [this](std::size_t at) { return text_[at] == '+' || text_[at] == '/'; };
    auto const joined = (begin > 0 && joins(begin - 1)) || (end < text_.size() && joins(end));
    // Slugs, hashes and canaries have one case alone.
    if (!joined && (end - begin < options_.base64_length_min || !word_has_upper_)) return;
    auto const word = begin;
    while (begin > base64_done_ && is_base64(text_[begin - 1])) --begin;
    while (end < text_.size() && is_base64(text_[end])) ++end;
    base64_done_ = end;
    auto const run = text_.substr(begin, end - begin);
    if (run.size() < options_.base64_length_min) return;
    if (!word_has_upper_ && std::ranges::none_of(run, is_upper)) return;
    // Paths that hold UUIDs mix the two alphabets.
    if (run.find_first_of("+/") != run.npos && run.find_first_of("-_") != run.npos) return;
    decode(begin, end);
    // Behind a path or a prefix the digits do not begin where the run does.
    if ((word - begin) % 4 != 0) decode(word, end);
    auto const object = run.find("eyJ");
    if (object != run.npos && object % 4 != 0 && object != word - begin) {
        decode(begin + object, end);
    }
}

void scan_pass::decode(std::size_t begin, std::size_t end)
{
    std::array<char, decoded_size> piece;
    std::size_t skip = 0;
    for (auto from = begin; end - from >= 2 && !stopped_;) {
        auto const digits = std::min(end - from, decoded_size / 3 * 4);
        auto const size = decode_base64(text_.substr(from, digits), piece.data());
        scan_pass inner{{piece.data(), size}, options_, sink_, from};
        inner.skip_within(skip);
        stopped_ = !inner.run();
        if (from + digits == end) return;
        skip = decoded_overlap;
        from += digits - decoded_overlap / 3 * 4;
    }
}

void scan_pass::report(raw_sighting seen, std::size_t length)
{
    if (seen.offset + length <= skip_) return;
    if (decoded_from_) seen.offset = *decoded_from_ + seen.offset / 3 * 4;
    if (!sink_.take(seen)) stopped_ = true;
}

} // namespace watertight::evidence
