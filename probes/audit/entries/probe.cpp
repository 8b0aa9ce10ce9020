#include "probes/audit/entries/probe.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace watertight::probes::audit::entries {

constexpr probe::spec spec{
    .id = "audit.entries",
    .title = "The audit log misses what was done, or tells it to the wrong ones",
    .where = probe::layer::audit,
    .kind = evidence::guarantee::service,
    .level = evidence::severity::medium,
    .cwe = "CWE-778",
    .owasp = "API8:2023",
    .asvs = "16.2.1, 16.2.5, 16.3.2",
    .faults = "X08 X10 A18",
    .rationale = "An entry is written by a call-back after the request's context is gone, under "
                 "the tenant that a header names, or with the whole request in it: the attempt "
                 "stays unseen, or the log itself becomes the leak.",
    .remedy = "Write the entry in the transaction of the change, under the tenant of the "
              "credentials; for a refusal under that of who was refused. Never log credentials.",
};

// An id is worth a search only where it is long enough not to be part of something else.
static void add_id(std::vector<std::string>& out, std::optional<std::string_view> id)
{
    static constexpr std::size_t telling = 8;
    if (id && id->size() >= telling) out.emplace_back(*id);
}

// An entry names an object by its id, or by what it is called.
static void add_object(std::vector<std::string>& out, target::object const& o)
{
    add_id(out, probe::id_of(o));
    add_id(out, o.canary);
}

// By what an entry may name who did something, or for whom: what the other tenant has as well (a
// shared address, say) tells nothing.
static std::vector<std::string>
names_of(probe::context& ctx, tenant_index t, tenant_index other, std::size_t actors_max)
{
    std::vector<std::string> out;
    std::string theirs;
    for (auto const& who : ctx.tenant(other).actors) {
        for (auto const& [name, value] : who.attributes.all()) theirs += value + "\n";
    }
    for (auto const& who : ctx.tenant(t).actors) {
        if (who.index.value >= actors_max) break;
        for (auto const* const name : {"id", "login", "username", "email"}) {
            auto const value = who.attributes.find(name);
            if (value && theirs.find(*value) == std::string::npos) add_id(out, value);
        }
    }
    return out;
}

static asio::awaitable<probe::exchange>
read_log(probe::context& ctx, target::operation const& list, tenant_index t)
{
    return ctx.send(list, ctx.actor(t));
}

// Reads the log until the act is in it, or the time that the scenario grants is over.
static asio::awaitable<void>
wait_for_entry(probe::context& ctx, target::operation const& list, trial const& t, act& a)
{
    auto const end = steady::now() + list.within;
    while (true) {
        a.after = co_await read_log(ctx, list, t.writer);
        if (is_recorded(a, t.items, t.added_by_look) || steady::now() >= end) co_return;
        asio::steady_timer alarm{co_await asio::this_coro::executor};
        alarm.expires_after(std::chrono::milliseconds{50});
        co_await alarm.async_wait(asio::use_awaitable);
    }
}

// What of the writer's objects an operation concerns: the newest one, or a new one.
static asio::awaitable<target::object*>
object_for(probe::context& ctx, target::resource const& r, target::actor& who)
{
    co_await probe::ensure_parents(ctx, r, who);
    auto const made = co_await ctx.create_object(r, who);
    co_return made.has_error() ? nullptr : *made;
}

static target::resource const* owner_of(target::model const& m, target::operation const& op)
{
    for (auto const& r : m.resources) {
        if (op.name.starts_with(r.name + ".")) return &r;
    }
    return nullptr;
}

static asio::awaitable<void> do_own(
    probe::context& ctx,
    target::operation const& list,
    target::operation const& op,
    trial& t,
    act& a
)
{
    auto& who = ctx.actor(t.writer);
    auto const* const r = owner_of(ctx.model(), op);
    auto const is_creation = r != nullptr && r->create && &*r->create == &op;
    if (is_creation) {
        co_await probe::ensure_parents(ctx, *r, who);
        a.before = co_await read_log(ctx, list, t.writer);
        auto one = co_await probe::create_once(ctx, *r, who);
        a.done = std::move(one.answer);
        if (one.object != nullptr) add_object(a.names, *one.object);
        co_return;
    }
    target::object* o = nullptr;
    if (r != nullptr) o = co_await object_for(ctx, *r, who);
    a.before = co_await read_log(ctx, list, t.writer);
    probe::request_options options;
    if (o != nullptr) options = probe::about(ctx, *o);
    options.canary = ctx.fresh_canary(t.writer);
    options.canary_number = ctx.fresh_number(t.writer);
    a.done = co_await ctx.send(op, who, options);
    if (o == nullptr) co_return;
    add_object(a.names, *o);
    add_id(a.names, options.canary);
    if (r->remove && &*r->remove == &op && a.done.success()) o->removed = true;
}

static asio::awaitable<void> own_acts(probe::context& ctx, target::operation const& list, trial& t)
{
    for (auto const& name : ctx.promised().audit->records) {
        auto const* const op = ctx.model().find_operation(name);
        if (op == nullptr) continue;
        act a;
        a.what = name;
        co_await do_own(ctx, list, *op, t, a);
        t.writers_ids.insert(t.writers_ids.end(), a.names.begin(), a.names.end());
        auto const who = names_of(ctx, t.writer, t.other, 1);
        a.names.insert(a.names.end(), who.begin(), who.end());
        if (a.done.success()) {
            co_await wait_for_entry(ctx, list, t, a);
        } else {
            a.after = a.before;
        }
        t.acts.push_back(std::move(a));
    }
}

// In the writer's name, with the other tenant in a channel that the writer's credentials belie.
static asio::awaitable<void>
attempt_by_channel(probe::context& ctx, target::operation const& list, trial& t, std::size_t i)
{
    auto const& channel = ctx.model().identity[i];
    auto const reads = probe::collection_reads(ctx.model());
    if (reads.empty()) co_return;
    act a;
    a.is_attempt = true;
    a.what = "a refused attempt by " + channel.describe();
    a.names = names_of(ctx, t.writer, t.other, 1);
    a.before = co_await read_log(ctx, list, t.writer);
    a.own = co_await ctx.send(*reads.front().op, ctx.actor(t.writer));
    probe::request_options options;
    options.changes.identity.emplace();
    options.changes.identity->emplace_back(i, probe::render_for(ctx, channel.value, t.other));
    a.done = co_await ctx.send(*reads.front().op, ctx.actor(t.writer), std::move(options));
    a.after = a.before;
    if (is_turned_away(a)) co_await wait_for_entry(ctx, list, t, a);
    t.acts.push_back(std::move(a));
}

static asio::awaitable<void>
attempt_by_path(probe::context& ctx, target::operation const& list, trial& t)
{
    for (auto const& op : ctx.model().operations) {
        auto const fits = op.path.mentions("tenant.") && probe::is_read(op) &&
                          probe::is_tenants_own(ctx.model(), op);
        if (!fits) continue;
        act a;
        a.is_attempt = true;
        a.what = "a refused attempt by path";
        a.names = names_of(ctx, t.writer, t.other, 1);
        a.before = co_await read_log(ctx, list, t.writer);
        a.own = co_await ctx.send(op, ctx.actor(t.writer));
        probe::request_options options;
        options.slots_of = &ctx.tenant(t.other);
        options.changes.identity = probe::identity_of(ctx, t.writer);
        a.done = co_await ctx.send(op, ctx.actor(t.writer), std::move(options));
        a.after = a.before;
        if (is_turned_away(a)) co_await wait_for_entry(ctx, list, t, a);
        t.acts.push_back(std::move(a));
        co_return;
    }
}

static asio::awaitable<void> attempts(probe::context& ctx, target::operation const& list, trial& t)
{
    using kind = target::identity_channel::kind;
    auto const& promise = *ctx.promised().audit;
    for (std::size_t i = 0; promise.records_identity && i < ctx.model().identity.size(); ++i) {
        auto const type = ctx.model().identity[i].type;
        if (type != kind::header && type != kind::host && type != kind::query) continue;
        co_await attempt_by_channel(ctx, list, t, i);
    }
    if (promise.records_path) co_await attempt_by_path(ctx, list, t);
}

// A log-in with a password that is wrong: the entry about it must not repeat it.
static asio::awaitable<void> fail_to_log_in(probe::context& ctx, trial& t)
{
    auto const& login = ctx.model().login.login;
    if (!login || !login->mentions("user.password")) co_return;
    auto wrong = "Wt-wrong-" + ctx.fresh_canary(t.writer);
    target::values extra;
    extra.set("user.password", wrong);
    probe::request_options options;
    options.extra = &extra;
    options.changes.credentials.emplace();
    static_cast<void>(co_await ctx.send(*login, ctx.actor(t.writer), std::move(options)));
    t.secrets.emplace_back("the password that somebody tried", std::move(wrong));
}

static void note_secrets(probe::context& ctx, trial& t)
{
    static constexpr std::size_t telling = 10;
    for (auto const& who : ctx.tenant(t.writer).actors) {
        for (auto const* const name : {"password", "token", "refresh_token", "api_key", "key"}) {
            auto const value = who.attributes.find(name);
            if (!value || value->size() < telling) continue;
            t.secrets.emplace_back(fmt::format("a user's {}", name), std::string{*value});
        }
    }
}

static asio::awaitable<void> examine(probe::context& ctx, target::operation const& list, trial& t)
{
    auto const first = co_await read_log(ctx, list, t.writer);
    auto const second = co_await read_log(ctx, list, t.writer);
    act looking;
    looking.before = first;
    looking.after = second;
    t.added_by_look = new_entries(looking, t.items).size();
    add_id(t.writers_ids, ctx.tenant(t.writer).attributes.find("id"));
    static constexpr std::size_t all = 100;
    for (auto& name : names_of(ctx, t.writer, t.other, all)) {
        t.writers_ids.push_back(std::move(name));
    }
    co_await own_acts(ctx, list, t);
    co_await attempts(ctx, list, t);
    co_await fail_to_log_in(ctx, t);
    note_secrets(ctx, t);
    t.last = co_await read_log(ctx, list, t.writer);
    auto theirs = co_await read_log(ctx, list, t.other);
    t.others_looks.push_back(std::move(theirs));
    probe::request_options nobody;
    nobody.changes.credentials.emplace();
    auto open = co_await ctx.send(list, ctx.actor(t.writer), std::move(nobody));
    t.others_looks.push_back(std::move(open));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& promise = ctx.promised().audit;
    auto const* const list = promise ? ctx.model().find_operation(promise->list) : nullptr;
    if (list == nullptr || !probe::takes_guests(ctx)) {
        out.not_applicable = list == nullptr ? "the scenario describes no audit log"
                                             : "it takes tenants that the run can make";
        co_return out;
    }
    // Logs of their own, short enough to be read whole.
    target::tenant_shape const plain;
    auto const writer = co_await probe::invite(ctx, plain);
    auto const other = co_await probe::invite(ctx, plain);
    trial t;
    t.items = list->items;
    t.failure = writer.tenant == nullptr ? writer.failure : other.failure;
    if (t.failure.empty()) {
        t.writer = writer.tenant->index;
        t.other = other.tenant->index;
        co_await examine(ctx, *list, t);
    }
    if (writer.tenant != nullptr) co_await probe::dismiss(ctx, *writer.tenant);
    if (other.tenant != nullptr) co_await probe::dismiss(ctx, *other.tenant);
    std::vector<trial> trials;
    trials.push_back(std::move(t));
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::audit::entries
