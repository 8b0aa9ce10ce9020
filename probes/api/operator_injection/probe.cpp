#include "probes/api/operator_injection/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/tenant_names.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::api::operator_injection {

constexpr probe::spec spec{
    .id = "api.operator_injection",
    .title = "An operator in the place of a value widens what is found",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-943",
    .owasp = "API8:2023",
    .asvs = "1.2.4, 1.2.10",
    .faults = "A37 MG5",
    .rationale =
        "A value that is put into a query as it came can hold more than a value: an OR, an "
        "operator object, a wildcard. The filter by tenant stands in the same query and is "
        "widened with it.",
    .remedy =
        "Bind values as parameters, take texts for texts (refuse objects where a text "
        "belongs), and let the tenant's filter be added where nothing of the request reaches.",
};

static void judge_log_in(log_in_trial const& t, probe::tally& seen, probe::conclusion& out)
{
    auto const& channel = t.proper.channel;
    if (!t.proper_is_let_in) {
        seen.undecided(channel, "the proper log-in fails: " + probe::summary(t.proper));
        return;
    }
    // Who lets everybody in has another problem.
    if (t.is_let_in && !t.wrong_is_let_in && !t.wrong.undecided()) {
        probe::violation v;
        v.victim = t.victim;
        v.channel = channel;
        v.detail = "The log-in was accepted with " + t.how + ", and refused with a wrong one.";
        v.position = "response";
        v.exchanges = {t.wrong, t.hostile};
        out.violations.push_back(std::move(v));
    }
    if (t.hostile.undecided()) {
        seen.undecided(channel, "the log-in failed: " + probe::summary(t.hostile));
    } else {
        seen.decided(channel);
    }
}

static void judge_splice(splice_trial const& t, probe::tally& seen, probe::conclusion& out)
{
    auto const shows = [](probe::exchange const& e) {
        return e.success() && e.shows_canary_of(e.tenant);
    };
    if (!shows(t.open) || t.doubled.undecided() || shows(t.doubled)) return;
    probe::violation v;
    v.victim = t.open.tenant;
    v.channel = t.open.channel;
    v.detail = fmt::format(
        "{} asked for what nobody has with {} and was shown its own data; with the quotes doubled "
        "it was shown none. The value is taken for a part of the query, which may name other "
        "tenants' tables.",
        t.open.sender,
        t.how
    );
    v.position = "response";
    v.exchanges = {t.doubled, t.open};
    v.level = evidence::severity::high;
    out.violations.push_back(std::move(v));
    seen.decided(t.open.channel);
}

probe::conclusion judge(
    std::vector<trial> const& reads,
    std::vector<log_in_trial> const& log_ins,
    std::vector<splice_trial> const& splices
)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : reads) {
        auto const& e = t.hostile;
        if (auto const* const token = e.foreign_token()) {
            out.violations.push_back(probe::shown_by(
                *token,
                e.channel,
                fmt::format(
                    "{} asked for its own data with {} and was shown another tenant's.",
                    e.sender,
                    t.how
                ),
                {t.plain, e}
            ));
            seen.decided(e.channel);
        } else if (t.plain.undecided()) {
            seen.undecided(e.channel, "the plain read fails: " + probe::summary(t.plain));
        } else if (!e.answered || e.throttled()) {
            seen.undecided(e.channel, "the request failed: " + probe::summary(e));
        } else {
            // An operator that makes the target fail has widened nothing.
            seen.decided(e.channel);
        }
    }
    for (auto const& t : log_ins) judge_log_in(t, seen, out);
    for (auto const& t : splices) judge_splice(t, seen, out);
    seen.finish(out);
    return out;
}

// A read and what its value is there: an object's id, a term, nothing.
struct subject {
    probe::target_operation read{};
    probe::request_options place{};
    /// The slot that payloads fill, and what stands there otherwise.
    std::string slot{};
    std::string value{};
};

static asio::awaitable<void>
ask(probe::context& ctx,
    subject const& s,
    tenant_index asker,
    std::string how,
    target::overrides changes,
    probe::exchange const& plain,
    std::vector<trial>& out)
{
    auto options = s.place;
    options.changes = std::move(changes);
    auto e = co_await ctx.send(*s.read.op, ctx.actor(asker), std::move(options));
    out.push_back({std::move(how), plain, std::move(e)});
}

// In the place of the slot: in path, query and headers as text, in JSON as what it is.
static asio::awaitable<void> fill_slot(
    probe::context& ctx,
    subject const& s,
    tenant_index asker,
    probe::exchange const& plain,
    std::vector<trial>& out
)
{
    if (s.slot.empty()) co_return;
    auto const has_fields = target::takes_fields(s.read.op->body);
    std::optional<std::string> body;
    if (has_fields) body = probe::body_of(ctx, *s.read.op, asker, s.place);
    for (auto const& p : payloads()) {
        auto const how = fmt::format("{} in the place of {{{}}}", p.what, s.slot);
        auto in_body = with_payload(body.value_or(""), s.value, p);
        target::overrides changes;
        if (in_body) {
            changes.body = std::move(in_body);
            co_await ask(ctx, s, asker, how, std::move(changes), plain, out);
            continue;
        }
        target::values filled;
        filled.set(s.slot, p.text);
        auto with = s;
        with.place.extra = &filled;
        co_await ask(ctx, with, asker, how, std::move(changes), plain, out);
    }
}

static asio::awaitable<probe::exchange>
ask_for_text(probe::context& ctx, subject const& s, tenant_index asker, std::string const& text)
{
    auto options = s.place;
    target::values filled;
    filled.set(s.slot, text);
    std::optional<std::string> body;
    if (target::takes_fields(s.read.op->body)) {
        body = with_payload(
            probe::body_of(ctx, *s.read.op, asker, s.place).value_or(""), s.value, {text, {}, false}
        );
    }
    if (body) {
        options.changes.body = std::move(body);
    } else {
        options.extra = &filled;
    }
    co_return co_await ctx.send(*s.read.op, ctx.actor(asker), std::move(options));
}

static std::string doubled(std::string_view text)
{
    std::string out;
    for (auto const c : text) {
        out += c;
        if (c == '\'' || c == '"') out += c;
    }
    return out;
}

static asio::awaitable<void> try_splices(
    probe::context& ctx, subject const& s, tenant_index asker, std::vector<splice_trial>& out
)
{
    static constexpr std::string_view all[] = {
        "zq' OR '1'='1", "zq') OR ('1'='1", "zq' OR '1' LIKE '1", R"(zq" OR "1"="1)"};
    if (s.slot.empty()) co_return;
    for (auto const text : all) {
        splice_trial t;
        t.how = fmt::format("{} in the place of {{{}}}", text, s.slot);
        t.open = co_await ask_for_text(ctx, s, asker, std::string{text});
        t.doubled = co_await ask_for_text(ctx, s, asker, doubled(text));
        out.push_back(std::move(t));
    }
}

// Filters that a list may understand, though nobody described them.
static std::vector<std::pair<std::string, std::string>> filters()
{
    return {
        {"filter", "*"},
        {"filter", "1 eq 1"},
        {"filter", R"({"$or":[{},{"id":{"$ne":null}}]})"},
        {"where", "1=1"},
        {"where", R"({"tenant_id":{"$ne":null}})"},
        {"query", R"({"$or":[{}]})"},
        {"or", "(id.neq.0)"},
        {"$filter", "true or true"},
        {"tenant_id[$ne]", "zq"},
        {"tenantId[$ne]", "zq"},
        {"tenant[$ne]", "zq"},
        {"workspace_id[$ne]", "zq"},
        {"id[$ne]", "zq"},
        {"id[$exists]", "true"},
        {"tenant_id", "%"},
        {"q", "*"},
        {"q", "' OR '1'='1"},
        {"search", "' OR '1'='1"},
        {"sort", "id) OR (1=1"},
    };
}

// Operators behind the tenant's name within a group of filters, all names at once: what excludes
// nothing empties no list.
static std::vector<std::pair<std::string, target::overrides>>
grouped_operators(target::model const& m)
{
    auto names = probe::tenant_names(m);
    for (auto const* const usual : {"tenant", "tenant_id", "tenantId", "id"}) {
        if (std::ranges::count(names, usual) == 0) names.emplace_back(usual);
    }
    std::vector<std::pair<std::string, target::overrides>> out;
    for (auto const* const group : {"filter", "filters", "where"}) {
        for (auto const* const excludes : {"$ne", "ne", "neq", "not"}) {
            target::overrides changes;
            for (auto const& name : names) {
                changes.query.emplace_back(fmt::format("{}[{}][{}]", group, name, excludes), "zq");
            }
            auto how = fmt::format("{}[{}][{}]=zq and the like", group, names.front(), excludes);
            out.emplace_back(std::move(how), std::move(changes));
        }
    }
    return out;
}

static asio::awaitable<void> pollute_query(
    probe::context& ctx,
    subject const& s,
    tenant_index asker,
    probe::exchange const& plain,
    std::vector<trial>& out
)
{
    if (s.read.op->method != "GET") co_return;
    auto const target = probe::target_of(ctx, *s.read.op, asker, s.place);
    for (auto& [how, changed] : polluted_targets(target.value_or(""))) {
        target::overrides changes;
        changes.path = std::move(changed);
        co_await ask(ctx, s, asker, how, std::move(changes), plain, out);
    }
    for (auto const& [name, usual] : s.read.op->parameters) {
        for (auto const& p : payloads()) {
            if (p.is_json) continue;
            target::overrides changes;
            changes.query.emplace_back(name, p.text);
            auto how = fmt::format("{} in {}", p.what, name);
            co_await ask(ctx, s, asker, std::move(how), std::move(changes), plain, out);
        }
    }
    if (!s.slot.empty()) co_return;
    for (auto const& [name, value] : filters()) {
        target::overrides changes;
        changes.query.emplace_back(name, value);
        auto how = fmt::format("{}={}", name, value);
        co_await ask(ctx, s, asker, std::move(how), std::move(changes), plain, out);
    }
    for (auto& [how, changes] : grouped_operators(ctx.model())) {
        co_await ask(ctx, s, asker, std::move(how), std::move(changes), plain, out);
    }
}

static std::vector<subject> subjects_for(probe::context& ctx, tenant_index asker)
{
    std::vector<subject> out;
    auto const add = [&](probe::target_operation read, std::string slot) {
        subject s{read, probe::own_place(ctx, asker, read, 0), std::move(slot), {}};
        auto const* const own =
            read.of == nullptr ? nullptr : probe::pick_object(ctx, asker, *read.of, 0);
        if (!s.slot.empty()) {
            if (own == nullptr) return;
            s.place = probe::about(ctx, *own);
            s.value = s.slot == "id"              ? probe::id_of(*own)
                      : s.slot == "object.canary" ? own->canary
                                                  : std::to_string(own->canary_number);
        }
        if (probe::names_parent(*read.op) && s.place.parent == nullptr) return;
        out.push_back(std::move(s));
    };
    auto const& m = ctx.model();
    for (auto const& read : probe::searches(m)) {
        add(read, read.op->mentions("object.canary") ? "object.canary" : "object.canary.number");
    }
    for (auto const& read : probe::object_reads(m)) {
        if (read.op->mentions("id")) add(read, "id");
    }
    for (auto const& read : probe::collection_reads(m)) add(read, "");
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    subject const& s,
    tenant_index asker,
    std::vector<trial>& out,
    std::vector<splice_trial>& splices
)
{
    auto const plain = co_await ctx.send(*s.read.op, ctx.actor(asker), s.place);
    ctx.covered().examined("endpoint", s.read.op->channel(), spec.id);
    // What shows foreign data without any operator is another probe's finding.
    if (plain.foreign_token() != nullptr) co_return;
    co_await fill_slot(ctx, s, asker, plain, out);
    co_await pollute_query(ctx, s, asker, plain, out);
    co_await try_splices(ctx, s, asker, splices);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const tenants = ctx.tenants();
    static constexpr std::size_t askers_max = 1;
    std::vector<trial> trials;
    std::vector<splice_trial> splices;
    for (std::size_t t = 0; t < std::min(askers_max, tenants.size()); ++t) {
        auto const subjects = subjects_for(ctx, tenants[t]);
        auto const work = [&](std::size_t i) -> asio::awaitable<void> {
            co_await attempt(ctx, subjects[i], tenants[t], trials, splices);
        };
        std::function<asio::awaitable<void>(std::size_t)> const each = work;
        co_await ctx.for_each(subjects.size(), each);
    }
    auto const log_ins = co_await try_log_ins(ctx);
    if (trials.empty() && log_ins.empty()) {
        out.not_applicable = "the scenario describes no read and no log-in that takes a value";
        co_return out;
    }
    co_return judge(trials, log_ins, splices);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::operator_injection
