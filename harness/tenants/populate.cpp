#include "harness/tenants/jobs.hpp"
#include "harness/tenants/objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace watertight::tenants {

namespace {

/// Parents before children, what is referred to before what refers to it; a resource of which one
/// of them is unknown comes last.
std::vector<target::resource const*> in_order(target::model const& m)
{
    std::vector<target::resource const*> out;
    std::set<std::string_view> placed;
    std::vector<target::resource const*> left;
    for (auto const& r : m.resources) left.push_back(&r);
    for (bool has_moved = true; has_moved && !left.empty();) {
        has_moved = false;
        for (auto it = left.begin(); it != left.end();) {
            auto const& r = **it;
            auto const is_placed = [&](std::string const& name) { return placed.contains(name); };
            auto const has_parent = r.parent.empty() || is_placed(r.parent);
            if (!has_parent || !std::ranges::all_of(r.refers_to, is_placed)) {
                ++it;
                continue;
            }
            placed.insert(r.name);
            out.push_back(&r);
            it = left.erase(it);
            has_moved = true;
        }
    }
    out.insert(out.end(), left.begin(), left.end());
    return out;
}

/// All objects of one resource in one tenant; the first that fails is the last that is tried, for
/// the others would fail alike.
asio::awaitable<setback> fill(bench& b, target::resource const& r, target::tenant& t)
{
    for (auto& who : t.actors) {
        for (std::size_t i = 0; i < r.count; ++i) {
            auto made = co_await make_object(b, r, t, who);
            if (made.trouble) co_return std::move(made.trouble);
            if (made.object != nullptr) co_await await_job(b.w, r, *made.object);
        }
        if (r.per_tenant) break;
    }
    co_return std::nullopt;
}

asio::awaitable<std::vector<provisioning_failure>> fill_tenant(bench& b, target::tenant& t)
{
    std::vector<provisioning_failure> out;
    std::set<std::string_view> failed;
    for (auto const* const r : in_order(b.w.model)) {
        // What belongs to something that is not there is no news.
        auto const is_failed = [&](std::string const& name) { return failed.contains(name); };
        if (!r->create || is_failed(r->parent) || std::ranges::any_of(r->refers_to, is_failed)) {
            if (r->create) failed.insert(r->name);
            continue;
        }
        auto trouble = co_await fill(b, *r, t);
        if (!trouble) continue;
        failed.insert(r->name);
        out.push_back(std::move(*trouble));
        if (b.w.how.failure_policy == on_failure::stop) break;
    }
    co_return out;
}

/// A scenario that makes ids of the serial, which begins anew in each tenant, gives all tenants the
/// same ones: what is reached by them cannot be told from one's own, and is left out by many
/// probes.
void note_repeated_ids(workshop& w, target::resource const& r)
{
    if (!r.create || !r.create->mentions("serial")) return;
    std::map<std::string, tenant_index, std::less<>> seen;
    for (auto const& t : w.made.tenants) {
        for (auto const* const o : w.made.living(t.index, r.name)) {
            auto const id = o->attributes.find("id");
            if (!id) continue;
            auto const [known, is_new] = seen.emplace(std::string{*id}, t.index);
            if (is_new || known->second == t.index) continue;
            w.display.note(fmt::format(
                "{}.create: {} is an id in more than one tenant, so that many attempts on such "
                "objects would prove nothing; {{canary}} or {{tenant.slug}} beside {{serial}} "
                "makes "
                "it one of its own",
                r.name,
                *id
            ));
            return;
        }
    }
}

} // namespace

asio::awaitable<std::vector<provisioning_failure>> populate(workshop& w)
{
    bench b{w};
    std::vector<target::tenant*> todo;
    for (auto& t : w.made.tenants) {
        if (t.state == target::tenant_state::ready) todo.push_back(&t);
    }
    phase const what{"populating tenants", fill_tenant, w.how.failure_policy};
    auto failures = co_await for_each_tenant(b, std::move(todo), what);
    for (auto const& r : w.model.resources) note_repeated_ids(w, r);
    co_return failures;
}

} // namespace watertight::tenants
