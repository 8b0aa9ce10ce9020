#include "harness/probe/body_diff.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/role_matrix/probe.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace watertight::probes::api::role_matrix {

bool expectation::permits(std::string_view role) const
{
    return !is_platform && std::ranges::find(roles, role) != roles.end();
}

// The members of a JSON body, whatever they hold and however many of them lists have.
static std::set<std::string> shape_of(std::string const& body)
{
    std::set<std::string> out;
    for (auto const& [pointer, value] : probe::flatten(body)) {
        std::string kept;
        for (auto const part : split(pointer, '/')) {
            auto const is_index = !part.empty() && std::ranges::all_of(part, [](char c) {
                return c >= '0' && c <= '9';
            });
            kept += "/" + (is_index ? std::string{"*"} : std::string{part});
        }
        out.insert(std::move(kept));
    }
    return out;
}

effect effect_of_read(probe::exchange const& control, probe::exchange const& hostile)
{
    if (hostile.undecided()) return effect::undecided;
    if (!hostile.success()) return effect::refused;
    auto const owner = control.tenant;
    if (control.token_of(owner) != nullptr) {
        return hostile.token_of(owner) != nullptr ? effect::served : effect::nothing;
    }
    // Of a page, a text or an empty answer nobody can say whether it is the same.
    auto const is_json = control.body.starts_with('{') || control.body.starts_with('[');
    auto const is_same = is_json && shape_of(control.body) == shape_of(hostile.body);
    return is_same ? effect::served : effect::nothing;
}

static std::string cell_of(trial const& t)
{
    switch (t.came) {
    case effect::served:
        return "served";
    case effect::accepted:
        return "accepted";
    case effect::nothing:
        return "nothing";
    case effect::refused:
        return fmt::format("refused {}", t.hostile.status);
    case effect::undecided:
        return "undecided";
    }
    return "";
}

static std::string expected(expectation const& may)
{
    if (may.is_platform) return "the platform";
    auto const text = join(may.roles, ", ");
    return may.is_derived ? text + " (derived)" : text;
}

static verdict::result_table table_of(std::vector<trial> const& trials)
{
    std::vector<std::string> roles;
    std::vector<std::string> order;
    std::map<std::string, std::map<std::string, std::string>> cells;
    std::map<std::string, std::string> may;
    for (auto const& t : trials) {
        if (std::ranges::count(roles, t.role) == 0) roles.push_back(t.role);
        if (std::ranges::count(order, t.operation) == 0) order.push_back(t.operation);
        auto& cell = cells[t.operation][t.role];
        if (cell.empty() || t.came == effect::served) cell = cell_of(t);
        may[t.operation] = expected(t.may);
    }
    verdict::result_table out;
    out.title = "Which role may do what";
    out.columns = {"operation", "may"};
    out.columns.insert(out.columns.end(), roles.begin(), roles.end());
    for (auto const& operation : order) {
        std::vector<std::string> line{operation, may[operation]};
        for (auto const& role : roles) line.push_back(cells[operation][role]);
        out.rows.push_back(std::move(line));
    }
    return out;
}

static probe::violation violation_of(trial const& t)
{
    probe::violation v;
    v.victim = t.victim;
    if (t.hostile.tenant != t.victim) v.intruder = t.hostile.tenant;
    v.channel = t.channel;
    v.detail = t.hostile.sender + " did what is " + expected(t.may) + "'s: " + t.operation + ".";
    v.token = t.token;
    v.position = t.is_write ? "the owner's view" : "response";
    v.kind = t.is_write ? evidence::guarantee::integrity : evidence::guarantee::confidentiality;
    v.level = t.may.is_platform  ? evidence::severity::critical
              : t.may.is_derived ? evidence::severity::medium
                                 : evidence::severity::high;
    v.exchanges = {t.control, t.hostile};
    return v;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    // Operations whose privileged sender was served, and those that serve anybody.
    std::set<std::string> works;
    std::set<std::string> open;
    for (auto const& t : trials) {
        auto const came_through = t.came == effect::served || t.came == effect::accepted;
        if (t.control_worked || (t.may.permits(t.role) && came_through)) works.insert(t.operation);
        if (t.role == "anonymous" && t.came == effect::served) open.insert(t.operation);
    }
    auto known = false;
    for (auto const& t : trials) {
        if (!t.may.is_known() || t.may.permits(t.role)) continue;
        known = true;
        auto const is_sign_up = t.may_be_sign_up && open.contains(t.operation);
        auto const proves =
            !is_sign_up && (!t.token.empty() || t.is_write || !open.contains(t.operation));
        if (t.came == effect::served && proves) {
            out.violations.push_back(violation_of(t));
            seen.decided(t.channel);
        } else if (!works.contains(t.operation)) {
            seen.undecided(t.channel, "nobody who may was served: " + summary(t.control));
        } else if (t.came == effect::undecided) {
            seen.undecided(t.channel, "the request failed: " + summary(t.hostile));
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    if (!trials.empty()) out.tables.push_back(table_of(trials));
    if (!known) {
        out.not_applicable = "no operation says which `roles` may send it, and none is the "
                             "platform's; the table tells what each role may do";
    }
    return out;
}

} // namespace watertight::probes::api::role_matrix
