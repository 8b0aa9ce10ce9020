#include "probes/api/id_smuggling/probe.hpp"

#include "harness/probe/tally.hpp"

#include <nlohmann/json.hpp>

namespace watertight::probes::api::id_smuggling {

constexpr probe::spec spec{
    .id = "api.id_smuggling",
    .title = "A second id beside one's own is served without a check",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A10 A14",
    .rationale = "Of a list of ids the first is checked, or the id in the path is checked and the "
                 "one among the parameters is looked up.",
    .remedy = "Check what is looked up: put the tenant into the query for every id of a list, and "
              "read each value from one place only.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.hostile.channel;
        if (auto const* const token = t.hostile.foreign_token()) {
            out.violations.push_back(probe::shown_by(
                *token,
                channel,
                fmt::format(
                    "{} asked for its own object with another tenant's id as {}, and was shown "
                    "that tenant's data.",
                    t.hostile.sender,
                    t.how
                ),
                {t.control, t.hostile}
            ));
            seen.decided(channel);
        } else if (!t.control.success() || !t.control.shows_canary_of(t.control.tenant)) {
            seen.undecided(channel, "the owner's own read shows no canary: " + summary(t.control));
        } else if (!t.plain.success() || t.plain.token_of(t.plain.tenant) == nullptr) {
            seen.undecided(channel, "the intruder's own read shows nothing: " + summary(t.plain));
        } else if (t.hostile.undecided()) {
            seen.undecided(channel, "the request failed: " + probe::summary(t.hostile));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

static bool add_to(nlohmann::json& json, std::string_view own, std::string_view foreign)
{
    auto const is_own = [&](nlohmann::json const& value) {
        return value.is_primitive() &&
               (value.is_string() ? value.get<std::string>() : value.dump()) == own;
    };
    auto is_added = false;
    if (json.is_array() && json.size() == 1 && is_own(json[0])) {
        auto const as_number = nlohmann::json::parse(foreign, nullptr, false);
        json.push_back(
            json[0].is_number() && as_number.is_number() ? as_number : nlohmann::json(foreign)
        );
        return true;
    }
    if (!json.is_structured()) return false;
    for (auto& value : json) is_added = add_to(value, own, foreign) || is_added;
    return is_added;
}

std::optional<std::string>
with_second_id(std::string_view body, std::string_view own, std::string_view foreign)
{
    auto json = nlohmann::json::parse(body, nullptr, false);
    if (json.is_discarded() || !add_to(json, own, foreign)) return std::nullopt;
    return json.dump();
}

// "id", and what the id is called where it was captured: "number" of /result/item/number.
static std::vector<std::string> parameter_names(target::resource const& r)
{
    std::vector<std::string> out{"id"};
    if (!r.create) return out;
    for (auto const& c : r.create->captures) {
        if (c.name != "id" || c.where != target::capture::from::json_pointer) continue;
        auto leaf = c.expression.substr(c.expression.rfind('/') + 1);
        if (!leaf.empty() && leaf != "id") out.push_back(std::move(leaf));
    }
    return out;
}

// What each way of smuggling changes in the request.
static std::vector<std::pair<std::string, target::overrides>> ways_of(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    target::object const& own,
    target::object const& foreign
)
{
    std::vector<std::pair<std::string, target::overrides>> out;
    if (read.op->body == target::body_kind::json) {
        auto const plain = probe::body_of(ctx, *read.op, pair.intruder, probe::about(ctx, own));
        if (!plain) return out;
        auto body = with_second_id(*plain, probe::id_of(own), probe::id_of(foreign));
        if (!body) return out;
        out.emplace_back("a second element of the list of ids", target::overrides{});
        out.back().second.body = std::move(body);
        return out;
    }
    if (read.op->method != "GET") return out;
    for (auto const& name : parameter_names(*read.of)) {
        out.emplace_back("query parameter " + name, target::overrides{});
        out.back().second.query.emplace_back(name, probe::id_of(foreign));
    }
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::size_t turn,
    std::vector<trial>& out
)
{
    auto const* const foreign = probe::pick_foreign(ctx, pair, *read.of, turn);
    auto const* const own = probe::pick_object(ctx, pair.intruder, *read.of, turn);
    // An id that both have would be the intruder's own object either way.
    if (own == nullptr || foreign == nullptr || probe::id_of(*foreign).empty()) co_return;
    if (probe::has_same_id(ctx, pair.intruder, *foreign)) co_return;
    auto& intruder = ctx.actor(pair.intruder);
    for (auto& [how, changes] : ways_of(ctx, read, pair, *own, *foreign)) {
        trial t;
        t.how = how;
        auto const theirs = probe::about(ctx, *foreign);
        t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), theirs);
        auto options = probe::about(ctx, *own);
        t.plain = co_await ctx.send(*read.op, intruder, options);
        options.changes = std::move(changes);
        t.hostile = co_await ctx.send(*read.op, intruder, std::move(options));
        ctx.covered().examined("endpoint", read.op->channel(), spec.id);
        out.push_back(std::move(t));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto reads = probe::object_reads(ctx.model());
    std::erase_if(reads, [](auto const& read) { return probe::object_slots(*read.op).empty(); });
    probe::conclusion out;
    if (reads.empty()) {
        out.not_applicable = "the scenario describes no read of a single object";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 12;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i % reads.size()], pairs[i / reads.size()], i, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    out = judge(trials);
    if (trials.empty()) out.not_applicable = "every tenant's objects have the same ids";
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::id_smuggling
