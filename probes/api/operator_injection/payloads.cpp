#include "harness/probe/toolbox.hpp"
#include "probes/api/operator_injection/probe.hpp"

#include <nlohmann/json.hpp>

namespace watertight::probes::api::operator_injection {

using nlohmann::json;

std::vector<payload> const& payloads()
{
    static std::vector<payload> const all{
        {"*", "a wildcard"},
        {"%", "a wildcard of LIKE"},
        {".*", "a pattern that matches everything"},
        {"' OR '1'='1", "a condition that always holds"},
        {"') OR ('1'='1", "a condition that always holds, within brackets"},
        {"%' OR '1'='1' OR '1' LIKE '%", "a condition that always holds, within LIKE"},
        {"' OR 1=1 -- ", "a condition that always holds, before a comment"},
        {"1 OR 1=1", "a condition that always holds, unquoted"},
        {R"(" OR "1"="1)", "a condition that always holds, in double quotes"},
        // What applications write filters in: their own languages, OData, JavaScript, Lucene.
        {"' || '1'='1", "a condition of a filter language that always holds"},
        {R"(" || "1"="1)", "a condition of a filter language that always holds, in double quotes"},
        {"' || '1'=='1", "a condition of a script that always holds"},
        {"' or 1 eq 1 or '1' eq '2", "a condition of OData that always holds"},
        {"zq) OR (*:*", "a query of an index that always holds"},
        {"zq OR *", "an alternative that matches everything"},
        {"zq,*", "a further value that matches everything"},
        {"*)(|(objectClass=*", "a filter that always holds"},
        {R"({"$ne":null})", "an operator that excludes nothing", true},
        {R"({"$gt":""})", "an operator that everything satisfies", true},
        {R"({"$regex":".*"})", "a pattern that matches everything", true},
        {R"({"$exists":true})", "an operator that everything satisfies", true},
    };
    return all;
}

static bool replace_values(json& value, std::string_view wanted, payload const& what)
{
    if (value.is_primitive()) {
        auto const text = value.is_string() ? value.get<std::string>() : value.dump();
        if (text != wanted) return false;
        value = what.is_json ? json::parse(what.text) : json(what.text);
        return true;
    }
    auto is_replaced = false;
    for (auto& part : value) is_replaced = replace_values(part, wanted, what) || is_replaced;
    return is_replaced;
}

std::optional<std::string>
with_payload(std::string_view body, std::string_view value, payload const& what)
{
    auto parsed = json::parse(body, nullptr, false);
    if (parsed.is_discarded() || value.empty()) return std::nullopt;
    if (!replace_values(parsed, value, what)) return std::nullopt;
    return parsed.dump();
}

std::vector<std::pair<std::string, std::string>> polluted_targets(std::string_view target)
{
    std::vector<std::pair<std::string, std::string>> out;
    auto const question = target.find('?');
    if (question == std::string_view::npos) return out;
    auto const all = split(target.substr(question + 1), '&');
    auto const with = [&](std::size_t place, std::string const& changed) {
        std::string made{target.substr(0, question + 1)};
        for (std::size_t i = 0; i < all.size(); ++i) {
            made += (i == 0 ? "" : "&") + (i == place ? changed : std::string{all[i]});
        }
        return made;
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const name = std::string{all[i].substr(0, all[i].find('='))};
        for (auto const& p : payloads()) {
            auto const changed = with(i, name + "=" + url_encode(p.text));
            out.emplace_back(fmt::format("parameter {} holding {}", name, p.what), changed);
        }
        for (auto const* const behind :
             {"[$ne]=zq", "[$regex]=.*", "[$gt]=", "__ne=zq", "[not]=zq"}) {
            out.emplace_back(
                fmt::format("parameter {} with an operator behind its name", name),
                with(i, name + behind)
            );
        }
    }
    return out;
}

} // namespace watertight::probes::api::operator_injection
