#include "harness/tenants/bench.hpp"

#include "harness/base/text.hpp"
#include "harness/net/task_group.hpp"
#include "harness/target/session.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace watertight::tenants {

namespace {

constexpr std::size_t shown_bytes_max = 4096;

bool is_id_name(std::string_view name)
{
    auto const lower = to_lower(name);
    return lower == "id" || lower == "uuid" || lower.ends_with("_id") || name.ends_with("Id") ||
           lower.ends_with("uuid");
}

// What people are known by. An attribute of another name may mean a kind of user.
bool is_personal_name(std::string_view name)
{
    static constexpr std::array<std::string_view, 6> ends{
        "mail", "name", "login", "phone", "handle", "account"};
    auto const lower = to_lower(name);
    return std::ranges::any_of(ends, [&](std::string_view end) { return lower.ends_with(end); });
}

std::string shown(bench const& b, std::string_view text)
{
    // Redacted first: a cut could leave half a secret that no longer looks like one.
    auto out = b.w.secrets.redact(text);
    if (out.size() <= shown_bytes_max) return out;
    auto const left = out.size() - shown_bytes_max;
    out.resize(shown_bytes_max);
    return out + fmt::format("\n[{} more]", plural(left, "byte"));
}

std::vector<std::pair<std::string, std::string>> without_secrets(target::values const& all)
{
    std::vector<std::pair<std::string, std::string>> out;
    for (auto const& attribute : all.all()) {
        if (!is_secret_name(attribute.first)) out.push_back(attribute);
    }
    return out;
}

/// One call of for_each_tenant while it goes on.
struct progress_of_work {
    bench& b;
    std::vector<target::tenant*> todo;
    phase what;
    steady::time_point began = steady::now();
    std::size_t next = 0;
    std::size_t done = 0;
    std::size_t failed = 0;
    bool stop = false;
    std::vector<provisioning_failure> failures;
};

std::string state_of(progress_of_work const& p)
{
    auto const elapsed = std::max(seconds(steady::now() - p.began), 1e-3);
    return fmt::format("{:.0f}/s, {} failed", static_cast<double>(p.done) / elapsed, p.failed);
}

// `p` lives in for_each_tenant's frame, which joins this task.
asio::awaitable<void> work(progress_of_work& p)
{
    while (!p.stop && p.next < p.todo.size()) {
        auto& t = *p.todo[p.next++];
        auto failures = co_await p.what.step(p.b, t);
        ++p.done;
        if (!failures.empty()) ++p.failed;
        if (!failures.empty() && p.what.policy == on_failure::stop) p.stop = true;
        std::ranges::move(failures, std::back_inserter(p.failures));
        p.b.w.display.update(p.done, state_of(p));
    }
}

} // namespace

bool is_secret_name(std::string_view name)
{
    static constexpr std::array<std::string_view, 11> marks{
        "token",
        "secret",
        "password",
        "passwd",
        "jwt",
        "apikey",
        "api_key",
        "api-key",
        "cookie",
        "credential",
        "session"};
    auto const lower = to_lower(name);
    return std::ranges::any_of(marks, [&](std::string_view mark) {
        return lower.find(mark) != std::string::npos;
    });
}

void note_value(
    bench& b,
    std::pair<std::string, std::string> const& attribute,
    evidence::owner who,
    std::string_view resource
)
{
    auto const& [name, value] = attribute;
    auto const is_token = target::jwt_expiry(value).has_value();
    if (is_token || is_secret_name(name)) {
        if (b.told.insert(value).second) b.w.secrets.add_secret(value, name);
        // A password is chosen here and may be everybody's; a token is the target's and one user's.
        if (is_token || to_lower(name).find("pass") == std::string::npos) {
            b.w.identifiers.add(value, who, "token");
        }
    } else if (is_id_name(name)) {
        b.w.identifiers.add(value, who, resource);
    }
}

void note_names(bench& b, target::tenant const& t)
{
    for (auto const& a : t.actors) {
        if (a.index.value == 0 && t.actors.size() > 1) continue;
        for (auto const& [name, value] : a.attributes.all()) {
            if (!is_personal_name(name)) continue;
            b.w.identifiers.add(value, {t.index, a.index, {}}, "users");
        }
    }
}

void distribute(bench& b, target::values const& captured, recipients const& to)
{
    for (auto const& [name, value] : captured.all()) {
        if (name.starts_with("tenant.") && to.tenant != nullptr) {
            auto const plain = name.substr(7);
            to.tenant->attributes.set(plain, value);
            note_value(b, {plain, value}, {to.who.tenant, {}, {}}, "tenants");
        } else if (name.starts_with("user.") && to.user != nullptr) {
            auto const plain = name.substr(5);
            to.user->attributes.set(plain, value);
            note_value(b, {plain, value}, {to.who.tenant, to.user->index, {}}, "users");
        } else {
            to.own->set(name, value);
            note_value(b, {name, value}, to.who, to.resource);
        }
    }
}

result<void> take_captures(
    bench& b, target::operation const& op, net::http_response const& answer, recipients const& to
)
{
    auto const captured = target::run_captures(op, answer);
    if (!captured) return captured.error();
    distribute(b, *captured, to);
    if (captured->find("id")) return {};
    if (auto const learned = target::learn_id(answer, op, to.resource)) {
        target::values found;
        found.set("id", learned->id);
        distribute(b, found, to);
        auto const note = fmt::format(
            "{}: no capture is named id; taken from {} of the answer", op.name, learned->from
        );
        if (b.w.told.insert(note).second) b.w.display.note(note);
    }
    return {};
}

// An answer to one tenant that holds another's canary: what failed is the lesser evil.
static std::string stranger_in(bench const& b, target::tenant const& t, std::string_view answer)
{
    auto at = answer.find(evidence::canary_prefix);
    for (; at != answer.npos; at = answer.find(evidence::canary_prefix, at + 1)) {
        auto const token = answer.substr(at, evidence::canary_length);
        if (token.size() < evidence::canary_length) break;
        auto const whose = b.w.mint.verify_text(token);
        if (!whose || whose->tenant == t.index) continue;
        return fmt::format(
            "; LEAK: the answer to {} holds {}, a canary of {}'s",
            t.slug,
            token,
            b.w.made.at(whose->tenant).slug
        );
    }
    return {};
}

provisioning_failure
report_of(bench const& b, target::tenant const& t, target::exchange const& x, std::string_view what)
{
    provisioning_failure out{
        t.slug,
        b.w.secrets.redact(fmt::format("{}: {}", what, x.error ? x.error->message : "")),
        {},
        {}};
    out.request = shown(b, x.request.http.wire);
    if (!x.answer) return out;
    out.response = shown(b, x.answer->head + x.answer->body);
    out.what += stranger_in(b, t, x.answer->body);
    return out;
}

provisioning_failure
report_of(bench const& b, target::tenant const& t, failure const& error, std::string_view what)
{
    return {t.slug, shown(b, fmt::format("{}: {}", what, error.message)), {}, {}};
}

journal_entry entry_of(target::tenant const& t)
{
    journal_entry e{"tenant", t.slug, without_secrets(t.attributes)};
    auto const own = std::array<std::pair<std::string, std::string>, 4>{
        {{"slug", t.slug},
         {"name", t.name},
         {"plan", t.plan},
         {"index", fmt::to_string(t.index.value)}}};
    for (auto const& attribute : own) {
        if (!t.attributes.find(attribute.first)) e.attributes.push_back(attribute);
    }
    return e;
}

journal_entry entry_of(target::tenant const& t, target::actor const& a)
{
    journal_entry e{
        "user", fmt::format("{}/user/{}", t.slug, a.index.value), without_secrets(a.attributes)};
    e.attributes.insert(e.attributes.begin(), {{"@tenant", t.slug}, {"@role", a.role}});
    e.attributes.emplace_back("@index", fmt::to_string(a.index.value));
    return e;
}

journal_entry entry_of(target::tenant const& t, target::object const& o)
{
    journal_entry e{
        "object",
        fmt::format("{}/{}/{}", t.slug, o.resource, o.serial.value),
        without_secrets(o.attributes)};
    e.attributes.insert(e.attributes.begin(), {{"@tenant", t.slug}, {"@resource", o.resource}});
    e.attributes.emplace_back("@creator", fmt::to_string(o.creator.value));
    return e;
}

bool goes_with_tenant(plan const& how, target::tenant const& t)
{
    return !t.is_foreign && (how.remove || how.remove_sql || how.remove_command);
}

target::scope scope_of(
    workshop const& w, target::tenant const& t, target::actor const* a, target::object const* o
)
{
    target::scope s;
    s.in_tenant = &t;
    s.as_actor = a;
    s.object_in_question = o;
    s.run_id = w.made.run_id;
    return s;
}

asio::awaitable<std::vector<provisioning_failure>>
for_each_tenant(bench& b, std::vector<target::tenant*> todo, phase what)
{
    progress_of_work p{.b = b, .todo = std::move(todo), .what = what, .failures = {}};
    b.w.display.begin(what.name, p.todo.size());
    auto const workers = std::clamp<std::size_t>(b.w.how.concurrency, 1, 1024);
    auto const executor = co_await asio::this_coro::executor;
    net::task_group group{executor, workers};
    for (std::size_t i = 0; i < std::min(workers, p.todo.size()); ++i) group.try_spawn(work(p));
    co_await group.join();
    b.w.display.end(
        fmt::format("{} in {}, {} failed", p.done, human(steady::now() - p.began), p.failed)
    );
    co_return std::move(p.failures);
}

} // namespace watertight::tenants
