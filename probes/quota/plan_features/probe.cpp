#include "probes/quota/plan_features/probe.hpp"

#include "harness/probe/numbers.hpp"
#include "harness/probe/tally.hpp"

#include <algorithm>
#include <set>

namespace watertight::probes::quota::plan_features {

constexpr probe::spec spec{
    .id = "quota.plan_features",
    .title = "A plan's features or limits are not those of the plan",
    .where = probe::layer::quota,
    .kind = evidence::guarantee::service,
    .level = evidence::severity::medium,
    .cwe = "CWE-285",
    .owasp = "API5:2023",
    .asvs = "2.3.2, 8.2.1",
    .faults = "N9 A21",
    .rationale = "Plans are checked where the feature's button is drawn, or once at the log-in: "
                 "whoever calls the endpoint gets what others pay for, and a change of the table "
                 "of plans takes from some what they paid for.",
    .remedy = "Ask the tenant's plan in the service, at one place for every feature, and test both "
              "sides of each.",
};

static bool is_refusal(trial const& t)
{
    auto const& e = t.answer;
    auto const is_in = [&](auto const& r) { return e.status >= r.first && e.status <= r.last; };
    return e.answered && std::ranges::any_of(t.refused, is_in);
}

static probe::violation make(trial const& t, std::string detail)
{
    probe::violation v;
    v.victim = t.tenant;
    v.channel = t.answer.channel;
    v.detail = fmt::format("{}, plan {}: {}", t.what, t.plan, detail);
    v.exchanges = {t.answer};
    return v;
}

static void
judge_feature(trial const& t, bool is_known_to_work, probe::conclusion& out, probe::tally& seen)
{
    auto const refused = is_refusal(t);
    if (*t.allowed && t.answer.success()) {
        seen.decided(t.what);
    } else if (*t.allowed && refused && is_known_to_work) {
        seen.decided(t.what);
        out.violations.push_back(make(t, "the plan has it and is refused."));
    } else if (*t.allowed) {
        seen.undecided(t.what, "a plan that has it gets " + probe::summary(t.answer));
    } else if (t.answer.success()) {
        seen.decided(t.what);
        out.violations.push_back(make(t, "the plan does not have it and gets it."));
    } else if (!refused) {
        seen.undecided(t.what, "a plan without it gets " + probe::summary(t.answer));
    } else if (is_known_to_work) {
        seen.decided(t.what);
    } else {
        // Nobody gets it: a refusal proves nothing.
        seen.undecided(t.what, "no plan that has it could use it");
    }
}

static void judge_limit(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const told = probe::number_at(t.answer, t.at);
    if (!t.answer.success() || !told) {
        seen.undecided(t.what, "there is no number at " + t.at);
        return;
    }
    seen.decided(t.what);
    if (*told == static_cast<double>(t.number)) return;
    out.violations.push_back(make(t, fmt::format("it is {}, not {}.", *told, t.number)));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    std::set<std::string> works;
    for (auto const& t : trials) {
        if (t.allowed && *t.allowed && t.answer.success()) works.insert(t.what);
    }
    for (auto const& t : trials) {
        if (t.allowed) {
            judge_feature(t, works.contains(t.what), out, seen);
        } else {
            judge_limit(t, out, seen);
        }
    }
    seen.finish(out);
    return out;
}

static asio::awaitable<void>
examine(probe::context& ctx, std::string const& plan, target::tenant& t, std::vector<trial>& out)
{
    auto const& promised = ctx.promised().plans;
    for (auto const& f : promised.features) {
        trial one;
        one.what = "feature " + f.name;
        one.plan = plan;
        one.tenant = t.index;
        one.refused = f.refused;
        one.allowed = std::ranges::find(f.plans, plan) != f.plans.end();
        one.answer = co_await probe::send_once(ctx, f.request, t.actors.front());
        out.push_back(std::move(one));
    }
    for (auto const& l : promised.limits) {
        auto const number = l.by_plan.find(plan);
        if (number == l.by_plan.end()) continue;
        trial one;
        one.what = "limit " + l.name;
        one.plan = plan;
        one.tenant = t.index;
        one.at = l.at;
        one.number = number->second;
        one.answer = co_await probe::send_once(ctx, l.request, t.actors.front());
        out.push_back(std::move(one));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& mix = ctx.shop().how.mix;
    if (ctx.promised().plans.empty() || !probe::takes_guests(ctx)) {
        out.not_applicable = ctx.promised().plans.empty()
                                 ? "the scenario describes no plans"
                                 : "it takes tenants that the run can make";
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const& [plan, share] : mix) {
        target::tenant_shape shape;
        shape.plan = plan;
        auto const made = co_await probe::invite(ctx, shape);
        if (made.tenant == nullptr) {
            out.add_undecided("plan " + plan + ": " + made.failure);
            continue;
        }
        co_await examine(ctx, plan, *made.tenant, trials);
        co_await probe::dismiss(ctx, *made.tenant);
    }
    auto judged = judge(trials);
    for (auto& reason : out.undecided) judged.add_undecided(std::move(reason));
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::quota::plan_features
