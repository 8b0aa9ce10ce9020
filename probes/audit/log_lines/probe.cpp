#include "probes/audit/log_lines/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/roles.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace watertight::probes::audit::log_lines {

constexpr probe::spec spec{
    .id = "audit.log_lines",
    .title = "A line of the log names the wrong tenant, or holds a secret",
    .where = probe::layer::audit,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::medium,
    .cwe = "CWE-532",
    .owasp = "API8:2023",
    .asvs = "16.2.1, 16.2.5",
    .faults = "X10",
    .rationale =
        "A log's tenant is kept beside the request, in a thread's or a worker's own memory, and is "
        "that of whoever was served before when nobody clears it. Logs are handed to tenants, "
        "searched by tenant and deleted by tenant: a wrong name shows, hides or keeps a "
        "stranger's.",
    .remedy = "Take the tenant from the request's own context where the line is written, clear "
              "what threads keep, and mask credentials before a line is made.",
};

// Alternately and then together, so that what one request leaves behind meets another's.
static constexpr std::size_t rounds = 6;
static constexpr std::size_t at_once = 24;
static constexpr std::uintmax_t bytes_max = 8U << 20;

static void add_token(std::vector<std::string>& out, std::string token)
{
    // A short id may be anything.
    if (token.size() >= 12) out.push_back(std::move(token));
}

class watch {
public:
    watch(probe::context& ctx, target::log_file const& log, target::resource const& r)
        : ctx_{ctx}, log_{log}, r_{r}
    {
    }

    asio::awaitable<trial> play(probe::tenant_pair pair);

private:
    asio::awaitable<void> work(std::size_t i);
    asio::awaitable<void> fail_to_log_in(tenant_index t);
    asio::awaitable<void> wait_for_lines();
    void note_secrets(tenant_index t);
    void read_lines();

    probe::context& ctx_;
    target::log_file const& log_;
    target::resource const& r_;
    std::uintmax_t begin_ = 0;
    trial seen_{};
};

// Makes, reads and removes an object of its own; nothing names another tenant's.
asio::awaitable<void> watch::work(std::size_t i)
{
    auto& p = seen_.parties[i % seen_.parties.size()];
    auto const made = co_await ctx_.create_object(r_, p.who);
    if (made.has_error()) co_return;
    auto& object = **made;
    for (auto& token : probe::tokens_of(object)) add_token(p.tokens, std::move(token));
    auto const about = probe::about(ctx_, object);
    auto e = co_await ctx_.send(*r_.read, ctx_.actor(p.who), about);
    if (p.example.wire.empty()) p.example = std::move(e);
    co_await probe::discard(ctx_, r_, object);
}

asio::awaitable<void> watch::fail_to_log_in(tenant_index t)
{
    auto const& login = ctx_.model().login.login;
    if (!login || !login->mentions("user.password")) co_return;
    auto wrong = "Wt-wrong-" + ctx_.fresh_canary(t);
    target::values extra;
    extra.set("user.password", wrong);
    probe::request_options options;
    options.extra = &extra;
    options.changes.credentials.emplace();
    static_cast<void>(co_await ctx_.send(*login, ctx_.actor(t), std::move(options)));
    seen_.secrets.emplace_back("the password that somebody tried", std::move(wrong));
}

void watch::note_secrets(tenant_index t)
{
    static constexpr std::size_t telling = 12;
    for (auto const& who : ctx_.tenant(t).actors) {
        for (auto const* const name : {"password", "token", "refresh_token", "api_key", "key"}) {
            auto const value = who.attributes.find(name);
            if (!value || value->size() < telling) continue;
            seen_.secrets.emplace_back(fmt::format("a user's {}", name), std::string{*value});
        }
    }
}

void watch::read_lines()
{
    seen_.lines.clear();
    std::ifstream in{log_.file, std::ios::binary};
    in.seekg(static_cast<std::streamoff>(begin_));
    std::string text;
    std::string line;
    std::uintmax_t bytes = 0;
    while (bytes < bytes_max && std::getline(in, line)) {
        bytes += line.size();
        seen_.lines.push_back(std::move(line));
        line.clear();
    }
}

// Lines may be written late. Until each has one, or the time is over.
asio::awaitable<void> watch::wait_for_lines()
{
    auto const until = steady::now() + log_.within;
    while (true) {
        read_lines();
        auto const has_line = [&](party const& p) {
            return std::ranges::any_of(seen_.lines, [&](std::string const& line) {
                return tenant_of(line, seen_.tenant_at) == p.tag;
            });
        };
        auto const is_complete = std::ranges::all_of(seen_.parties, has_line);
        if (is_complete || steady::now() >= until) break;
        co_await probe::pause(std::chrono::milliseconds{50});
    }
    co_await probe::pause(std::chrono::milliseconds{100});
    read_lines();
}

asio::awaitable<trial> watch::play(probe::tenant_pair pair)
{
    seen_.log = log_.name;
    seen_.file = log_.file;
    seen_.tenant_at = log_.tenant_at;
    std::error_code error;
    begin_ = std::filesystem::file_size(log_.file, error);
    if (error) {
        seen_.failure = "the log " + log_.file + " can't be read: " + error.message();
        co_return std::move(seen_);
    }
    for (auto const who : {pair.victim, pair.intruder}) {
        party p;
        p.who = who;
        p.tag = probe::render_for(ctx_, log_.tenant, who);
        seen_.parties.push_back(std::move(p));
    }
    for (std::size_t i = 0; i < rounds; ++i) co_await work(i);
    auto const each = [this](std::size_t i) { return work(i); };
    std::function<asio::awaitable<void>(std::size_t)> const together = each;
    co_await ctx_.for_each(at_once, together);
    co_await fail_to_log_in(pair.victim);
    for (auto const& p : seen_.parties) note_secrets(p.who);
    co_await wait_for_lines();
    co_return std::move(seen_);
}

static target::resource const* telling_resource(target::model const& m)
{
    using target::resource;
    for (auto const* const r : probe::resources_with(m, {&resource::create, &resource::read})) {
        auto const is_plain = r->parent.empty() && !r->is_shared && !r->read->poll.is_set();
        if (is_plain && probe::is_tenants_own(m, *r->read)) return r;
    }
    return nullptr;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const* const r = telling_resource(ctx.model());
    auto const pairs = ctx.few_pairs(1);
    if (ctx.promised().logs.empty() || r == nullptr || pairs.empty()) {
        out.not_applicable = "the scenario names no `logs`, or nothing that is made and read by id";
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const& log : ctx.promised().logs) {
        watch one{ctx, log, *r};
        auto t = co_await one.play(pairs.front());
        trials.push_back(std::move(t));
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::audit::log_lines
