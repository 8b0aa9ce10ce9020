#include "harness/evidence/character.hpp"
#include "harness/evidence/identifier_table.hpp"

#include <algorithm>
#include <bitset>
#include <utility>

namespace watertight::evidence {

static constexpr std::size_t length_min = 16;
static constexpr std::size_t different_min = 6;

static bool is_plain(std::string_view id)
{
    if (longest_word(id).second < length_min) return true;
    std::bitset<256> met;
    std::size_t different = 0;
    bool lettered = false;
    for (char const c : id) {
        auto const is_lettered = is_letter(c);
        if (!is_lettered && !is_digit(c)) continue;
        auto const place = static_cast<unsigned char>(lower(c));
        if (!met.test(place)) ++different;
        met.set(place);
        lettered = lettered || is_lettered;
        if (lettered && different >= different_min) return false;
    }
    return true;
}

identifier_table::match identifier_index::tables::locate(
    std::string_view text, std::size_t at, std::size_t length
) const noexcept
{
    return locate_hashed(text, at, length, hash_word(text.substr(at, length)));
}

bool identifier_index::tables::uuids_are_whole() const noexcept
{
    // Groups that stand together and are long enough: 8-4-4, 8-4-4-4, 4-4-4-12, 4-4-12 and 4-12.
    static constexpr std::uint64_t parts = std::uint64_t{1} << 18 | std::uint64_t{1} << 23 |
                                           std::uint64_t{1} << 27 | std::uint64_t{1} << 22 |
                                           std::uint64_t{1} << 17;
    return (lengths_short & parts) == 0;
}

identifier_table::match identifier_index::tables::locate_hashed(
    std::string_view text, std::size_t at, std::size_t length, std::uint32_t hash
) const noexcept
{
    if (newest && newest->may_hold(hash)) {
        auto const found = newest->locate(text, at, length, hash);
        if (found.what != nullptr) return found;
    }
    for (auto const& table : older) {
        if (!table->may_hold(hash)) continue;
        auto const found = table->locate(text, at, length, hash);
        if (found.what != nullptr) return found;
    }
    return {};
}

identifier_index::tables::holding identifier_index::tables::exact(std::string_view id
) const noexcept
{
    if (auto* known = newest ? newest->exact(id) : nullptr) return {newest.get(), known};
    for (auto const& table : older) {
        if (auto* known = table->exact(id)) return {table.get(), known};
    }
    return {};
}

identifier_table& identifier_index::tables::own()
{
    if (newest && newest.use_count() > 1) older.insert(older.begin(), std::move(newest));
    if (!newest) newest = std::make_shared<identifier_table>();
    return *newest;
}

void identifier_index::tables::know_length(std::size_t length)
{
    auto const where = std::ranges::lower_bound(lengths, length);
    if (where == lengths.end() || *where != length) lengths.insert(where, length);
    if (length < 64) lengths_short |= std::uint64_t{1} << length;
}

identifier_index::identifier_index() : tables_{std::make_unique<tables>()}
{
}

identifier_index::identifier_index(identifier_index const& other)
    : tables_{std::make_unique<tables>(*other.tables_)}
{
    auto newest = std::move(tables_->newest);
    tables_->newest = nullptr;
    auto& older = tables_->older;
    if (newest && !newest->empty()) older.insert(older.begin(), std::move(newest));
}

identifier_index::identifier_index(identifier_index&&) noexcept = default;

identifier_index& identifier_index::operator=(identifier_index const& other)
{
    if (this != &other) *this = identifier_index{other};
    return *this;
}

identifier_index& identifier_index::operator=(identifier_index&&) noexcept = default;
identifier_index::~identifier_index() = default;

bool identifier_index::add(std::string_view id, owner who, std::string_view resource)
{
    if (is_plain(id)) return false;
    auto& own = tables_->own();
    if (auto const known = tables_->exact(id); known.what != nullptr) {
        if (known.what->value.who.tenant == who.tenant) return !known.what->value.shared;
        if (known.what->value.shared) return false;
        // What copies hold too is not changed; what is noted here is found first.
        auto const is_own = known.where == &own;
        auto const text = std::string{known.where->text_of(*known.what)};
        (is_own ? *known.what : own.insert(text, who, resource)).value.shared = true;
        --tables_->size;
        return false;
    }
    auto const& made = own.insert(id, who, resource);
    auto const length = own.word_length(made);
    tables_->know_length(length);
    if (made.is_uuid()) tables_->know_length(length + 4);
    ++tables_->size;
    return true;
}

std::size_t identifier_index::size() const noexcept
{
    return tables_->size;
}

identifier_index::entry const* identifier_index::find(std::string_view token) const
{
    if (longest_word(token).second < length_min) return nullptr;
    auto const* known = tables_->exact(token).what;
    return known == nullptr || known->value.shared ? nullptr : &known->value;
}

} // namespace watertight::evidence
