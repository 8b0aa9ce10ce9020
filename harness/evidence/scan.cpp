#include "harness/evidence/scan.hpp"

#include "harness/evidence/block.hpp"
#include "harness/evidence/character.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace watertight::evidence {

// Blocks overlap by 16 bytes: each run of 16 lies whole in one of them, from its first byte on.
static constexpr std::size_t step = block_size - 16;
static constexpr std::size_t number_digits = 16;
// Text of nothing but dashes must not make the scan quadratic.
static constexpr std::size_t lookups_per_word_max = 4096;
static constexpr std::size_t decoded_size = 3072;
// What two decoded pieces have in common, so that no token is cut in half unseen.
static constexpr std::size_t decoded_overlap = 96;

static constexpr std::array<std::uint8_t, 256> make_base64_values() noexcept
{
    std::array<std::uint8_t, 256> out{};
    for (unsigned c = 0; c < out.size(); ++c) out[c] = base64_value(static_cast<char>(c));
    return out;
}

static constexpr auto base64_values = make_base64_values();

static constexpr std::array<bool, 256> make_word_characters() noexcept
{
    std::array<bool, 256> out{};
    for (unsigned c = 0; c < out.size(); ++c) out[c] = is_word(static_cast<char>(c));
    return out;
}

static constexpr auto word_characters = make_word_characters();

static bool word_at(std::string_view text, std::size_t at) noexcept
{
    return word_characters[static_cast<unsigned char>(text[at])];
}

static std::uint8_t base64_at(std::string_view text, std::size_t at) noexcept
{
    return base64_values[static_cast<unsigned char>(text[at])];
}

static std::size_t decode_base64(std::string_view digits, char* out) noexcept
{
    auto* const begin = out;
    std::size_t at = 0;
    for (; at + 4 <= digits.size(); at += 4) {
        auto const bits = std::uint32_t{base64_at(digits, at)} << 18 |
                          std::uint32_t{base64_at(digits, at + 1)} << 12 |
                          std::uint32_t{base64_at(digits, at + 2)} << 6 |
                          std::uint32_t{base64_at(digits, at + 3)};
        *out++ = static_cast<char>(bits >> 16);
        *out++ = static_cast<char>(bits >> 8);
        *out++ = static_cast<char>(bits);
    }
    std::uint32_t bits = 0;
    for (std::size_t i = 0; at + i < digits.size(); ++i) {
        bits = bits << 6 | base64_at(digits, at + i);
        if (i != 0) *out++ = static_cast<char>(bits >> (6 - 2 * i));
    }
    return static_cast<std::size_t>(out - begin);
}

// Whether the characters before `at` are an escape (%2F, \u0022, =3D, \n) whose last ones look like
// the beginning of a word or a number.
static std::size_t escape_before(std::string_view text, std::size_t at) noexcept
{
    auto const hex_digits = [&](std::size_t count) {
        return std::ranges::all_of(text.substr(at - count, count), is_hex);
    };
    if (at >= 3 && (text[at - 3] == '%' || text[at - 3] == '=') && hex_digits(2)) return 2;
    if (at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' && hex_digits(4)) return 5;
    if (at >= 2 && text[at - 2] == '\\' && is_letter(text[at - 1])) return 1;
    return 0;
}

static std::uint64_t number_in(std::string_view digits) noexcept
{
    std::uint64_t out = 0;
    for (char const c : digits) out = out * 10 + static_cast<std::uint64_t>(c - '0');
    return out;
}

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
          table_{options.identifiers.contents()},
          sink_{sink},
          decoded_from_{decoded_from}
    {
    }

    /// @return false if the sink ended it.
    bool run();
    /// What the whole of `skip` leading bytes holds was reported before.
    void skip_within(std::size_t skip) { skip_ = skip; }

private:
    void on_block(std::size_t base, block_masks const& masks, bool last);
    void on_prefix(std::size_t at);
    void on_digits(std::size_t begin);
    void on_exponent(std::size_t begin, std::size_t end);
    void on_word(std::size_t begin);
    void look_up(std::size_t begin, std::size_t end);
    void look_up_from(std::size_t start, std::size_t end, std::size_t& budget);
    void on_base64(std::size_t begin, std::size_t end);
    void decode(std::size_t begin, std::size_t end);

    bool number_stands_alone(std::size_t begin, std::size_t end) const noexcept;
    bool lies_in_canary(std::size_t at, std::size_t length) const noexcept;
    void report_number(std::uint64_t number, std::size_t at, std::size_t length);
    void report(raw_sighting seen, std::size_t length);

    std::string_view text_;
    scan_options const& options_;
    identifier_index::table const& table_;
    sighting_sink& sink_;
    std::optional<std::size_t> decoded_from_;
    std::size_t skip_ = 0;
    std::size_t digits_done_ = 0;
    std::size_t word_done_ = 0;
    std::size_t base64_done_ = 0;
    bool stopped_ = false;
};

} // namespace

bool pass::run()
{
    for (std::size_t base = 0; base < text_.size() && !stopped_; base += step) {
        auto const rest = text_.size() - base;
        if (rest >= block_size) {
            on_block(base, classify(text_.data() + base), rest == block_size);
        } else {
            std::array<char, block_size> tail{};
            std::memcpy(tail.data(), text_.data() + base, rest);
            on_block(base, classify(tail.data()), true);
        }
        if (rest <= block_size) break;
    }
    return !stopped_;
}

void pass::on_block(std::size_t base, block_masks const& masks, bool last)
{
    auto const each = [&](std::uint64_t bits, void (pass::*handle)(std::size_t)) {
        for (; bits != 0 && !stopped_; bits &= bits - 1) {
            (this->*handle)(base + static_cast<std::size_t>(std::countr_zero(bits)));
        }
    };
    auto const starts = [](std::uint64_t runs) { return runs & ~(runs << 1); };
    auto const fresh = last ? ~std::uint64_t{0} : (std::uint64_t{1} << step) - 1;
    each(masks.prefix & fresh, &pass::on_prefix);
    each(starts(runs_of_12(masks.digit)), &pass::on_digits);
    each(starts(runs_of_16(masks.word)), &pass::on_word);
}

void pass::on_prefix(std::size_t at)
{
    if (text_.size() - at < canary_length) return;
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
    auto const length = end - begin;
    on_exponent(begin, end);
    // Longer runs count only if what is too much of them is the end of an escape: %20, \u0020.
    if (length > number_digits && length <= number_digits + 4) {
        auto const at = end - number_digits;
        if (escape_before(text_, at) < length - number_digits) return;
        begin = at;
    } else if (length != number_digits) {
        return;
    }
    if (!number_stands_alone(begin, end)) return;
    report_number(number_in(text_.substr(begin, number_digits)), begin, number_digits);
}

// 4.503599627370497e15, also with E, +, trailing zeros or without them.
void pass::on_exponent(std::size_t begin, std::size_t end)
{
    if (begin < 2 || text_[begin - 1] != '.' || !is_digit(text_[begin - 2])) return;
    if (begin >= 3 && (is_digit(text_[begin - 3]) || text_[begin - 3] == '.')) return;
    auto at = end;
    if (at == text_.size() || lower(text_[at]) != 'e') return;
    ++at;
    if (at < text_.size() && text_[at] == '+') ++at;
    if (text_.substr(at, 2) != "15") return;
    at += 2;
    if (at < text_.size() && is_digit(text_[at])) return;
    auto const fraction = text_.substr(begin, end - begin);
    auto const kept = std::min(fraction.size(), number_digits - 1);
    if (fraction.substr(kept).find_first_not_of('0') != std::string_view::npos) return;
    auto number = static_cast<std::uint64_t>(text_[begin - 2] - '0');
    for (std::size_t i = 0; i < number_digits - 1; ++i) {
        number = number * 10 + static_cast<std::uint64_t>(i < kept ? fraction[i] - '0' : 0);
    }
    report_number(number, begin - 2, at - (begin - 2));
}

// Not the fraction of a float, nor a float that is not whole, nor one with an exponent.
bool pass::number_stands_alone(std::size_t begin, std::size_t end) const noexcept
{
    if (begin >= 2 && text_[begin - 1] == '.' && is_digit(text_[begin - 2])) return false;
    if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
        ++end;
        while (end < text_.size() && text_[end] == '0') ++end;
        if (end < text_.size() && is_digit(text_[end])) return false;
    }
    if (end + 1 >= text_.size() || lower(text_[end]) != 'e') return true;
    auto const sign = text_[end + 1] == '+' || text_[end + 1] == '-' ? 1U : 0U;
    return end + 1 + sign >= text_.size() || !is_digit(text_[end + 1 + sign]);
}

void pass::report_number(std::uint64_t number, std::size_t at, std::size_t length)
{
    auto const who = options_.mint.verify_number(number);
    if (!who || lies_in_canary(at, length)) return;
    report(
        {.kind = token_kind::number, .who = *who, .offset = at, .token = text_.substr(at, length)},
        length
    );
}

// What a text canary holds by chance is not seen a second time.
bool pass::lies_in_canary(std::size_t at, std::size_t length) const noexcept
{
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

void pass::on_word(std::size_t begin)
{
    if (begin < word_done_) return;
    auto end = begin + 1;
    while (end < text_.size() && word_at(text_, end)) ++end;
    word_done_ = end;
    look_up(begin, end);
    if (!decoded_from_ && begin >= base64_done_ && !stopped_) on_base64(begin, end);
}

void pass::look_up(std::size_t begin, std::size_t end)
{
    if (table_.lengths.empty() || end - begin < table_.lengths.front()) return;
    auto budget = lookups_per_word_max;
    look_up_from(begin, end, budget);
    for (auto at = begin + 1; at < end && budget > 0 && !stopped_; ++at) {
        // Parts of compound names: tenant_<id>_db, export-<id>; and what an escape precedes.
        bool const after_escape = at <= begin + 5 && escape_before(text_, at) == at - begin;
        if (is_joint(text_[at - 1]) || after_escape) look_up_from(at, end, budget);
    }
}

void pass::look_up_from(std::size_t start, std::size_t end, std::size_t& budget)
{
    for (auto const length : table_.lengths) {
        if (length > end - start || budget == 0 || stopped_) return;
        if (start + length < end && !is_joint(text_[start + length])) continue;
        --budget;
        auto const found = table_.locate(text_, start, length);
        if (found.what == nullptr || found.what->shared) continue;
        if (lies_in_canary(found.at, found.length)) continue;
        report(
            {.kind = token_kind::identifier,
             .who = found.what->value.who,
             .offset = found.at,
             .token = text_.substr(found.at, found.length),
             .what = &found.what->value},
            found.length
        );
    }
}

void pass::on_base64(std::size_t begin, std::size_t end)
{
    auto const word = begin;
    while (begin > base64_done_ && base64_at(text_, begin - 1) != 0xff) --begin;
    while (end < text_.size() && base64_at(text_, end) != 0xff) ++end;
    base64_done_ = end;
    auto const run = text_.substr(begin, end - begin);
    if (run.size() < options_.base64_length_min) return;
    // Paths that hold UUIDs mix the two alphabets; slugs, hashes and canaries have one case alone.
    if (run.find_first_of("+/") != run.npos && run.find_first_of("-_") != run.npos) return;
    if (std::ranges::none_of(run, is_upper)) return;
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
