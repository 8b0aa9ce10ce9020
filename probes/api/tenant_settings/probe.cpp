#include "probes/api/tenant_settings/probe.hpp"

#include "harness/probe/guests.hpp"
#include "harness/probe/own_fields.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/tenant_names.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::api::tenant_settings {

constexpr probe::spec spec{
    .id = "api.tenant_settings",
    .title = "Another tenant's settings can be changed",
    .where = probe::layer::api,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.3.1",
    .faults = "A02 A15",
    .rationale = "Settings, profiles and configurations belong to the tenant itself, not to an "
                 "object with an owner column: the handler looks the tenant up by what the path, a "
                 "hidden field or a parameter says, and saves it.",
    .remedy = "Take the tenant whose settings are written from the credentials alone; refuse a "
              "path or member that names another.",
};

using nlohmann::json;

// A text that may be replaced by another: no address, no time, nothing that names somebody.
static bool is_free(std::string const& text, std::vector<std::string> const& identifiers)
{
    if (text.empty() || text.find_first_of("@:/") != text.npos) return false;
    return std::ranges::none_of(identifiers, [&](std::string const& id) { return text == id; });
}

std::vector<std::string>
free_texts(std::string_view body, std::vector<std::string> const& identifiers)
{
    std::vector<std::string> out;
    auto const whole = json::parse(body, nullptr, false);
    if (!whole.is_object()) return out;
    for (auto const& [name, value] : whole.at(probe::own_fields(whole)).items()) {
        if (!value.is_string() || probe::is_envelopes_own(name)) continue;
        if (is_free(value.get<std::string>(), identifiers)) out.push_back(name);
    }
    return out;
}

std::optional<std::string>
with_texts(std::string_view body, std::vector<std::string> const& members, std::string_view canary)
{
    auto whole = json::parse(body, nullptr, false);
    if (!whole.is_object()) return std::nullopt;
    auto& fields = whole[probe::own_fields(whole)];
    for (auto const& name : members) fields[name] = canary;
    return whole.dump();
}

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const& channel = t.hostile.channel;
    if (auto const* const view = probe::shown_in(t.victims_views, t.planted)) {
        probe::violation v;
        v.victim = t.victim;
        v.intruder = t.hostile.tenant;
        v.channel = channel;
        v.detail = fmt::format(
            "{} changed what belongs to another tenant itself, {}.", t.hostile.sender, t.how
        );
        v.token = view->shown(t.planted);
        v.position = "the victim's view";
        v.exchanges = {t.control, t.hostile, *view};
        out.violations.push_back(std::move(v));
        seen.decided(channel);
    } else if (!t.shows) {
        auto const why = t.control.success()
                             ? "no view of the tenant shows what it writes"
                             : "it takes no canary in its texts (write {canary} into one): " +
                                   probe::summary(t.control);
        seen.undecided(channel, why);
    } else if (t.hostile.undecided()) {
        seen.undecided(channel, "the intruder's request failed: " + probe::summary(t.hostile));
    } else {
        seen.decided(channel);
    }
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) judge_one(t, out, seen);
    seen.finish(out);
    return out;
}

// What takes more than the settings away, or brings somebody in.
static bool is_final(target::operation const& op)
{
    auto const text = to_lower(op.name + " " + op.path_pattern);
    static constexpr std::string_view words[] = {
        "delet", "remov", "close", "deactivat", "suspend", "cancel", "logout", "leave", "reset"};
    return std::ranges::any_of(words, [&](auto word) { return text.find(word) != text.npos; });
}

static std::vector<target::operation const*> writes_of(target::model const& m)
{
    std::vector<target::operation const*> out;
    for (auto const& op : m.operations) {
        auto const writes = !probe::is_read(op) && op.method != "DELETE" && !is_final(op);
        auto const is_known =
            writes && probe::is_tenants_own(m, op) && target::takes_fields(op.body);
        if (is_known) out.push_back(&op);
    }
    return out;
}

namespace {

// Two throw-away tenants, and one write of the scenario's.
struct scene {
    probe::context& ctx;
    target::operation const& op;
    probe::tenant_pair pair;
    std::vector<probe::target_operation> views{};
    // Members that take a canary; empty where the scenario has put one into the body.
    std::vector<std::string> members{};
    bool has_canary = false;
};

} // namespace

static probe::request_options fresh_options(scene const& s, tenant_index who)
{
    probe::request_options out;
    out.canary = s.ctx.fresh_canary(who);
    out.canary_number = s.ctx.fresh_number(who);
    s.ctx.plants(out.canary, out.canary_number);
    return out;
}

// The body as a tenant has it, with the canary in it.
static std::optional<std::string>
body_for(scene const& s, tenant_index who, probe::request_options const& options)
{
    auto const plain = probe::body_of(s.ctx, s.op, who, options);
    if (!plain || s.has_canary) return plain;
    return with_texts(*plain, s.members, options.canary);
}

static asio::awaitable<std::vector<probe::exchange>> look(scene const& s)
{
    std::vector<probe::exchange> out;
    for (auto const& view : s.views) {
        auto const place = probe::own_place(s.ctx, s.pair.victim, view, 0);
        auto e = co_await s.ctx.send(*view.op, s.ctx.actor(s.pair.victim), place);
        out.push_back(std::move(e));
    }
    co_return out;
}

// The victim's own write: it shows which members take a text, and where it is to be seen.
static asio::awaitable<bool> write_own(scene const& s, trial& t)
{
    auto options = fresh_options(s, s.pair.victim);
    probe::marks const canary{options.canary, options.canary_number};
    options.changes.body = body_for(s, s.pair.victim, options);
    if (!options.changes.body) co_return false;
    t.control = co_await s.ctx.send(s.op, s.ctx.actor(s.pair.victim), std::move(options));
    if (!t.control.success()) co_return false;
    auto const views = co_await look(s);
    t.shows = probe::shown_in(views, canary) != nullptr;
    co_return t.shows;
}

// All members at once; one by one where that is refused or nothing shows.
static asio::awaitable<bool> find_members(scene& s, trial& t)
{
    static constexpr std::size_t members_max = 8;
    auto const options = fresh_options(s, s.pair.victim);
    auto const plain = probe::body_of(s.ctx, s.op, s.pair.victim, options).value_or("");
    s.has_canary = plain.find(options.canary) != plain.npos;
    auto const& victim = s.ctx.tenant(s.pair.victim);
    auto const id = std::string{victim.attributes.find("id").value_or("")};
    auto const all =
        s.has_canary ? std::vector<std::string>{} : free_texts(plain, {id, victim.slug});
    if (!s.has_canary && all.empty()) co_return false;
    s.members = all;
    if (co_await write_own(s, t) || all.size() < 2) co_return true;
    for (std::size_t i = 0; i < std::min(all.size(), members_max); ++i) {
        s.members = {all[i]};
        if (co_await write_own(s, t)) co_return true;
    }
    co_return true;
}

// `options` carry what makes the request hostile.
static asio::awaitable<void> attempt(
    scene const& s,
    trial t,
    std::string how,
    probe::request_options options,
    std::vector<trial>& out
)
{
    t.how = std::move(how);
    t.planted = {options.canary, options.canary_number};
    t.hostile = co_await s.ctx.send(s.op, s.ctx.actor(s.pair.intruder), std::move(options));
    t.victims_views = co_await look(s);
    out.push_back(std::move(t));
}

static asio::awaitable<void> by_path(scene const& s, trial const& t, std::vector<trial>& out)
{
    if (s.op.path_pattern.find("{tenant.") == std::string::npos) co_return;
    auto options = fresh_options(s, s.pair.intruder);
    options.changes.body = body_for(s, s.pair.victim, options);
    options.slots_of = &s.ctx.tenant(s.pair.victim);
    options.changes.identity = probe::identity_of(s.ctx, s.pair.intruder);
    co_await attempt(s, t, "by the victim's path", std::move(options), out);
}

// What the scenario itself says of the tenant in the body, of the victim.
static asio::awaitable<void> by_body(scene const& s, trial const& t, std::vector<trial>& out)
{
    auto options = fresh_options(s, s.pair.intruder);
    auto theirs = body_for(s, s.pair.victim, options);
    if (!theirs || theirs == body_for(s, s.pair.intruder, options)) co_return;
    options.changes.body = std::move(theirs);
    co_await attempt(s, t, "by what its body says of the tenant", std::move(options), out);
}

// Members and parameters of names that the target knows a tenant by, all at once.
static asio::awaitable<void> by_names(scene const& s, trial const& t, std::vector<trial>& out)
{
    auto names = probe::tenant_names(s.ctx.model());
    for (auto const* const usual : {"tenant_id", "tenantId"}) {
        if (std::ranges::count(names, usual) == 0) names.emplace_back(usual);
    }
    auto const& victim = s.ctx.tenant(s.pair.victim);
    auto const id = std::string{victim.attributes.find("id").value_or("")};
    for (auto const& value : {id, victim.slug}) {
        if (value.empty()) continue;
        for (bool const is_member : {true, false}) {
            auto options = fresh_options(s, s.pair.intruder);
            auto body = body_for(s, s.pair.intruder, options);
            for (auto const& name : names) {
                if (!is_member) options.changes.query.emplace_back(name, value);
                if (is_member && body) body = probe::with_member(*body, name, value);
            }
            options.changes.body = std::move(body);
            auto how = fmt::format(
                "by {} that name a tenant ({}, ...)",
                is_member ? "members" : "parameters",
                names.front()
            );
            co_await attempt(s, t, std::move(how), std::move(options), out);
        }
    }
}

static asio::awaitable<void> attempt_all(scene& s, std::vector<trial>& out)
{
    trial t;
    t.victim = s.pair.victim;
    auto const reads_back = std::ranges::any_of(s.ctx.model().operations, [&](auto const& read) {
        return probe::is_read(read) && read.path_pattern == s.op.path_pattern;
    });
    auto const must_show = reads_back || s.op.method == "PUT" || s.op.method == "PATCH";
    auto const is_writable = co_await find_members(s, t);
    // What need not write anything that is shown is none of this probe's.
    if (!is_writable || (!t.shows && !must_show)) co_return;
    if (!t.shows) {
        t.hostile.channel = s.op.channel();
        out.push_back(std::move(t));
        co_return;
    }
    s.ctx.covered().examined("endpoint", s.op.channel(), spec.id);
    co_await by_path(s, t, out);
    co_await by_body(s, t, out);
    co_await by_names(s, t, out);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const writes = writes_of(ctx.model());
    auto views = probe::collection_reads(ctx.model());
    if (writes.empty() || views.empty() || !probe::takes_guests(ctx)) {
        out.not_applicable =
            "it takes operations that write and that read a tenant's own settings, and tenants "
            "that the run makes";
        co_return out;
    }
    target::tenant_shape const plain;
    auto const victim = co_await probe::invite(ctx, plain);
    auto const intruder = co_await probe::invite(ctx, plain);
    std::vector<trial> trials;
    if (victim.tenant == nullptr || intruder.tenant == nullptr) {
        out.add_undecided(victim.tenant == nullptr ? victim.failure : intruder.failure);
    } else {
        probe::tenant_pair const pair{
            .victim = victim.tenant->index, .intruder = intruder.tenant->index};
        for (auto const* const op : writes) {
            scene s{ctx, *op, pair, views};
            co_await attempt_all(s, trials);
        }
        out = judge(trials);
    }
    for (auto* const guest : {victim.tenant, intruder.tenant}) {
        if (guest != nullptr) co_await probe::dismiss(ctx, *guest);
    }
    if (trials.empty() && out.undecided.empty()) {
        out.not_applicable = "no operation takes a text that is the tenant's own";
    }
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::tenant_settings
