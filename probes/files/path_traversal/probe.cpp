#include "probes/files/path_traversal/probe.hpp"

#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::files::path_traversal {

constexpr probe::spec spec{
    .id = "files.path_traversal",
    .title = "A path leads out of one's own folder into another tenant's",
    .where = probe::layer::files,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-22",
    .owasp = "API1:2023",
    .asvs = "5.3.2, 8.4.1",
    .faults = "F5",
    .rationale =
        "The key is checked as text, by its beginning, and opened as a path: ../ or its encodings "
        "begin in one's own folder and end in another's.",
    .remedy = "Resolve the path first and check the result; better, look keys up in a table by "
              "tenant and never make a path of what a client sent.",
};

static void add_once(std::vector<std::string>& out, std::string one)
{
    if (std::ranges::count(out, one) == 0) out.push_back(std::move(one));
}

// From folder `from` ("acme", "acme/docs", "" for none) to `to`.
static void add_ways(std::vector<std::string>& out, std::string_view from, std::string const& to)
{
    auto const depth = from.empty() ? 1 : 1 + std::ranges::count(from, '/');
    auto const begin = from.empty() ? std::string{} : std::string{from} + "/";
    for (std::string_view const up : {"../", "..\\", "....//", "..;/"}) {
        auto way = begin;
        for (auto i = decltype(depth){0}; i < depth; ++i) way += up;
        way += to;
        add_once(out, url_encode(way));
        if (up != "../") continue;
        // As it is, with dots encoded, and encoded twice: for whoever decodes once too often.
        add_once(out, way);
        add_once(out, replace_all(way, "../", "%2e%2e/"));
        add_once(out, replace_all(way, "../", "..%2f"));
        add_once(out, url_encode(url_encode(way)));
    }
}

std::vector<std::string>
spellings(std::string_view own, std::string_view foreign, std::vector<std::string> const& folders)
{
    std::vector<std::string> out;
    auto const slash = own.rfind('/');
    auto const folder = slash == std::string_view::npos ? std::string_view{} : own.substr(0, slash);
    if (foreign.find('/') != std::string_view::npos) {
        add_ways(out, folder, std::string{foreign});
        add_once(out, url_encode("/" + std::string{foreign}));
        add_once(out, url_encode("./" + std::string{foreign}));
        return out;
    }
    for (auto const& other : folders) add_ways(out, folder, other + "/" + std::string{foreign});
    return out;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.control.channel;
        if (auto const* const token = t.hostile.token_of(t.victim)) {
            out.violations.push_back(probe::shown_by(
                *token,
                channel,
                fmt::format(
                    "{} asked for {} in place of its own key and was shown another tenant's data.",
                    t.hostile.sender,
                    t.spelling
                ),
                {t.control, t.hostile}
            ));
        }
        if (!t.control.success()) {
            seen.undecided(channel, "one's own key can't be read: " + probe::summary(t.control));
        } else if (!t.control.shows_canary_of(t.control.tenant)) {
            seen.undecided(channel, "one's own key shows no canary, so a leak would not");
        } else if (t.hostile.throttled() || !t.hostile.answered) {
            seen.undecided(channel, "a request failed: " + probe::summary(t.hostile));
        } else {
            // Whatever it is that the target makes of it: an error is no leak.
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

// The value of a slot of `op` that looks like a key or the name of a file.
static std::string key_in(target::operation const& op, target::object const& o)
{
    for (auto const& slot : probe::object_slots(op)) {
        if (slot == "object.canary") return o.canary;
        auto const name = slot.starts_with("object.") ? slot.substr(7) : slot;
        auto const value = o.attributes.find(name);
        if (value && value->find_first_of("/.") != std::string_view::npos) {
            return std::string{*value};
        }
    }
    return {};
}

static std::vector<std::string> folders_of(probe::context& ctx, tenant_index t)
{
    static constexpr std::size_t bytes_max = 64;
    auto const& tenant = ctx.tenant(t);
    std::vector<std::string> out{tenant.slug};
    for (auto const& [name, value] : tenant.attributes.all()) {
        if (!value.empty() && value.size() <= bytes_max) add_once(out, value);
    }
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto const* const mine = probe::pick_object(ctx, pair.intruder, *read.of, 0);
    auto const* const theirs = probe::pick_foreign(ctx, pair, *read.of, 0);
    if (mine == nullptr || theirs == nullptr) co_return;
    auto const own = key_in(*read.op, *mine);
    auto const foreign = key_in(*read.op, *theirs);
    if (own.empty() || foreign.empty() || own == foreign) co_return;
    auto const options = probe::about(ctx, *mine);
    auto const control = co_await ctx.send(*read.op, ctx.actor(pair.intruder), options);
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    auto const encoded = url_encode(own);
    auto const written = control.path.find(encoded) != std::string::npos ? encoded : own;
    for (auto const& spelling : spellings(own, foreign, folders_of(ctx, pair.victim))) {
        auto hostile = options;
        hostile.changes.path = replace_all(control.path, written, spelling);
        trial t{pair.victim, control, {}, spelling};
        t.hostile = co_await ctx.send(*read.op, ctx.actor(pair.intruder), hostile);
        out.push_back(std::move(t));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    static constexpr std::size_t pairs_max = 2;
    auto const reads = probe::object_reads(ctx.model());
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i % reads.size()], pairs[i / reads.size()], trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    auto out = judge(trials);
    if (trials.empty()) {
        out.not_applicable = "no read of an object takes a key or a name that looks like a path";
    }
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::files::path_traversal
