#include "harness/base/tenant_words.hpp"

#include "harness/base/text.hpp"

#include <algorithm>
#include <array>

namespace watertight {

struct word {
    std::string_view stem;
    double weight;
};

// Words for who owns the data, with how sure the word alone makes one.
static constexpr std::array words{
    word{"tenant", 10},      word{"mandant", 10}, word{"workspace", 6},   word{"organization", 6},
    word{"organisation", 6}, word{"org", 6},      word{"account", 3},     word{"company", 3},
    word{"business", 2},     word{"customer", 2}, word{"client", 2},      word{"merchant", 2},
    word{"team", 2},         word{"shop", 2},     word{"store", 2},       word{"site", 2},
    word{"school", 2},       word{"clinic", 2},   word{"hospital", 2},    word{"practice", 2},
    word{"agency", 2},       word{"firm", 2},     word{"institution", 2}, word{"partner", 2},
    word{"brand", 2},        word{"realm", 2},    word{"subscriber", 2},  word{"landlord", 2},
};

// What may stand before or behind the word, the likeliest to be the key first.
static constexpr std::array<std::string_view, tenant_spellings> endings{
    "id",
    "uuid",
    "guid",
    "key",
    "pk",
    "sk",
    "no",
    "num",
    "nr",
    "number",
    "code",
    "slug",
    "",
    "ref",
    "fk",
    "oid",
    "name"};

static std::string plain(std::string_view name)
{
    auto out = to_lower(name);
    std::erase_if(out, [](char c) { return c == '_' || c == '-' || c == ' '; });
    return out;
}

std::optional<std::size_t> rank_for(std::string_view name, std::string_view stem)
{
    auto const text = plain(name);
    for (std::size_t i = 0; i < endings.size(); ++i) {
        auto const stemmed = std::string{stem};
        auto const ending = std::string{endings[i]};
        if (text == stemmed + ending || text == ending + stemmed) return i;
    }
    return std::nullopt;
}

double weight_of(std::string_view stem)
{
    auto const* const at = std::ranges::find(words, stem, &word::stem);
    return at == words.end() ? 1 : at->weight;
}

std::optional<std::string> tenant_word(std::string_view column)
{
    for (auto const& w : words) {
        if (rank_for(column, w.stem)) return std::string{w.stem};
    }
    return std::nullopt;
}

std::string usual_tenant_column(std::vector<std::string> const& columns)
{
    // Others, such as client or site, are a tenant's own as often as a tenant.
    static constexpr std::array<std::string_view, 10> usual{
        "tenant",
        "mandant",
        "workspace",
        "organization",
        "organisation",
        "org",
        "account",
        "company",
        "customer",
        "team"};
    static constexpr std::size_t key_max = 2;
    for (auto const stem : usual) {
        for (auto const& column : columns) {
            auto const rank = rank_for(column, stem);
            auto const is_bare = plain(column) == stem && weight_of(stem) >= 10;
            if (rank && (*rank <= key_max || is_bare)) return column;
        }
    }
    return {};
}

bool is_plural_of(std::string_view table, std::string_view stem)
{
    auto const name = plain(table);
    auto const begin = std::string{stem};
    if (name == begin || name == begin + "s" || name == begin + "es") return true;
    return begin.ends_with('y') && name == begin.substr(0, begin.size() - 1) + "ies";
}

bool is_prefixed_plural_of(std::string_view table, std::string_view stem)
{
    auto const at = table.rfind('_');
    return at != table.npos && is_plural_of(table.substr(at + 1), stem);
}

} // namespace watertight
