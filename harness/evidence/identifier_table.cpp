#include "harness/evidence/identifier_table.hpp"

#include "harness/base/assert.hpp"
#include "harness/base/text.hpp"
#include "harness/evidence/character.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace watertight::evidence {

static constexpr std::size_t uuid_digits = 32;
static constexpr std::size_t uuid_length = 36;
static constexpr std::size_t slots_min = 64;

static std::uint64_t load_8(char const* at) noexcept
{
    std::uint64_t out = 0;
    std::memcpy(&out, at, sizeof out);
    return out;
}

static std::uint64_t load_4(char const* at) noexcept
{
    std::uint32_t out = 0;
    std::memcpy(&out, at, sizeof out);
    return out;
}

// Setting bit 5 folds the case of letters and tells all other characters of words still apart.
static std::uint64_t folded(std::uint64_t eight) noexcept
{
    return eight | 0x2020202020202020ULL;
}

static bool has_joints_of_uuid(std::string_view word) noexcept
{
    return word.size() == uuid_length && is_joint(word[8]) && word[13] == word[8] &&
           word[18] == word[8] && word[23] == word[8];
}

namespace {

// The digits of a UUID, eight by eight.
using digits_of_uuid = std::array<std::uint64_t, 4>;

} // namespace

// @pre `word` is 32 characters, or 36 with joints.
static digits_of_uuid digits_in(std::string_view word) noexcept
{
    auto const* const at = word.data();
    if (word.size() == uuid_digits) {
        return {
            folded(load_8(at)),
            folded(load_8(at + 8)),
            folded(load_8(at + 16)),
            folded(load_8(at + 24))};
    }
    return {
        folded(load_8(at)),
        folded(load_4(at + 9) | load_4(at + 14) << 32),
        folded(load_4(at + 19) | load_4(at + 24) << 32),
        folded(load_8(at + 28))};
}

std::uint32_t hash_word(std::string_view word) noexcept
{
    static constexpr std::uint64_t factor = 0x9e3779b97f4a7c15ULL;
    static constexpr std::uint64_t other = 0xd6e8feb86659fd93ULL;
    // Two chains, because each step waits for the one before.
    std::uint64_t a = factor;
    std::uint64_t b = other;
    auto const mix_in = [&](std::uint64_t first, std::uint64_t second) {
        a = (a ^ first) * factor;
        b = (b ^ second) * other;
        a ^= a >> 32;
        b ^= b >> 29;
    };
    if (word.size() == uuid_digits || has_joints_of_uuid(word)) {
        auto const digits = digits_in(word);
        mix_in(digits[0], digits[1]);
        mix_in(digits[2], digits[3]);
    } else {
        auto const* at = word.data();
        auto const* const last = at + word.size() - 16;
        for (; at < last; at += 16) mix_in(folded(load_8(at)), folded(load_8(at + 8)));
        mix_in(folded(load_8(last)), folded(load_8(last + 8)));
        a ^= word.size();
    }
    return static_cast<std::uint32_t>((a ^ (b << 23 | b >> 41)) * factor >> 32);
}

std::pair<std::size_t, std::size_t> longest_word(std::string_view text) noexcept
{
    std::pair<std::size_t, std::size_t> best{0, 0};
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto const begin = at;
        while (at < text.size() && is_word(text[at])) ++at;
        if (at - begin > best.second) best = {begin, at - begin};
    }
    return best;
}

// Whether `text` is `known`, which is lower-case, as it is or with underscores for its dashes.
static bool is_spelling(std::string_view text, std::string_view known) noexcept
{
    bool as_is = true;
    bool underscored = true;
    for (std::size_t i = 0; i < known.size(); ++i) {
        auto const c = lower(text[i]);
        as_is = as_is && c == known[i];
        underscored = underscored && c == (known[i] == '-' ? '_' : known[i]);
        if (!as_is && !underscored) return false;
    }
    return true;
}

std::string_view identifier_table::text_of(record const& known) const noexcept
{
    return std::string_view{texts_}.substr(known.text_at, known.text_length);
}

identifier_table::match identifier_table::fit(
    record const& known, std::string_view text, std::size_t at, std::size_t length
) const noexcept
{
    if (known.is_uuid) {
        auto const word = text.substr(at, length);
        if (length != uuid_digits && !has_joints_of_uuid(word)) return {};
        if (digits_in(word) != digits_in(text_of(known))) return {};
        return {&known, at, length};
    }
    if (known.word_length != length || known.word_at > at) return {};
    auto const begin = at - known.word_at;
    if (text.size() - begin < known.text_length) return {};
    if (!is_spelling(text.substr(begin, known.text_length), text_of(known))) return {};
    return {&known, begin, known.text_length};
}

identifier_table::match identifier_table::locate(
    std::string_view text, std::size_t at, std::size_t length, std::uint32_t hash
) const noexcept
{
    if (slots_.empty()) return {};
    auto const mask = slots_.size() - 1;
    for (auto i = hash & mask; slots_[i].record != 0; i = (i + 1) & mask) {
        if (slots_[i].hash != hash) continue;
        auto const found = fit(records_[slots_[i].record - 1], text, at, length);
        if (found.what != nullptr) return found;
    }
    return {};
}

identifier_table::record* identifier_table::exact(std::string_view id) noexcept
{
    auto const [at, length] = longest_word(id);
    auto const found = locate(id, at, length, hash_word(id.substr(at, length)));
    if (found.what == nullptr || found.length != id.size()) return nullptr;
    return &records_[static_cast<std::size_t>(found.what - records_.data())];
}

static bool is_uuid(std::string_view id) noexcept
{
    if (id.size() == uuid_digits) return std::ranges::all_of(id, is_hex);
    return has_joints_of_uuid(id) && id[8] == '-' &&
           std::ranges::count_if(id, is_hex) == std::ptrdiff_t{uuid_digits};
}

identifier_table::record&
identifier_table::insert(std::string_view id, owner who, std::string_view resource)
{
    auto name = resources_.find(resource);
    if (name == resources_.end()) name = resources_.emplace(resource).first;
    auto text = to_lower(id);
    auto const uuid = is_uuid(id);
    if (uuid) std::erase_if(text, is_joint);
    WT_ASSERT(texts_.size() + text.size() <= std::numeric_limits<std::uint32_t>::max());
    auto const [at, length] = longest_word(text);
    records_.push_back({
        .value = {who, *name},
        .text_at = static_cast<std::uint32_t>(texts_.size()),
        .text_length = static_cast<std::uint32_t>(text.size()),
        .word_at = static_cast<std::uint32_t>(at),
        .word_length = static_cast<std::uint32_t>(length),
        .is_uuid = uuid,
    });
    texts_ += text;
    auto const number = static_cast<std::uint32_t>(records_.size());
    auto const word = text.substr(at, length);
    auto const hash = hash_word(word);
    place(hash, number);
    auto const underscored = hash_word(replace_all(word, "-", "_"));
    if (underscored != hash) place(underscored, number);
    return records_.back();
}

void identifier_table::place(std::uint32_t hash, std::uint32_t number)
{
    if ((slots_used_ + 1) * 4 > slots_.size() * 3) grow();
    put({hash, number});
    ++slots_used_;
}

void identifier_table::put(slot entry) noexcept
{
    auto const mask = slots_.size() - 1;
    auto i = entry.hash & mask;
    while (slots_[i].record != 0) i = (i + 1) & mask;
    slots_[i] = entry;
}

void identifier_table::grow()
{
    auto const old =
        std::exchange(slots_, std::vector<slot>(std::max(slots_min, slots_.size() * 2)));
    for (auto const& entry : old) {
        if (entry.record != 0) put(entry);
    }
}

} // namespace watertight::evidence
