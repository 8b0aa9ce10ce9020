#include "harness/tenants/creation.hpp"

#include "harness/target/session.hpp"
#include "harness/tenants/command.hpp"
#include "harness/tenants/draft.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>

namespace watertight::tenants {

namespace {

using json = nlohmann::json;

target::actor* first_user(target::tenant& t)
{
    return t.actors.empty() ? nullptr : &t.actors.front();
}

bool makes_tenant(plan const& how)
{
    return how.create || how.create_sql || how.create_command;
}

/// Whether the run sends anything at all to bring this tenant about.
bool makes_anything(plan const& how)
{
    return makes_tenant(how) ||
           std::ranges::any_of(how.users, [](user_plan const& p) { return p.create.has_value(); });
}

recipients of_tenant(target::tenant& t)
{
    return {&t, first_user(t), &t.attributes, {t.index, {}, {}}, "tenants"};
}

/// Sends what completes a tenant or a user that was made.
/// @param headers  with whose credentials and which tenant's name each is sent.
asio::awaitable<setback> complete(
    bench& b,
    std::vector<target::operation> const& further,
    recipients to,
    std::function<target::overrides(target::operation const&)> headers
)
{
    auto& t = *to.tenant;
    for (auto const& op : further) {
        auto const s = scope_of(b.w, t, to.user);
        auto with = headers(op);
        auto const x = co_await target::perform(b.w.client, b.w.model, op, s, std::move(with));
        auto const what = fmt::format("{} ({})", op.name, op.channel());
        if (!x.ok()) co_return report_of(b, t, x, what + " failed");
        if (to.user != nullptr && b.w.model.login.cookies)
            target::merge_cookies(to.user->cookies, *x.answer);
        // Only what it says is captured: the id of what was made is known, or is named here.
        auto const captured = target::run_captures(op, *x.answer);
        if (!captured) co_return report_of(b, t, x, what + ": " + captured.error().message);
        distribute(b, *captured, to);
    }
    co_return std::nullopt;
}

/// There is no tenant to name yet, and nobody in it to act.
target::overrides before_there_is_one(target::operation const& op)
{
    target::overrides o;
    o.identity.emplace();
    if (op.as.empty()) o.credentials.emplace();
    return o;
}

asio::awaitable<setback> make_by_api(bench& b, target::tenant& t)
{
    auto const& op = *b.w.how.create;
    auto* const first = first_user(t);
    auto const s = scope_of(b.w, t, first);
    auto o = before_there_is_one(op);
    auto const x = co_await target::perform(b.w.client, b.w.model, op, s, std::move(o));
    if (!x.ok()) {
        t.may_exist = !x.had_no_effect();
        co_return report_of(b, t, x, "tenant not created");
    }
    if (first != nullptr && b.w.model.login.cookies)
        target::merge_cookies(first->cookies, *x.answer);
    auto const kept = take_captures(b, op, *x.answer, of_tenant(t));
    if (!kept) co_return report_of(b, t, x, "tenant created, but " + kept.error().message);
    co_return co_await complete(b, b.w.how.create_then, of_tenant(t), before_there_is_one);
}

asio::awaitable<setback> make_by_sql(bench& b, target::tenant& t)
{
    auto const s = scope_of(b.w, t, first_user(t));
    auto const row = co_await run_sql(b.stores, *b.w.how.create_sql, s);
    if (!row) {
        t.may_exist = !is_definite(row.error().code);
        co_return report_of(b, t, row.error(), "tenant not created by SQL");
    }
    distribute(b, *row, of_tenant(t));
    co_return std::nullopt;
}

std::string text_of(json const& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Scalar members become attributes; the list `users` goes to the drafted users in order.
std::string take_json(bench& b, target::tenant& t, std::string const& text)
{
    auto const document = json::parse(text, nullptr, false);
    if (!document.is_object()) return "its standard output is not one JSON object";
    target::values captured;
    for (auto const& [name, value] : document.items()) {
        if (!value.is_structured() && !value.is_null()) captured.set(name, text_of(value));
    }
    distribute(b, captured, of_tenant(t));
    auto const users = document.find("users");
    if (users == document.end() || !users->is_array()) return {};
    for (std::size_t i = 0; i < std::min(users->size(), t.actors.size()); ++i) {
        auto const& user = (*users)[i];
        if (!user.is_object()) return "its users are not JSON objects";
        auto& a = t.actors[i];
        target::values own;
        for (auto const& [name, value] : user.items()) {
            if (name == "cookies" && value.is_string())
                a.cookies = value.get<std::string>();
            else if (!value.is_structured() && !value.is_null())
                own.set(name, text_of(value));
        }
        distribute(b, own, {&t, &a, &a.attributes, {t.index, a.index, {}}, "users"});
    }
    return {};
}

asio::awaitable<setback> make_by_command(bench& b, target::tenant& t)
{
    auto const& step = *b.w.how.create_command;
    auto arguments = render_arguments(step, scope_of(b.w, t, first_user(t)));
    if (!arguments) {
        t.may_exist = false;
        co_return report_of(b, t, arguments.error(), "tenant not created by command");
    }
    auto const output = co_await run_command(std::move(*arguments), step.timeout);
    if (!output) {
        // A program that failed may have done half of its work.
        t.may_exist = output.error().code != errc::exhausted;
        co_return report_of(b, t, output.error(), "tenant not created by command");
    }
    auto const wrong = take_json(b, t, output->standard_output);
    if (wrong.empty()) co_return std::nullopt;
    auto report = report_of(b, t, failure{errc::malformed, wrong, {}}, "tenant created by command");
    report.response = b.w.secrets.redact(output->standard_output.substr(0, 2000));
    co_return report;
}

asio::awaitable<setback> make_itself(bench& b, target::tenant& t)
{
    if (t.is_foreign) co_return std::nullopt;
    setback out;
    if (b.w.how.create)
        out = co_await make_by_api(b, t);
    else if (b.w.how.create_sql)
        out = co_await make_by_sql(b, t);
    else if (b.w.how.create_command)
        out = co_await make_by_command(b, t);
    co_return out;
}

/// Who asks for a user to be made if the operation does not say: the tenant's first user, once they
/// are logged in; before that nobody, for it is a sign-up.
void choose_sender(
    bench& b,
    target::operation const& op,
    target::tenant& t,
    target::actor const& a,
    target::overrides& o
)
{
    auto const is_first = a.index.value == 0;
    if (is_first && !makes_tenant(b.w.how) && !t.is_foreign) o.identity.emplace();
    if (!op.as.empty()) return;
    o.credentials.emplace();
    if (is_first || !t.actors.front().logged_in) return;
    if (auto credentials = target::credentials_of(b.w.model, t, t.actors.front())) {
        o.credentials = std::move(*credentials);
    }
}

asio::awaitable<setback>
create_user(bench& b, user_plan const& p, target::tenant& t, target::actor& a)
{
    auto const& op = *p.create;
    auto const is_journaled = !goes_with_tenant(b.w.how, t);
    if (is_journaled) {
        auto entry = entry_of(t, a);
        co_await b.intents.intend(std::move(entry));
    }
    target::overrides o;
    choose_sender(b, op, t, a, o);
    auto const s = scope_of(b.w, t, &a);
    auto const x = co_await target::perform(b.w.client, b.w.model, op, s, std::move(o));
    auto const what = fmt::format("user {}", a.index.value);
    if (!x.ok()) {
        if (is_journaled && x.had_no_effect()) b.w.log.removed("user", entry_of(t, a).key);
        a.made_by_run = !x.had_no_effect();
        co_return report_of(b, t, x, what + " not created");
    }
    a.made_by_run = true;
    if (b.w.model.login.cookies) target::merge_cookies(a.cookies, *x.answer);
    recipients const to{&t, &a, &a.attributes, {t.index, a.index, {}}, "users"};
    auto const kept = take_captures(b, op, *x.answer, to);
    if (is_journaled) b.w.log.made(entry_of(t, a));
    if (!kept) co_return report_of(b, t, x, what + " created, but " + kept.error().message);
    auto const sender = [&](target::operation const& further) {
        target::overrides with;
        choose_sender(b, further, t, a, with);
        return with;
    };
    co_return co_await complete(b, p.create_then, to, sender);
}

/// Moves what a log-in said of the tenant to the tenant, and notes what it brought.
void note_session(bench& b, target::tenant& t, target::actor& a)
{
    auto const attributes = a.attributes;
    for (auto const& attribute : attributes.all()) {
        auto const& [name, value] = attribute;
        if (name.starts_with("tenant.")) {
            t.attributes.set(name.substr(7), value);
            note_value(b, {name.substr(7), value}, {t.index, {}, {}}, "tenants");
            a.attributes.erase(name);
        } else {
            note_value(b, attribute, {t.index, a.index, {}}, "users");
        }
    }
    if (!a.cookies.empty() && b.told.insert(a.cookies).second) {
        b.w.secrets.add_secret(a.cookies, "cookies");
    }
}

asio::awaitable<setback> open_session(bench& b, target::tenant& t, target::actor& a)
{
    auto const& recipe = b.w.model.login;
    auto const has_credentials = target::credentials_of(b.w.model, t, a).has_value() &&
                                 (!recipe.headers.empty() || !a.cookies.empty());
    auto const brought = t.is_foreign && !a.made_by_run && has_credentials;
    if (recipe.login && !brought) {
        auto const x = co_await target::try_log_in(b.w.client, b.w.model, t, a);
        note_session(b, t, a);
        if (x.ok()) co_return std::nullopt;
        auto const what = fmt::format("user {} not logged in", a.index.value);
        co_return report_of(b, t, x, what);
    }
    a.logged_in = has_credentials || recipe.headers.empty();
    a.expires = target::renewal_time(recipe, a.attributes);
    note_session(b, t, a);
    co_return std::nullopt;
}

asio::awaitable<setback> make_users(bench& b, target::tenant& t)
{
    auto const were_brought = b.with_users.contains(&t);
    for (auto& a : t.actors) {
        auto const* const p = were_brought ? nullptr : plan_of(b.w.how, a);
        if (p != nullptr && p->create && !p->made_with_tenant) {
            auto trouble = co_await create_user(b, *p, t, a);
            if (trouble) co_return trouble;
        }
        auto trouble = co_await open_session(b, t, a);
        if (trouble) co_return trouble;
    }
    co_return std::nullopt;
}

/// A tenant with some of its users can still be examined; those from the first that failed on are
/// left out. @return false if nobody is left, or somebody who must be removed would be forgotten.
bool keep_working_users(target::tenant& t)
{
    auto const first_out = std::ranges::find_if_not(t.actors, &target::actor::logged_in);
    auto const must_stay = std::any_of(first_out, t.actors.end(), [](target::actor const& a) {
        return a.made_by_run;
    });
    if (first_out == t.actors.begin() || must_stay) return false;
    t.actors.erase(first_out, t.actors.end());
    return true;
}

} // namespace

asio::awaitable<std::vector<provisioning_failure>> make_tenant(bench& b, target::tenant& t)
{
    t.state = target::tenant_state::creating;
    auto const is_ours = !t.is_foreign && makes_anything(b.w.how);
    if (is_ours) {
        auto entry = entry_of(t);
        co_await b.intents.intend(std::move(entry));
        t.may_exist = true;
    }
    auto trouble = co_await make_itself(b, t);
    if (!trouble) {
        auto const is_made = is_ours && makes_tenant(b.w.how);
        if (is_made) b.w.log.made(entry_of(t));
        trouble = co_await make_users(b, t);
        // A sign-up makes its tenant only now, or not at all.
        if (is_ours && !is_made)
            t.may_exist = first_user(t) != nullptr && first_user(t)->made_by_run;
        if (is_ours && !is_made && t.may_exist) b.w.log.made(entry_of(t));
    }
    if (is_ours && !t.may_exist) b.w.log.removed("tenant", t.slug);
    auto const goes_on = trouble && b.w.how.failure_policy == on_failure::go_on;
    auto const is_ready = !trouble || (goes_on && keep_working_users(t));
    t.state = is_ready ? target::tenant_state::ready : target::tenant_state::failed;
    std::vector<provisioning_failure> out;
    if (trouble) out.push_back(std::move(*trouble));
    co_return out;
}

} // namespace watertight::tenants
