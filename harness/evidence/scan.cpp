// How a text is cut into the words that are looked at.
#include "harness/evidence/character.hpp"
#include "harness/evidence/scan_pass.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

namespace watertight::evidence {

// A word shorter than a block is seen at once; longer ones in blocks that overlap by 16 bytes, so
// that each run of 16 digits lies whole in one of them.
static constexpr std::size_t step = block_size - 16;
static constexpr std::size_t word_length_min = 16;
// Text of nothing but dashes must not make the scan quadratic.
static constexpr std::size_t lookups_per_word_max = 4096;

// Of what is left behind the last whole block, at `at`.
std::uint64_t scan_pass::words_of_tail(std::size_t at) const noexcept
{
    std::uint64_t out = 0;
    if (at == 0) {
        std::array<char, block_size> padded{};
        std::memcpy(padded.data(), text_.data(), text_.size());
        eyes_.words(padded.data(), 1, &out);
        return out;
    }
    eyes_.words(text_.data() + text_.size() - block_size, 1, &out);
    return out >> (block_size - (text_.size() - at));
}

// Its parts are too short to be a canary or a number, and no identifier but the whole. What an
// escape precedes may begin further on.
inline bool scan_pass::is_plain_uuid(std::size_t begin) const noexcept
{
    if (begin > 0 && begins_escape(text_[begin - 1])) return false;
    return is_in_groups_of_uuid(text_.data() + begin);
}

// What most answers are full of, and needs no more than this: words too short for anything but the
// fraction of a number, and UUIDs.
inline bool scan_pass::is_passed_over(std::size_t begin, std::size_t end)
{
    auto const length = end - begin;
    if (length < word_length_min) return begin == 0 || text_[begin - 1] != '.';
    if (length != uuid_length || !uuids_are_whole_ || !is_plain_uuid(begin)) return false;
    auto const found = known_.locate_uuid(text_, begin);
    if (found.what != nullptr) report_identifier(found);
    return true;
}

// @param seen  of the block at `base`. If the block before ended within a run, `run_begin_` is the
//              beginning of that.
inline void scan_pass::on_runs(std::size_t base, block_runs const& seen)
{
    auto const before = seen.reached << 1 | seen.carry;
    auto starts = seen.reached & ~before;
    auto const place = [base](std::uint64_t mask) {
        return base + static_cast<std::size_t>(std::countr_zero(mask));
    };
    auto const begin_next = [&] {
        run_begin_ = place(starts) - (run_finder::length_min - 1);
        starts &= starts - 1;
    };
    bool is_open = seen.carry != 0;
    for (auto ends = before & ~seen.reached; ends != 0 && !stopped_; ends &= ends - 1) {
        if (!is_open) begin_next();
        is_open = false;
        auto const end = place(ends);
        if (!is_passed_over(run_begin_, end)) on_word(run_begin_, end);
    }
    if (starts != 0) begin_next();
}

// Of the blocks from `first` on, a page at most; behind the last of the `whole` ones, of what is
// left. @return how many there are.
std::size_t scan_pass::next_page(std::size_t first, std::size_t whole, runs_page& page)
{
    auto const at = first * block_size;
    auto const count = std::min(whole - first, page.size());
    if (count != 0) return eyes_.runs(text_.data() + at, count, runs_, page.data());
    auto const carry = runs_.carry();
    auto const reached = at < text_.size() ? runs_.take(words_of_tail(at)) : 0;
    page[0] = {.block = 0, .reached = reached, .carry = carry};
    return (reached | carry) != 0 ? 1 : 0;
}

// Everything that is looked for is, or holds, or begins with, a word of 14 characters and more:
// most bytes of most texts are not looked at twice.
bool scan_pass::run()
{
    runs_page page;
    auto const whole = text_.size() / block_size;
    for (std::size_t first = 0; first <= whole && !stopped_;) {
        auto const seen = next_page(first, whole, page);
        for (auto const& one : std::span{page}.first(seen)) {
            on_runs((first + one.block) * block_size, one);
        }
        // The last page is that of the tail.
        first += first == whole ? 1 : std::min(whole - first, page.size());
    }
    return !stopped_;
}

// Of at most a block from `at`, clipped to `length`.
block_masks scan_pass::masks_at(std::size_t at, std::size_t length) const noexcept
{
    block_masks out;
    std::size_t before = 0;
    if (text_.size() >= block_size) {
        auto const from = std::min(at, text_.size() - block_size);
        before = at - from;
        out = eyes_.classify(text_.data() + from);
    } else {
        std::array<char, block_size> padded{};
        std::memcpy(padded.data(), text_.data() + at, text_.size() - at);
        out = eyes_.classify(padded.data());
    }
    auto const kept = length >= block_size ? ~std::uint64_t{0} : (std::uint64_t{1} << length) - 1;
    return {
        .digit = out.digit >> before & kept,
        .joint = out.joint >> before & kept,
        .upper = out.upper >> before & kept,
        .prefix = out.prefix >> before & kept,
    };
}

void scan_pass::on_word(std::size_t begin, std::size_t end)
{
    if (begin > 0 && text_[begin - 1] == '.') on_fraction(begin, end);
    auto const length = end - begin;
    if (length < word_length_min) return;
    word_begin_ = begin;
    word_end_ = end;
    if (length < block_size) {
        on_short_word(begin, length);
    } else {
        on_long_word(begin, end);
    }
    if (!decoded_from_ && begin >= base64_done_ && !stopped_) on_base64(begin, end);
}

void scan_pass::on_short_word(std::size_t begin, std::size_t length)
{
    auto const masks = masks_at(begin, length);
    word_has_prefix_ = masks.prefix != 0;
    word_has_upper_ = masks.upper != 0;
    on_masks(begin, masks.prefix, masks.digit);
    look_up_short(begin, length, masks.joint);
}

void scan_pass::on_long_word(std::size_t begin, std::size_t end)
{
    word_has_prefix_ = true;
    word_has_upper_ = false;
    auto budget = lookups_per_word_max;
    auto starts = escaped_starts(text_, begin) | 1;
    for (auto base = begin;; base += step) {
        auto const masks = masks_at(base, end - base);
        auto const last = end - base <= block_size;
        auto const fresh = last ? ~std::uint64_t{0} : (std::uint64_t{1} << step) - 1;
        word_has_upper_ = word_has_upper_ || masks.upper != 0;
        on_masks(base, masks.prefix & fresh, masks.digit);
        look_up_long(base, starts | (masks.joint & fresh) << 1, budget);
        if (last || stopped_) break;
        starts = 0;
    }
}

void scan_pass::on_masks(std::size_t base, std::uint64_t prefixes, std::uint64_t digits)
{
    auto const each = [&](std::uint64_t mask, void (scan_pass::*handle)(std::size_t)) {
        for (; mask != 0 && !stopped_; mask &= mask - 1) {
            (this->*handle)(base + static_cast<std::size_t>(std::countr_zero(mask)));
        }
    };
    each(prefixes, &scan_pass::on_prefix);
    auto const sixteen = runs_of_16(digits);
    each(sixteen & ~(sixteen << 1), &scan_pass::on_digits);
}

void scan_text(std::string_view text, scan_options const& options, sighting_sink& sink)
{
    scan_pass{text, options, sink, std::nullopt}.run();
}

} // namespace watertight::evidence
