#include "harness/tenants/provision.hpp"

#include "harness/base/fatal.hpp"
#include "harness/tenants/creation.hpp"
#include "harness/tenants/draft.hpp"
#include "harness/tenants/existing.hpp"

#include <set>

namespace watertight::tenants {

static void draft_all(bench& b)
{
    auto const& how = b.w.how;
    if (!how.from_file.empty()) {
        load_existing(b, how.from_file);
        return;
    }
    std::set<std::string> slugs;
    for (auto& plan_name : assign_plans(how.mix, how.count, b.w.seed)) {
        auto const& t = draft_tenant(b, std::move(plan_name));
        if (!slugs.insert(t.slug).second) {
            throw usage_error{
                "tenants.slug makes two tenants called " + t.slug +
                ": it must hold {tenant.index}"};
        }
    }
}

asio::awaitable<std::vector<provisioning_failure>> provision(workshop& w)
{
    bench b{w};
    draft_all(b);
    std::vector<target::tenant*> todo;
    for (auto& t : w.made.tenants) todo.push_back(&t);
    phase const what{"provisioning tenants", make_tenant, w.how.failure_policy};
    auto failures = co_await for_each_tenant(b, std::move(todo), what);
    co_return failures;
}

asio::awaitable<result<target::tenant*>> provision_extra(workshop& w, further_tenant like)
{
    auto const& how = w.how;
    if (!how.from_file.empty()) {
        co_return failure{
            errc::forbidden, "the tenants are existing ones: the run makes no further tenant", {}};
    }
    bench b{w};
    auto const place = how.mix.empty() ? 0 : w.made.tenants.size() % how.mix.size();
    if (like.plan.empty() && !how.mix.empty()) like.plan = how.mix[place].first;
    auto& t = draft_tenant(b, like);
    auto const failures = co_await make_tenant(b, t);
    if (failures.empty()) co_return &t;
    co_return failure{errc::rejected, failures.front().what, failures.front().response};
}

asio::awaitable<result<target::tenant*>> provision_extra(workshop& w)
{
    further_tenant as_the_others;
    co_return co_await provision_extra(w, std::move(as_the_others));
}

asio::awaitable<target::tenant*> announce_tenant(workshop& w)
{
    auto const& how = w.how;
    if (!how.from_file.empty() || !how.create) co_return nullptr;
    bench b{w};
    auto& t = draft_tenant(b, how.mix.empty() ? std::string{} : how.mix.front().first);
    t.may_exist = true;
    auto entry = entry_of(t);
    co_await b.intents.intend(std::move(entry));
    co_return &t;
}

bool conclude_tenant(workshop& w, target::tenant& announced, net::http_response const* answer)
{
    if (answer == nullptr) return false;
    bench b{w};
    if (answer->status >= 300 && answer->status < 500) {
        announced.may_exist = false;
        announced.state = target::tenant_state::removed;
        w.log.removed("tenant", announced.slug);
        return false;
    }
    if (!w.how.create->accepts(answer->status)) return false;
    auto* const first = announced.actors.empty() ? nullptr : &announced.actors.front();
    recipients const to{
        &announced, first, &announced.attributes, {announced.index, {}, {}}, "tenants"};
    if (!take_captures(b, *w.how.create, *answer, to)) return false;
    w.log.made(entry_of(announced));
    return true;
}

} // namespace watertight::tenants
