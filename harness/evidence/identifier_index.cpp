#include "harness/base/text.hpp"
#include "harness/evidence/character.hpp"
#include "harness/evidence/identifier_table.hpp"

#include <algorithm>
#include <bitset>
#include <cstring>
#include <utility>

namespace watertight::evidence {

static constexpr std::size_t length_min = 16;
static constexpr std::size_t different_min = 6;

// Words only: setting bit 5 folds the case of letters and leaves digits and '-' alone.
static std::uint64_t hash_word(std::string_view word) noexcept
{
    static constexpr std::uint64_t fold = 0x2020202020202020ULL;
    static constexpr std::uint64_t factor = 0x9e3779b97f4a7c15ULL;
    std::uint64_t h = word.size() * factor;
    auto const mix_in = [&](std::uint64_t chunk) {
        h = (h ^ (chunk | fold)) * factor;
        h ^= h >> 29;
    };
    std::uint64_t chunk = 0;
    std::size_t at = 0;
    for (; at + sizeof chunk <= word.size(); at += sizeof chunk) {
        std::memcpy(&chunk, word.data() + at, sizeof chunk);
        mix_in(chunk);
    }
    if (at < word.size()) {
        chunk = 0;
        std::memcpy(&chunk, word.data() + at, word.size() - at);
        mix_in(chunk);
    }
    return h * factor ^ h >> 32;
}

static std::pair<std::size_t, std::size_t> longest_word(std::string_view text) noexcept
{
    std::pair<std::size_t, std::size_t> best{0, 0};
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto const begin = at;
        while (at < text.size() && is_word(text[at])) ++at;
        if (at - begin > best.second) best = {begin, at - begin};
    }
    return best;
}

static bool is_plain(std::string_view id)
{
    if (longest_word(id).second < length_min) return true;
    std::bitset<256> different;
    bool lettered = false;
    for (char const c : id) {
        if (!is_letter(c) && !is_digit(c)) continue;
        different.set(static_cast<unsigned char>(lower(c)));
        lettered = lettered || is_letter(c);
    }
    return !lettered || different.count() < different_min;
}

static bool is_uuid(std::string_view id) noexcept
{
    if (id.size() != 36) return false;
    for (std::size_t i = 0; i < id.size(); ++i) {
        bool const joint = i == 8 || i == 13 || i == 18 || i == 23;
        if (joint ? id[i] != '-' : !is_hex(id[i])) return false;
    }
    return true;
}

// The spellings under which software passes one identifier on.
static std::vector<std::string> spellings_of(std::string_view id)
{
    std::vector<std::string> out{to_lower(id)};
    auto const& plain = out.front();
    if (plain.size() == 32 && std::ranges::all_of(plain, is_hex)) {
        auto dashed = plain;
        for (std::size_t const at : {20U, 16U, 12U, 8U}) dashed.insert(at, 1, '-');
        out.insert(out.begin(), std::move(dashed));
    } else if (is_uuid(plain)) {
        out.push_back(replace_all(plain, "-", ""));
    }
    if (out.front().find('-') != std::string::npos) {
        out.push_back(replace_all(out.front(), "-", "_"));
    }
    return out;
}

identifier_index::table::match identifier_index::table::locate(
    std::string_view text, std::size_t at, std::size_t length
) const noexcept
{
    if (slots.empty()) return {};
    auto const hash = hash_word(text.substr(at, length));
    auto const mask = slots.size() - 1;
    for (auto i = hash & mask; slots[i].spelling != 0; i = (i + 1) & mask) {
        if (slots[i].hash != hash) continue;
        auto const& known = spellings[slots[i].spelling - 1];
        if (known.word_length != length || known.word_at > at) continue;
        auto const begin = at - known.word_at;
        if (same_folded(text.substr(begin, known.text.size()), known.text)) {
            return {&records[known.record], begin, known.text.size()};
        }
    }
    return {};
}

identifier_index::table::spelling const* identifier_index::table::exact(std::string_view text
) const noexcept
{
    if (slots.empty()) return nullptr;
    auto const [at, length] = longest_word(text);
    auto const hash = hash_word(text.substr(at, length));
    auto const mask = slots.size() - 1;
    for (auto i = hash & mask; slots[i].spelling != 0; i = (i + 1) & mask) {
        auto const& known = spellings[slots[i].spelling - 1];
        if (slots[i].hash == hash && same_folded(known.text, text)) return &known;
    }
    return nullptr;
}

void identifier_index::table::insert(std::string_view text, std::uint32_t record_at)
{
    if ((spellings.size() + 1) * 2 > slots.size()) grow();
    auto const [at, length] = longest_word(text);
    spellings.push_back(
        {std::string{text},
         static_cast<std::uint32_t>(at),
         static_cast<std::uint32_t>(length),
         record_at}
    );
    place(hash_word(text.substr(at, length)), static_cast<std::uint32_t>(spellings.size()));
    auto const where = std::ranges::lower_bound(lengths, length);
    if (where == lengths.end() || *where != length) lengths.insert(where, length);
}

void identifier_index::table::place(std::uint64_t hash, std::uint32_t number) noexcept
{
    auto const mask = slots.size() - 1;
    auto i = hash & mask;
    while (slots[i].spelling != 0) i = (i + 1) & mask;
    slots[i] = {hash, number};
}

void identifier_index::table::grow()
{
    auto const old =
        std::exchange(slots, std::vector<slot>(std::max<std::size_t>(64, slots.size() * 2)));
    for (auto const& s : old) {
        if (s.spelling != 0) place(s.hash, s.spelling);
    }
}

identifier_index::identifier_index() : table_{std::make_unique<table>()}
{
}

identifier_index::identifier_index(identifier_index const& other)
    : table_{std::make_unique<table>(*other.table_)}
{
}

identifier_index::identifier_index(identifier_index&&) noexcept = default;

identifier_index& identifier_index::operator=(identifier_index const& other)
{
    if (this != &other) table_ = std::make_unique<table>(*other.table_);
    return *this;
}

identifier_index& identifier_index::operator=(identifier_index&&) noexcept = default;
identifier_index::~identifier_index() = default;

bool identifier_index::add(std::string_view id, owner who, std::string_view resource)
{
    if (is_plain(id)) return false;
    auto& t = *table_;
    if (auto const* known = t.exact(id)) {
        auto& r = t.records[known->record];
        if (r.value.who.tenant == who.tenant) return !r.shared;
        if (!std::exchange(r.shared, true)) ++t.shared;
        return false;
    }
    auto const record = static_cast<std::uint32_t>(t.records.size());
    t.records.push_back({{who, std::string{resource}}, false});
    for (auto const& text : spellings_of(id)) t.insert(text, record);
    return true;
}

std::size_t identifier_index::size() const noexcept
{
    return table_->records.size() - table_->shared;
}

identifier_index::entry const* identifier_index::find(std::string_view token) const
{
    auto const* known = table_->exact(token);
    if (known == nullptr || table_->records[known->record].shared) return nullptr;
    return &table_->records[known->record].value;
}

} // namespace watertight::evidence
