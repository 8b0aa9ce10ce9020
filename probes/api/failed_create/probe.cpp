#include "probes/api/failed_create/probe.hpp"

#include "harness/probe/own_fields.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::api::failed_create {

constexpr probe::spec spec{
    .id = "api.failed_create",
    .title = "A creation that was refused leaves its object behind",
    .where = probe::layer::api,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::medium,
    .cwe = "CWE-460",
    .owasp = "API8:2023",
    .asvs = "2.3.3",
    .faults = "A23",
    .rationale = "What is written before everything is checked stays when the check fails: objects "
                 "that nobody was told of, that count against quotas, and that lack what a whole "
                 "one has, its owner for instance.",
    .remedy = "Check first and write in one transaction, which an error rolls back.",
};

using nlohmann::json;

static std::vector<json> spoilt_values(json const& value)
{
    if (value.is_number()) return {-1, "no number", 1e300};
    if (value.is_string()) return {json::object({{"no", "text"}}), std::string(5000, 'x'), -1};
    if (value.is_boolean()) return {"perhaps"};
    if (value.is_array()) return {"no list", 7};
    return {"no object"};
}

std::vector<spoilt> spoil(std::string_view body, std::string_view canary)
{
    std::vector<spoilt> out;
    auto const whole = json::parse(body, nullptr, false);
    if (!whole.is_object()) return out;
    static constexpr std::size_t spoilt_max = 16;
    auto const add = [&](std::string how, json const& changed) {
        auto text = changed.dump();
        // Without its canary nobody would know it again.
        if (out.size() >= spoilt_max || text.find(canary) == std::string::npos) return;
        out.push_back({std::move(how), std::move(text)});
    };
    auto const fields = probe::own_fields(whole);
    for (auto const& [name, value] : whole.at(fields).items()) {
        for (auto const& bad : spoilt_values(value)) {
            auto changed = whole;
            changed[fields][name] = bad;
            add(name + " = " + bad.dump().substr(0, 40), changed);
        }
        auto without = whole;
        without[fields].erase(name);
        add("without " + name, without);
    }
    return out;
}

// An answer that says no for good; one that says "later" leaves it open.
static bool is_refusal(probe::exchange const& e)
{
    return e.refused() && e.status >= 400 && e.status != 408 && e.status != 425;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.refused.channel;
        if (!is_refusal(t.refused)) continue;
        if (t.listed.success() && !t.listed.shown(t.canary).empty()) {
            probe::violation v;
            v.victim = t.refused.tenant;
            v.channel = channel;
            v.detail = fmt::format(
                "A creation ({}) was refused with {}, and its object stands in the list.",
                t.how,
                probe::summary(t.refused)
            );
            v.token = t.listed.shown(t.canary);
            v.position = "the creator's list";
            v.exchanges = {t.listed, t.refused};
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (!t.control.success() || t.control.shown(t.control_canary).empty()) {
            seen.undecided(channel, "the list shows no new object: " + summary(t.control));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    if (std::ranges::none_of(trials, [](auto const& t) { return is_refusal(t.refused); })) {
        out.not_applicable = "no creation is refused for what its members hold";
    }
    return out;
}

static asio::awaitable<void>
attempt(probe::context& ctx, target::resource const& r, tenant_index who, std::vector<trial>& out)
{
    auto place = probe::own_place(ctx, who, {&r, &*r.create}, 0);
    auto probing = place;
    probing.canary = ctx.fresh_canary(who);
    probing.canary_number = ctx.fresh_number(who);
    auto const sample = probe::body_of(ctx, *r.create, who, probing);
    std::vector<trial> tried;
    auto const many = spoil(sample.value_or(""), probing.canary).size();
    for (std::size_t i = 0; i < many; ++i) {
        auto object = co_await probe::planting::begin(ctx, r, who);
        auto options = object.options();
        options.parent = place.parent;
        auto const body = probe::body_of(ctx, *r.create, who, options);
        auto all = spoil(body.value_or(""), options.canary);
        if (i >= all.size()) break;
        trial t;
        t.how = all[i].how;
        t.canary = object.canary();
        options.changes.body = std::move(all[i].body);
        auto const way = probe::approach::own_path;
        t.refused = co_await object.send(ctx, {who, who}, way, std::move(options));
        // A target that takes it as it is has refused nothing.
        if (object.is_made()) co_await object.discard(ctx);
        if (is_refusal(t.refused)) tried.push_back(std::move(t));
    }
    if (tried.empty()) co_return;
    // In the same place as those that were refused, where the list is read.
    auto made = co_await probe::planting::begin(ctx, r, who);
    auto options = made.options();
    options.parent = place.parent;
    auto const way = probe::approach::own_path;
    static_cast<void>(co_await made.send(ctx, {who, who}, way, std::move(options)));
    if (!made.is_made()) co_return;
    auto const listed = co_await ctx.send(*r.list, ctx.actor(who), place);
    for (auto& t : tried) {
        t.listed = t.control = listed;
        t.control_canary = made.canary();
        out.push_back(std::move(t));
    }
    co_await made.discard(ctx);
    ctx.covered().examined("endpoint", r.create->channel(), spec.id);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    auto resources = probe::resources_with(ctx.model(), {&resource::create, &resource::list});
    std::erase_if(resources, [](auto const* r) {
        return !target::takes_fields(r->create->body) || !probe::writes_canary(*r->create);
    });
    probe::conclusion out;
    auto const tenants = ctx.tenants();
    if (resources.empty() || tenants.empty()) {
        out.not_applicable = "no resource is created by a body of fields (JSON, a form) and listed";
        co_return out;
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, *resources[i], tenants.front(), trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(resources.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::failed_create
