#include "harness/lint/report.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lint {

using nlohmann::json;

static json as_json(spec const& what, suspicion const& s)
{
    json out{
        {"lint", what.id},
        {"title", what.title},
        {"severity", evidence::to_string(level_of(what, s))},
        {"guarantee", evidence::to_string(what.kind)},
        {"seen", false},
        {"kind", s.kind},
        {"object", s.object},
        {"detail", s.detail},
        {"fix", s.fix},
        {"remedy", what.remedy},
        {"cwe", what.cwe},
        {"owasp", what.owasp},
        {"asvs", what.asvs},
        {"faults", what.faults},
        {"rules", what.rules},
    };
    if (!what.live.empty()) out["decided_by"] = what.live;
    return out;
}

static json as_json(report const& r)
{
    json out{
        {"store", r.store},
        {"where", r.where},
        {"notes", r.notes},
        {"examined", r.examined},
        {"seconds", r.seconds},
        {"lints", json::array()},
        {"suspicions", json::array()},
        {"not_examined", json::array()},
    };
    for (auto const& o : r.outcomes) {
        json one{{"id", o.what.id}, {"suspicions", o.found.size()}, {"seconds", o.seconds}};
        if (!o.undecided.empty()) one["undecided"] = o.undecided;
        out["lints"].push_back(std::move(one));
        for (auto const& s : o.found) out["suspicions"].push_back(as_json(o.what, s));
    }
    for (auto const& l : r.not_examined) {
        out["not_examined"].push_back({{"kind", l.kind}, {"name", l.name}, {"reason", l.reason}});
    }
    return out;
}

std::string to_json(std::vector<report> const& reports)
{
    auto out = json::array();
    for (auto const& r : reports) out.push_back(as_json(r));
    return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace watertight::lint
