#include "harness/lint/sql_file.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <map>

namespace watertight::lint {

using members = std::map<std::string, std::string, std::less<>>;

// Takes the comment lines off `text`.
static members take_head(std::string_view& text)
{
    static constexpr std::string_view dashes = "--";
    members out;
    std::string key;
    while (text.starts_with(dashes)) {
        auto const line = text.substr(dashes.size(), text.find('\n') - dashes.size());
        text.remove_prefix(std::min(text.size(), dashes.size() + line.size() + 1));
        auto const colon = line.find(": ");
        if (line.starts_with("   ") || colon == line.npos) {
            out[key] += fmt::format(" {}", trim(line));
        } else {
            key = trim(line.substr(0, colon));
            out[key] = trim(line.substr(colon + 1));
        }
    }
    return out;
}

static std::string take(members& head, std::string_view key)
{
    auto const it = head.find(key);
    if (it == head.end()) return {};
    auto out = std::move(it->second);
    head.erase(it);
    return out;
}

static std::optional<probe::layer> layer_named(std::string_view name)
{
    for (auto const l : {probe::layer::postgres, probe::layer::cache, probe::layer::mongo}) {
        if (probe::to_string(l) == name) return l;
    }
    return std::nullopt;
}

static failure wrong(spec const& s, std::string_view what)
{
    return {
        errc::malformed, fmt::format("{}/probe.sql: {}", replace_all(s.id, ".", "/"), what), {}};
}

result<postgres_unit>
parse_sql_file(std::string_view layer, std::string_view name, std::string_view text)
{
    postgres_unit out;
    auto& s = out.what;
    s.id = fmt::format("{}.{}", layer, name);
    auto const where = layer_named(layer);
    if (!where) return wrong(s, "no layer is called so");
    s.where = *where;
    auto head = take_head(text);
    s.title = take(head, "title");
    s.cwe = take(head, "cwe");
    s.owasp = take(head, "owasp");
    s.asvs = take(head, "asvs");
    s.faults = take(head, "faults");
    s.rules = take(head, "rules");
    s.live = take(head, "live");
    s.rationale = take(head, "why");
    s.remedy = take(head, "fix");
    if (!evidence::parse(take(head, "level"), s.level)) return wrong(s, "level is none");
    if (!evidence::parse(take(head, "guarantee"), s.kind)) return wrong(s, "guarantee is none");
    if (!head.empty()) return wrong(s, "no key is called " + head.begin()->first);
    for (auto const* const must : {&s.title, &s.cwe, &s.owasp, &s.asvs, &s.rationale, &s.remedy}) {
        if (must->empty()) return wrong(s, "title, cwe, owasp, asvs, why and fix are needed");
    }
    out.sql = trim(text);
    if (out.sql.empty()) return wrong(s, "there is no query");
    return out;
}

} // namespace watertight::lint
