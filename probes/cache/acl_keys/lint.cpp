#include "harness/base/text.hpp"
#include "harness/lint/redis.hpp"

#include <fmt/format.h>

#include <optional>

namespace watertight::probes::cache::acl_keys {

static bool is_word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether "tenant:1*" reaches "tenant:10:*": what ends within a name goes on in a longer one.
static bool runs_into(std::string_view pattern, std::string_view other)
{
    if (!pattern.ends_with('*')) return false;
    pattern.remove_suffix(1);
    if (pattern.empty() || pattern.find_first_of("*?[") != pattern.npos) return false;
    if (!is_word_char(pattern.back()) || !other.starts_with(pattern)) return false;
    return other.size() > pattern.size() && is_word_char(other[pattern.size()]);
}

static std::optional<lint::suspicion>
longer_name(lint::acl_user const& user, lint::acl_user const& other)
{
    for (auto const& mine : user.keys) {
        for (auto const& theirs : other.keys) {
            if (!runs_into(mine, theirs)) continue;
            lint::suspicion s;
            s.kind = "account";
            s.object = user.name;
            s.detail = fmt::format(
                "Its pattern ~{} ends within a name and reaches what ~{} gives to {}.",
                mine,
                theirs,
                other.name
            );
            s.fix = fmt::format(
                "ACL SETUSER {} resetkeys ~{}:*", user.name, mine.substr(0, mine.size() - 1)
            );
            s.level = evidence::severity::medium;
            return s;
        }
    }
    return std::nullopt;
}

static std::vector<lint::suspicion> judge(lint::redis_facts const& facts)
{
    std::vector<lint::suspicion> out;
    for (auto const& user : facts.users) {
        if (!user.is_on || user.name == facts.own_name) continue;
        if (user.needs_no_password) {
            lint::suspicion s;
            s.kind = "account";
            s.object = user.name;
            s.detail = "It is on and needs no password.";
            s.fix = "ACL SETUSER " + user.name + " resetpass >...";
            s.level = evidence::severity::high;
            out.push_back(std::move(s));
        }
        for (auto const& other : facts.users) {
            auto suspected =
                other.is_on && other.name != user.name ? longer_name(user, other) : std::nullopt;
            if (!suspected) continue;
            out.push_back(std::move(*suspected));
            break;
        }
        if (!user.reaches_all_keys()) continue;
        lint::suspicion s;
        s.kind = "account";
        s.object = user.name;
        s.detail = "Its key patterns let it use every key (~*), whoever's it is.";
        s.fix = "ACL SETUSER " + user.name + " resetkeys ~prefix:*";
        out.push_back(std::move(s));
    }
    return out;
}

lint::redis_unit lint()
{
    lint::spec what;
    what.id = "cache.acl_keys";
    what.title = "An account in Redis may use every key";
    what.where = probe::layer::cache;
    what.kind = evidence::guarantee::confidentiality;
    what.level = evidence::severity::low;
    what.cwe = "CWE-732";
    what.owasp = "API5:2023";
    what.asvs = "8.4.1, 13.2.2";
    what.faults = "K10 K11";
    what.live = "cache.tenant_credentials";
    what.rationale =
        "Where an account reaches every key, the prefix in the name is all that keeps tenants "
        "apart: each query that forgets it reads what is others'.";
    what.remedy = "Give each application, and each tenant that has an account, resetkeys and the "
                  "patterns that it needs, with a separator at the end of the tenant.";
    return {std::move(what), judge};
}

} // namespace watertight::probes::cache::acl_keys
