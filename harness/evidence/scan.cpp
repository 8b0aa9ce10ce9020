#include "harness/evidence/scan.hpp"

#include "harness/evidence/block.hpp"
#include "harness/evidence/character.hpp"
#include "harness/evidence/token_text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace watertight::evidence {

// How many blocks are classified before they are looked at.
static constexpr std::size_t page_blocks = 32;
// A word shorter than a block is seen at once; longer ones in blocks that overlap by 16 bytes, so
// that each run of 16 digits lies whole in one of them.
static constexpr std::size_t step = block_size - 16;
static constexpr std::size_t word_length_min = 16;
// Text of nothing but dashes must not make the scan quadratic.
static constexpr std::size_t lookups_per_word_max = 4096;
static constexpr std::size_t decoded_size = 3072;
// What two decoded pieces have in common, so that no token is cut in half unseen.
static constexpr std::size_t decoded_overlap = 96;

namespace {

// One pass over one text. `decoded_from` is set where the text was itself decoded from base-64
// digits that begin there in the outer text; decoded text is not decoded again.
class pass {
public:
    pass(
        std::string_view text,
        scan_options const& options,
        sighting_sink& sink,
        std::optional<std::size_t> decoded_from
    )
        : text_{text},
          options_{options},
          known_{options.identifiers.contents()},
          sink_{sink},
          decoded_from_{decoded_from}
    {
    }

    /// @return false if the sink ended it.
    bool run();
    /// What the whole of `skip` leading bytes holds was reported before.
    void skip_within(std::size_t skip) { skip_ = skip; }

private:
    using masks_page = std::array<std::uint64_t, page_blocks>;

    std::size_t classify_page(std::size_t first, masks_page& page) const noexcept;
    void on_runs(std::size_t base, std::uint64_t twelve, std::uint64_t carry);
    block_masks masks_at(std::size_t at, std::size_t length) const noexcept;

    void on_word(std::size_t begin, std::size_t end);
    void on_short_word(std::size_t begin, std::size_t length);
    void on_long_word(std::size_t begin, std::size_t end);
    void on_masks(std::size_t base, std::uint64_t prefixes, std::uint64_t digits);
    void on_prefix(std::size_t at);
    void on_digits(std::size_t begin);
    void on_fraction(std::size_t begin, std::size_t end);
    void look_up_short(std::size_t begin, std::size_t length, std::uint64_t joints);
    void look_up_long(std::size_t begin, std::size_t end);
    void look_up_from(std::size_t start, std::size_t end, std::size_t& budget);
    void look_up(std::size_t at, std::size_t length);
    void on_base64(std::size_t begin, std::size_t end);
    void decode(std::size_t begin, std::size_t end);

    bool lies_in_canary(std::size_t at, std::size_t length) const noexcept;
    void report_number(number_token const& number);
    void report(raw_sighting seen, std::size_t length);

    std::string_view text_;
    scan_options const& options_;
    identifier_index::tables const& known_;
    sighting_sink& sink_;
    classifier const& eyes_ = fastest_classifier();
    std::optional<std::size_t> decoded_from_;
    std::size_t skip_ = 0;
    std::size_t digits_done_ = 0;
    std::size_t base64_done_ = 0;
    std::size_t run_begin_ = 0;
    /// The word at hand, and whether a canary may stand in it.
    std::size_t word_begin_ = 0;
    std::size_t word_end_ = 0;
    bool word_has_prefix_ = false;
    bool stopped_ = false;
};

} // namespace

// The masks of the blocks from block `first` on, as many as fit: a page at a time, so that the loop
// that makes them does nothing else. @return how many.
std::size_t pass::classify_page(std::size_t first, masks_page& page) const noexcept
{
    auto const at = first * block_size;
    auto const whole = (text_.size() - at) / block_size;
    if (whole != 0) {
        auto const count = std::min(whole, page.size());
        eyes_.words(text_.data() + at, count, page.data());
        return count;
    }
    std::array<char, block_size> tail{};
    std::memcpy(tail.data(), text_.data() + at, text_.size() - at);
    eyes_.words(tail.data(), 1, page.data());
    return 1;
}

// Everything that is looked for is, or holds, or begins with, a word of 12 characters and more:
// most bytes of most texts are not looked at twice.
bool pass::run()
{
    masks_page page;
    run_finder runs;
    std::uint64_t carry = 0;
    auto const blocks = (text_.size() + block_size - 1) / block_size;
    for (std::size_t first = 0; first < blocks && !stopped_;) {
        auto const count = classify_page(first, page);
        for (std::size_t i = 0; i < count; ++i) {
            auto const twelve = runs.take(page[i]);
            if ((twelve | carry) == 0) continue;
            on_runs((first + i) * block_size, twelve, carry);
            carry = twelve >> 63;
        }
        first += count;
    }
    if (carry != 0 && !stopped_) on_word(run_begin_, text_.size());
    return !stopped_;
}

// @param twelve  as run_finder tells of the block at `base`.
// @param carry   1 if the block before ended within a run, which `run_begin_` is the beginning of.
void pass::on_runs(std::size_t base, std::uint64_t twelve, std::uint64_t carry)
{
    auto const before = twelve << 1 | carry;
    auto starts = twelve & ~before;
    auto const place = [base](std::uint64_t mask) {
        return base + static_cast<std::size_t>(std::countr_zero(mask));
    };
    auto const begin_next = [&] {
        run_begin_ = place(starts) - (run_finder::length_min - 1);
        starts &= starts - 1;
    };
    bool is_open = carry != 0;
    for (auto ends = before & ~twelve; ends != 0 && !stopped_; ends &= ends - 1) {
        if (!is_open) begin_next();
        is_open = false;
        on_word(run_begin_, place(ends));
    }
    if (starts != 0) begin_next();
}

// Of at most a block from `at`, clipped to `length`.
block_masks pass::masks_at(std::size_t at, std::size_t length) const noexcept
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
        .prefix = out.prefix >> before & kept,
    };
}

void pass::on_word(std::size_t begin, std::size_t end)
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

void pass::on_short_word(std::size_t begin, std::size_t length)
{
    auto const masks = masks_at(begin, length);
    word_has_prefix_ = masks.prefix != 0;
    on_masks(begin, masks.prefix, masks.digit);
    look_up_short(begin, length, masks.joint);
}

void pass::on_long_word(std::size_t begin, std::size_t end)
{
    word_has_prefix_ = true;
    for (auto base = begin;; base += step) {
        auto const masks = masks_at(base, end - base);
        auto const last = end - base <= block_size;
        auto const fresh = last ? ~std::uint64_t{0} : (std::uint64_t{1} << step) - 1;
        on_masks(base, masks.prefix & fresh, masks.digit);
        if (last || stopped_) break;
    }
    look_up_long(begin, end);
}

void pass::on_masks(std::size_t base, std::uint64_t prefixes, std::uint64_t digits)
{
    auto const each = [&](std::uint64_t mask, void (pass::*handle)(std::size_t)) {
        for (; mask != 0 && !stopped_; mask &= mask - 1) {
            (this->*handle)(base + static_cast<std::size_t>(std::countr_zero(mask)));
        }
    };
    each(prefixes, &pass::on_prefix);
    auto const sixteen = runs_of_16(digits);
    each(sixteen & ~(sixteen << 1), &pass::on_digits);
}

void pass::on_prefix(std::size_t at)
{
    if (word_end_ - at < canary_length) return;
    auto const token = text_.substr(at, canary_length);
    if (auto const who = options_.mint.verify_text(token)) {
        report(
            {.kind = token_kind::canary, .who = *who, .offset = at, .token = token}, token.size()
        );
    }
}

void pass::on_digits(std::size_t begin)
{
    if (begin < digits_done_) return;
    auto end = begin;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    digits_done_ = end;
    if (auto const number = whole_number(text_, begin, end)) report_number(*number);
}

// What may be a number with an exponent is no word otherwise.
void pass::on_fraction(std::size_t begin, std::size_t end)
{
    auto digits_end = begin;
    while (digits_end < end && is_digit(text_[digits_end])) ++digits_end;
    if (digits_end - begin < run_finder::length_min) return;
    if (auto const number = number_with_exponent(text_, begin, digits_end)) report_number(*number);
}

void pass::report_number(number_token const& number)
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
bool pass::lies_in_canary(std::size_t at, std::size_t length) const noexcept
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
void pass::look_up_short(std::size_t begin, std::size_t length, std::uint64_t joints)
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

void pass::look_up_long(std::size_t begin, std::size_t end)
{
    if (known_.lengths.empty()) return;
    auto budget = lookups_per_word_max;
    auto const escaped = escaped_starts(text_, begin);
    look_up_from(begin, end, budget);
    for (auto at = begin + 1; at < end && budget > 0 && !stopped_; ++at) {
        auto const after_escape = at - begin < block_size && (escaped >> (at - begin) & 1) != 0;
        if (is_joint(text_[at - 1]) || after_escape) look_up_from(at, end, budget);
    }
}

void pass::look_up_from(std::size_t start, std::size_t end, std::size_t& budget)
{
    for (auto const length : known_.lengths) {
        if (length > end - start || budget == 0 || stopped_) return;
        if (start + length < end && !is_joint(text_[start + length])) continue;
        --budget;
        look_up(start, length);
    }
}

void pass::look_up(std::size_t at, std::size_t length)
{
    auto const found = known_.locate(text_, at, length);
    if (found.what == nullptr || found.what->shared) return;
    if (lies_in_canary(found.at, found.length)) return;
    report(
        {.kind = token_kind::identifier,
         .who = found.what->value.who,
         .offset = found.at,
         .token = text_.substr(found.at, found.length),
         .what = &found.what->value},
        found.length
    );
}

void pass::on_base64(std::size_t begin, std::size_t end)
{
    auto const joins = [this](std::size_t at) { return text_[at] == '+' || text_[at] == '/'; };
    auto const joined = (begin > 0 && joins(begin - 1)) || (end < text_.size() && joins(end));
    if (!joined && end - begin < options_.base64_length_min) return;
    auto const word = begin;
    while (begin > base64_done_ && is_base64(text_[begin - 1])) --begin;
    while (end < text_.size() && is_base64(text_[end])) ++end;
    base64_done_ = end;
    auto const run = text_.substr(begin, end - begin);
    if (run.size() < options_.base64_length_min) return;
    // Slugs, hashes and canaries have one case alone.
    if (std::ranges::none_of(run, is_upper)) return;
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

void pass::decode(std::size_t begin, std::size_t end)
{
    std::array<char, decoded_size> piece;
    std::size_t skip = 0;
    for (auto from = begin; end - from >= 2 && !stopped_;) {
        auto const digits = std::min(end - from, decoded_size / 3 * 4);
        auto const size = decode_base64(text_.substr(from, digits), piece.data());
        pass inner{{piece.data(), size}, options_, sink_, from};
        inner.skip_within(skip);
        stopped_ = !inner.run();
        if (from + digits == end) return;
        skip = decoded_overlap;
        from += digits - decoded_overlap / 3 * 4;
    }
}

void pass::report(raw_sighting seen, std::size_t length)
{
    if (seen.offset + length <= skip_) return;
    if (decoded_from_) seen.offset = *decoded_from_ + seen.offset / 3 * 4;
    if (!sink_.take(seen)) stopped_ = true;
}

void scan_text(std::string_view text, scan_options const& options, sighting_sink& sink)
{
    pass{text, options, sink, std::nullopt}.run();
}

} // namespace watertight::evidence
