#include "probes/api/cancelled_request/probe.hpp"

#include <cmath>
#include <optional>
#include <set>

namespace watertight::probes::api::cancelled_request {

constexpr probe::spec spec{
    .id = "api.cancelled_request",
    .title = "A request that is given up leaves its answer to another tenant",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-459",
    .owasp = "API1:2023",
    .asvs = "8.4.1, 15.4.1",
    .faults = "K07 X01 X05",
    .rationale = "A client that goes away cancels what works for it. A connection to a cache or a "
                 "database that is given back between command and reply hands that reply to "
                 "whoever uses it next, and is one answer behind from then on.",
    .remedy = "Close a connection whose command was cancelled or timed out instead of giving it "
              "back, or shield the exchange from cancellation until its reply was read.",
};

static void judge_answers(trial const& t, probe::conclusion& out)
{
    std::set<std::string> open;
    for (auto const& e : t.before) {
        if (e.foreign_token() != nullptr) open.insert(e.channel);
    }
    for (auto const& e : t.after) {
        auto const* const token = e.foreign_token();
        if (token == nullptr || open.contains(e.channel)) continue;
        auto const detail = fmt::format(
            "{} asked for its own data while or after requests of several tenants were given up "
            "({} in all), and was shown another tenant's. Before that it was not.",
            e.sender,
            t.abandoned
        );
        out.violations.push_back(probe::shown_by(*token, e.channel, detail, {e}));
    }
}

probe::conclusion judge(trial const& t)
{
    probe::conclusion out;
    judge_answers(t, out);
    std::set<std::string> shows_own;
    for (auto const* const side : {&t.before, &t.after}) {
        for (auto const& e : *side) {
            if (e.success() && e.token_of(e.tenant) != nullptr) shows_own.insert(e.channel);
        }
    }
    for (auto const& e : t.after) {
        if (!e.undecided() && shows_own.contains(e.channel)) ++out.trials;
    }
    out.controls = out.trials;
    if (out.trials == 0)
        out.add_undecided("no tenant met its own data after requests had been given up");
    else if (t.abandoned == 0)
        out.add_undecided("every answer was there before its request could be given up");
    else if (out.violations.empty())
        out.notes.push_back(fmt::format(
            "api.cancelled_request: {} requests were given up with the answer on its way, and {} "
            "answers after them showed their own tenant's data alone; at most {:.2g} % of such "
            "requests leave an answer to somebody else, at 95 % confidence (rule of three)",
            t.abandoned,
            out.trials,
            300.0 / static_cast<double>(t.abandoned)
        ));
    return out;
}

static constexpr std::size_t abandoned_per_read = 48;
static constexpr std::size_t reads_afterwards = 24;
static constexpr std::size_t tenants_max = 8;
// As many at least, and no more once a slow target has taken so long over all of them.
static constexpr std::size_t abandoned_least = 8;
static constexpr auto patience = std::chrono::seconds{8};

class deserters {
public:
    deserters(probe::context& ctx, std::vector<probe::target_operation> reads, trial& out)
        : ctx_{ctx}, reads_{std::move(reads)}, tenants_{ctx.tenants()}, out_{out}
    {
        if (tenants_.size() > tenants_max) tenants_.resize(tenants_max);
    }

    asio::awaitable<void> go();

private:
    asio::awaitable<void>
    ask(probe::target_operation read, std::size_t turn, std::vector<probe::exchange>& into);
    asio::awaitable<void> give_up(probe::target_operation read, std::size_t turn);
    std::optional<probe::request_options> place(probe::target_operation read, std::size_t turn);
    tenant_index at(std::size_t turn) const { return tenants_[turn % tenants_.size()]; }

    probe::context& ctx_;
    std::vector<probe::target_operation> reads_;
    std::vector<tenant_index> tenants_;
    trial& out_;
};

std::optional<probe::request_options>
deserters::place(probe::target_operation read, std::size_t turn)
{
    if (probe::object_slots(*read.op).empty()) {
        return probe::own_place(ctx_, at(turn), read, turn / tenants_.size());
    }
    auto const* const object = probe::pick_object(ctx_, at(turn), *read.of, turn / tenants_.size());
    if (object == nullptr) return std::nullopt;
    return probe::about(ctx_, *object);
}

asio::awaitable<void>
deserters::ask(probe::target_operation read, std::size_t turn, std::vector<probe::exchange>& into)
{
    auto options = place(read, turn);
    if (!options) co_return;
    auto answer = co_await ctx_.send(*read.op, ctx_.actor(at(turn)), std::move(*options));
    if (answer.foreign_token() == nullptr) answer.body.clear();
    into.push_back(std::move(answer));
}

// At moments spread evenly over the time that an answer takes.
asio::awaitable<void> deserters::give_up(probe::target_operation read, std::size_t turn)
{
    static constexpr double golden = 0.6180339887;
    auto options = place(read, turn);
    if (!options) co_return;
    auto const share = 0.02 + 0.96 * std::fmod(golden * static_cast<double>(turn), 1.0);
    auto const left =
        co_await ctx_.abandon(*read.op, ctx_.actor(at(turn)), std::move(*options), share);
    out_.abandoned += left ? 1 : 0;
}

asio::awaitable<void> deserters::go()
{
    auto const until = steady::now() + patience;
    for (auto const& read : reads_) {
        for (std::size_t i = 0; i < tenants_.size(); ++i) co_await ask(read, i, out_.before);
    }
    for (auto const& read : reads_) {
        auto const work = [&](std::size_t i) -> asio::awaitable<void> {
            if (i >= abandoned_least && steady::now() > until) co_return;
            co_await give_up(read, i);
            co_await ask(read, i + 1, out_.after);
        };
        std::function<asio::awaitable<void>(std::size_t)> const each = work;
        co_await ctx_.for_each(abandoned_per_read, each);
        auto const again = [&](std::size_t i) -> asio::awaitable<void> {
            co_await ask(read, i, out_.after);
        };
        std::function<asio::awaitable<void>(std::size_t)> const each_again = again;
        co_await ctx_.for_each(reads_afterwards, each_again);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto reads = probe::object_reads(ctx.model());
    for (auto const& read : probe::collection_reads(ctx.model())) {
        if (read.of != nullptr) reads.push_back(read);
    }
    if (reads.empty() || ctx.tenants().size() < 2) {
        out.not_applicable = "it takes two tenants and a read of a resource";
        co_return out;
    }
    trial seen;
    deserters all{ctx, std::move(reads), seen};
    co_await all.go();
    co_return judge(seen);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::cancelled_request
