#include "harness/probe/redis_keys.hpp"

#include "harness/base/text.hpp"
#include "harness/base/words.hpp"

#include <algorithm>

namespace watertight::probe {

// What stands between the parts of a key. Braces are a hash tag's: "{acme}:user:7".
static constexpr std::string_view delimiters = ":/|#{}";

static bool is_word_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool varies(std::string_view part)
{
    auto const has_digit = std::ranges::any_of(part, is_digit);
    return part.size() >= 16 || (has_digit && part.size() >= 2) || is_number(part);
}

static bool is_tenant_word(std::string_view part)
{
    return tenant_word(part) || tenant_word(singular(part));
}

key_name name_of_key(std::string_view key, tenant_name_set const& tenants)
{
    key_name out;
    std::string_view before;
    std::string called;
    for (std::size_t begin = 0; begin <= key.size();) {
        auto const end = std::min(key.find_first_of(delimiters, begin), key.size());
        auto const part = key.substr(begin, end - begin);
        auto const is_known = tenants.contains(part);
        auto const is_called = !part.empty() && is_tenant_word(before);
        if (!out.tenant && is_known) out.tenant = std::string{part};
        if (called.empty() && is_called) called = std::string{part};
        out.family += is_known || is_called || varies(part) ? std::string_view{"*"} : part;
        if (end < key.size()) out.family += key[end];
        // A brace that opens behind the word stands before what it names.
        if (!part.empty()) before = part;
        begin = end + 1;
    }
    if (!out.tenant && !called.empty()) out.tenant = std::move(called);
    return out;
}

tenant_name_set names_of_tenant(target::tenant const& t)
{
    tenant_name_set out{t.slug};
    if (auto const id = t.attributes.find("id")) out.insert(std::string{*id});
    out.erase("");
    return out;
}

tenant_name_set names_of_tenants(target::population const& made)
{
    tenant_name_set out;
    for (auto const& t : made.tenants) out.merge(names_of_tenant(t));
    return out;
}

bool names_somebody(std::string_view key, tenant_name_set const& tenants)
{
    for (std::size_t begin = 0; begin <= key.size();) {
        auto const end = std::min(key.find_first_of(":/|#{}.", begin), key.size());
        if (tenants.contains(key.substr(begin, end - begin))) return true;
        begin = end + 1;
    }
    return false;
}

bool names_word(std::string_view key, std::string_view name)
{
    if (name.empty()) return false;
    for (auto at = key.find(name); at != std::string_view::npos; at = key.find(name, at + 1)) {
        auto const end = at + name.size();
        auto const begins = at == 0 || !is_word_char(key[at - 1]) || !is_word_char(name.front());
        auto const ends = end == key.size() || !is_word_char(key[end]);
        if (begins && ends) return true;
    }
    return false;
}

} // namespace watertight::probe
