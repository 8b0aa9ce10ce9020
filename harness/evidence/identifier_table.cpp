#include "harness/evidence/identifier_table.hpp"

#include "harness/base/assert.hpp"
#include "harness/base/text.hpp"
#include "harness/evidence/character.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace watertight::evidence {

static constexpr std::size_t digits_of_uuid = 32;
static constexpr std::size_t slots_min = 64;

static bool has_joints_of_uuid(std::string_view word) noexcept
{
    return word.size() == uuid_length && is_in_groups_of_uuid(word.data());
}

// @pre `word` is 32 characters, or 36 with joints.
static uuid_digits digits_in(std::string_view word) noexcept
{
    auto const* const at = word.data();
    if (word.size() != digits_of_uuid) return digits_in_groups(at);
    return {
        folded(load_8(at)),
        folded(load_8(at + 8)),
        folded(load_8(at + 16)),
        folded(load_8(at + 24))};
}

namespace {

// Two chains, because each step waits for the one before.
class mixer {
public:
    void take(std::uint64_t first, std::uint64_t second) noexcept
    {
        a_ = (a_ ^ first) * factor;
        b_ = (b_ ^ second) * other;
        a_ ^= a_ >> 32;
        b_ ^= b_ >> 29;
    }

    void take_length(std::size_t length) noexcept { a_ ^= length; }

    std::uint32_t sum() const noexcept
    {
        return static_cast<std::uint32_t>((a_ ^ (b_ << 23 | b_ >> 41)) * factor >> 32);
    }

private:
    static constexpr std::uint64_t factor = 0x9e3779b97f4a7c15ULL;
    static constexpr std::uint64_t other = 0xd6e8feb86659fd93ULL;

    std::uint64_t a_ = factor;
    std::uint64_t b_ = other;
};

} // namespace

std::uint32_t hash_word(std::string_view word) noexcept
{
    if (word.size() == digits_of_uuid || has_joints_of_uuid(word))
        return hash_digits(digits_in(word));
    mixer mix;
    auto const* at = word.data();
    auto const* const last = at + word.size() - 16;
    for (; at < last; at += 16) mix.take(folded(load_8(at)), folded(load_8(at + 8)));
    mix.take(folded(load_8(last)), folded(load_8(last + 8)));
    mix.take_length(word.size());
    return mix.sum();
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

identifier_table::spelling const& identifier_table::spelling_of(record const& known) const noexcept
{
    return spellings_[static_cast<std::size_t>(&known - records_.data())];
}

std::string_view identifier_table::text_of(record const& known) const noexcept
{
    if (known.is_uuid()) return {reinterpret_cast<char const*>(known.uuid.data()), digits_of_uuid};
    auto const& spelt = spelling_of(known);
    return std::string_view{texts_}.substr(spelt.text_at, spelt.text_length);
}

std::size_t identifier_table::word_length(record const& known) const noexcept
{
    return known.is_uuid() ? digits_of_uuid : spelling_of(known).word_length;
}

identifier_table::match identifier_table::fit(
    record const& known, std::string_view text, std::size_t at, std::size_t length
) const noexcept
{
    if (known.is_uuid()) {
        auto const word = text.substr(at, length);
        if (length != digits_of_uuid && !has_joints_of_uuid(word)) return {};
        if (digits_in(word) != known.uuid) return {};
        return {&known, at, length};
    }
    auto const& spelt = spelling_of(known);
    if (spelt.word_length != length || spelt.word_at > at) return {};
    auto const begin = at - spelt.word_at;
    if (text.size() - begin < spelt.text_length) return {};
    if (!is_spelling(text.substr(begin, spelt.text_length), text_of(known))) return {};
    return {&known, begin, spelt.text_length};
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
    if (id.size() == digits_of_uuid) return std::ranges::all_of(id, is_hex);
    return has_joints_of_uuid(id) && id[8] == '-' &&
           std::ranges::count_if(id, is_hex) == std::ptrdiff_t{digits_of_uuid};
}

identifier_table::record&
identifier_table::insert(std::string_view id, owner who, std::string_view resource)
{
    auto name = resources_.find(resource);
    if (name == resources_.end()) name = resources_.emplace(resource).first;
    auto const text = to_lower(id);
    auto const number = static_cast<std::uint32_t>(records_.size() + 1);
    auto& made = records_.emplace_back(record{.value = {.who = who, .resource = *name}});
    if (is_uuid(id)) {
        made.uuid = digits_in(text);
        spellings_.emplace_back();
        place(hash_digits(made.uuid), number);
        return made;
    }
    auto const [at, length] = longest_word(text);
    WT_ASSERT(texts_.size() + text.size() <= std::numeric_limits<std::uint32_t>::max());
    spellings_.push_back({
        .text_at = static_cast<std::uint32_t>(texts_.size()),
        .text_length = static_cast<std::uint32_t>(text.size()),
        .word_at = static_cast<std::uint32_t>(at),
        .word_length = static_cast<std::uint32_t>(length),
    });
    texts_ += text;
    auto const word = text.substr(at, length);
    auto const hash = hash_word(word);
    place(hash, number);
    auto const underscored = hash_word(replace_all(word, "-", "_"));
    if (underscored != hash) place(underscored, number);
    return made;
}

void identifier_table::place(std::uint32_t hash, std::uint32_t number)
{
    // Half empty: nearly every look-up is for a word that is not here, and ends at a free slot.
    if ((slots_used_ + 1) * 2 > slots_.size()) grow();
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
