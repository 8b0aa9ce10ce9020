#include "harness/cli/dry_run.hpp"

#include "harness/base/text.hpp"
#include "harness/cli/init.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/draft/yaml_text.hpp"
#include "harness/net/exchange_witness.hpp"
#include "harness/tenants/creation.hpp"
#include "harness/tenants/draft.hpp"
#include "harness/tenants/existing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <set>

namespace watertight::cli {

namespace {

constexpr std::size_t shown_body_bytes_max = 600;

// Foreign text on a terminal: neither escape sequences nor bells. The caller has split its lines.
std::string harmless(std::string_view text)
{
    return draft::without_controls(replace_all(std::string{text}, "\t", " "), "?");
}

/// "> GET / HTTP/1.1" and so on: each line with its mark, the body cut.
void print_message(run_state const& s, char mark, std::string_view wire)
{
    auto const end = wire.find("\r\n\r\n");
    auto const head = replace_all(s.secrets.redact(wire.substr(0, end)), "\r\n", "\n");
    auto body = end == wire.npos ? std::string{} : s.secrets.redact(wire.substr(end + 4));
    for (auto const line : split(head, '\n')) {
        fmt::print("  {} {}\n", mark, harmless(line));
    }
    if (body.empty()) return;
    auto const size = body.size();
    if (size > shown_body_bytes_max) body.resize(shown_body_bytes_max);
    fmt::print("  {}\n", mark);
    for (auto const line : split(body, '\n')) fmt::print("  {} {}\n", mark, harmless(line));
    if (size > body.size()) {
        fmt::print("  {} [{} more]\n", mark, plural(size - body.size(), "byte"));
    }
}

/// What the dry run has done so far.
struct rehearsal {
    run_state& s;
    std::size_t sent = 0;
    std::vector<std::string> unexpected{};
    /// One object of each resource, by its name.
    std::map<std::string, target::object*> objects{};

    void show(net::http_request const& request, result<net::http_response> const& answer)
    {
        ++sent;
        print_message(s, '>', request.wire);
        if (answer.has_error()) {
            fmt::print("  ! {}\n\n", harmless(s.secrets.redact(answer.error().message)));
            return;
        }
        auto head = std::string_view{answer->head};
        while (head.ends_with("\r\n")) head.remove_suffix(2);
        print_message(s, '<', fmt::format("{}\r\n\r\n{}", head, answer->body));
        fmt::print("\n");
    }

    void title(std::string_view name, target::operation const& op)
    {
        auto const as = op.as.empty() ? std::string{} : " as " + op.as;
        fmt::print("{}{}: {}\n", name, as, op.channel());
    }

    void conclude(std::string_view name, std::optional<failure> const& error)
    {
        if (!error) return;
        auto const why = harmless(s.secrets.redact(error->message));
        fmt::print("  ! {}\n\n", why);
        unexpected.push_back(fmt::format("{}: {}", name, why));
    }
};

target::scope scope_for(rehearsal& r, target::tenant& t, target::object const* o)
{
    auto scope = tenants::scope_of(*r.s.shop, t, &t.actors.front(), o);
    if (o != nullptr) {
        scope.canary = o->canary;
        scope.canary_number = o->canary_number;
        scope.serial = o->serial.value;
    }
    return scope;
}

// `r` and `t` outlive it; so does `op`.
asio::awaitable<target::exchange>
send_once(rehearsal& r, target::tenant& t, target::operation const& op, target::object const* o)
{
    r.title(op.name, op);
    auto const free_canary = r.s.mint.text({t.index, {}, {}});
    auto scope = scope_for(r, t, o);
    if (o == nullptr) {
        scope.canary = free_canary;
        scope.canary_number = r.s.mint.number({t.index, {}, {}});
    }
    target::overrides plain;
    auto x = co_await target::perform(
        *r.s.client, r.s.plan.target, op, scope, std::move(plain), {.attempts_max = 1}
    );
    r.conclude(op.name, x.error);
    co_return x;
}

asio::awaitable<void>
walk_through(rehearsal& r, target::tenant& t, target::resource const& resource)
{
    target::object* object = nullptr;
    if (resource.create) {
        r.title(resource.create->name, *resource.create);
        auto made = co_await tenants::create_object(*r.s.shop, resource, t, t.actors.front());
        std::optional<failure> error;
        if (made.has_error()) error = made.error();
        r.conclude(resource.create->name, error);
        if (made.has_error()) co_return;
        object = *made;
    } else {
        auto const existing = r.s.made.living(t.index, resource.name);
        for (auto& o : r.s.made.objects[t.index.value]) {
            if (!existing.empty() && &o == existing.front()) object = &o;
        }
    }
    r.objects[resource.name] = object;
    for (auto const* const op : {&resource.read, &resource.list, &resource.update}) {
        if (*op) co_await send_once(r, t, **op, object);
    }
    for (auto const& op : resource.others) co_await send_once(r, t, op, object);
}

// Children go before what they live under.
asio::awaitable<void> take_away(rehearsal& r, target::tenant& t)
{
    for (auto const& resource : r.s.plan.target.resources | std::views::reverse) {
        auto const found = r.objects.find(resource.name);
        auto const is_own =
            found != r.objects.end() && found->second != nullptr && !found->second->canary.empty();
        if (!resource.remove || !is_own) continue;
        auto const x = co_await send_once(r, t, *resource.remove, found->second);
        if (x.ok()) found->second->removed = true;
    }
}

// Of a file of tenants the first alone.
asio::awaitable<void> make_one_tenant(rehearsal& r)
{
    auto const& how = r.s.plan.tenants;
    auto& made = r.s.made;
    tenants::bench b{*r.s.shop};
    if (how.from_file.empty()) {
        tenants::draft_tenant(b, how.mix.empty() ? std::string{} : how.mix.front().first);
    } else {
        tenants::load_existing(b, how.from_file);
        if (made.tenants.size() > 1) made.tenants.resize(1);
        made.objects.resize(made.tenants.size());
    }
    if (made.tenants.empty()) co_return;
    auto const failures = co_await tenants::make_tenant(b, made.tenants.front());
    for (auto const& f : failures) {
        r.conclude(f.tenant, failure{errc::rejected, f.what, {}});
    }
}

asio::awaitable<void> rehearse_requests(rehearsal& r)
{
    auto& s = r.s;
    check_hosts(s);
    if (auto const& health = s.plan.target.health) {
        r.title("health", *health);
        auto const x = co_await target::perform(*s.client, s.plan.target, *health, {});
        r.conclude("health", x.error);
    }
    fmt::print("a tenant and its users\n");
    co_await make_one_tenant(r);
    auto const is_ready = [](target::tenant const& t) {
        return t.state == target::tenant_state::ready && !t.actors.empty();
    };
    auto const t = std::ranges::find_if(s.made.tenants, is_ready);
    if (t == s.made.tenants.end()) co_return;
    for (auto const& resource : s.plan.target.resources) co_await walk_through(r, *t, resource);
    for (auto const& op : s.plan.target.operations) co_await send_once(r, *t, op, nullptr);
    co_await take_away(r, *t);
}

asio::awaitable<void> remove_what_is_left(rehearsal& r)
{
    auto& s = r.s;
    auto const before = r.sent;
    auto const left = co_await tenants::remove_all(*s.shop);
    for (auto const& f : left) r.conclude(f.tenant, failure{errc::rejected, f.what, {}});
    if (left.empty()) s.log->finish();
    if (r.sent > before) fmt::print("(the tenant is removed by the above)\n");
}

} // namespace

void reduce_to_one(scenario::scenario& plan)
{
    plan.tenants.count = 1;
    plan.tenants.concurrency = 1;
    for (auto& u : plan.tenants.users) u.count = std::min<std::size_t>(u.count, 1);
    // Parents first, as objects are made.
    auto& all = plan.target.resources;
    auto const depth_of = [&all](target::resource const& r) {
        std::size_t depth = 0;
        auto const* at = &r;
        while (!at->parent.empty() && depth <= all.size()) {
            auto const parent = std::ranges::find(all, at->parent, &target::resource::name);
            if (parent == all.end()) break;
            at = &*parent;
            ++depth;
        }
        return depth;
    };
    std::map<std::string, std::size_t> depths;
    for (auto const& r : all) depths[r.name] = depth_of(r);
    std::ranges::stable_sort(all, {}, [&](target::resource const& r) { return depths[r.name]; });
}

exit_code dry_run(run_state& s)
{
    rehearsal r{s};
    net::watch_exchanges([&r](net::http_request const& q, result<net::http_response> const& a) {
        r.show(q, a);
    });
    std::exception_ptr failed;
    bool whole = false;
    try {
        whole = run_interruptibly(s.loop, [&r] { return rehearse_requests(r); });
    } catch (...) {
        failed = std::current_exception();
    }
    run_interruptibly(s.loop, [&r] { return remove_what_is_left(r); });
    net::watch_exchanges({});
    if (failed) std::rethrow_exception(failed);
    if (!whole) return exit_code::interrupted;
    fmt::print(
        "{} sent, {} not answered as the scenario expects\n",
        plural(r.sent, "request"),
        r.unexpected.size()
    );
    for (auto const& what : r.unexpected) fmt::print("  {}\n", what);
    auto const left = places_to_fill(s.options.scenario, s.plan.tenants.from_file);
    if (!left.empty()) fmt::print("\nstill to fill in:\n{}", left);
    return r.unexpected.empty() ? exit_code::passed : exit_code::not_run;
}

} // namespace watertight::cli
