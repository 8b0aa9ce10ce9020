#include "harness/probe/own_fields.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"
#include "probes/api/id_smuggling/probe.hpp"

#include <nlohmann/json.hpp>

namespace watertight::probes::api::id_smuggling {

using target::resource;

void judge_writes(std::vector<write_trial> const& trials, probe::conclusion& out)
{
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.hostile.channel;
        if (t.after.success() && !t.after.shown(t.planted).empty()) {
            probe::violation v;
            v.victim = t.after.tenant;
            v.intruder = t.hostile.tenant;
            v.channel = channel;
            v.detail = fmt::format(
                "{} changed an object of its own with another tenant's id as {}: the owner of that "
                "one reads the change.",
                t.hostile.sender,
                t.how
            );
            v.token = t.after.shown(t.planted);
            v.position = "the owner's read-back";
            v.exchanges = {t.control, t.after, t.hostile};
            v.kind = evidence::guarantee::integrity;
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (!t.control.success() || !t.control.shows_canary_of(t.control.tenant)) {
            seen.undecided(channel, "the owner's own read shows no canary: " + summary(t.control));
        } else if (t.hostile.undecided() || t.after.undecided()) {
            auto const& broken = t.hostile.undecided() ? t.hostile : t.after;
            seen.undecided(channel, "a request failed: " + probe::summary(broken));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
}

static std::optional<std::string>
with_id(std::optional<std::string> const& body, std::string const& name, std::string const& id)
{
    auto json = nlohmann::json::parse(body.value_or(""), nullptr, false);
    if (!json.is_object()) return std::nullopt;
    auto const number = nlohmann::json::parse(id, nullptr, false);
    auto const value = number.is_number_integer() ? number : nlohmann::json(id);
    // In an envelope the id may stand beside the fields or among them.
    for (auto at = probe::own_fields(json); !at.empty(); at.pop_back()) json[at][name] = value;
    json[name] = value;
    return json.dump();
}

static asio::awaitable<void> attempt(
    probe::context& ctx, resource const& r, probe::tenant_pair pair, std::vector<write_trial>& out
)
{
    auto const theirs = co_await probe::create_foreign(ctx, r, pair);
    auto const mine = co_await ctx.create_object(r, pair.intruder);
    if (theirs.has_error() || mine.has_error()) co_return;
    auto const id = probe::id_of(**theirs);
    auto const is_usable = !id.empty() && !probe::has_same_id(ctx, pair.intruder, **theirs);
    std::vector<std::string> names;
    if (is_usable) names = parameter_names(r);
    for (auto const& name : names) {
        for (auto const in_body : {true, false}) {
            write_trial t;
            t.how = (in_body ? "member " : "query parameter ") + name;
            auto const about = probe::about(ctx, **theirs);
            t.control = co_await probe::look_up(ctx, r, ctx.actor(pair.victim), about);
            auto options = probe::about(ctx, **mine);
            t.planted = {ctx.fresh_canary(pair.intruder), ctx.fresh_number(pair.intruder)};
            ctx.plants(t.planted.text, t.planted.number);
            options.canary = t.planted.text;
            options.canary_number = t.planted.number;
            auto const plain = probe::body_of(ctx, *r.update, pair.intruder, options);
            if (in_body) options.changes.body = with_id(plain, name, id);
            if (in_body && !options.changes.body) continue;
            if (!in_body) options.changes.query.emplace_back(name, id);
            t.hostile = co_await ctx.send(*r.update, ctx.actor(pair.intruder), options);
            t.after = co_await probe::look_up(ctx, r, ctx.actor(pair.victim), about);
            out.push_back(std::move(t));
        }
    }
    co_await probe::discard(ctx, r, **theirs);
    co_await probe::discard(ctx, r, **mine);
}

asio::awaitable<std::vector<write_trial>> try_writes(probe::context& ctx)
{
    auto resources =
        probe::seen_resources_with(ctx.model(), {&resource::create, &resource::update});
    std::erase_if(resources, [](auto const* r) { return !probe::writes_canary(*r->update); });
    static constexpr std::size_t pairs_max = 2;
    std::vector<write_trial> out;
    for (auto const pair : ctx.few_pairs(pairs_max)) {
        for (auto const* const r : resources) co_await attempt(ctx, *r, pair, out);
    }
    co_return out;
}

} // namespace watertight::probes::api::id_smuggling
