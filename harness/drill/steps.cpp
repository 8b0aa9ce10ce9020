#include "harness/drill/steps.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/command.hpp"
#include "harness/drill/copies.hpp"
#include "harness/net/watchdog.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/target/render.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::drill {

static constexpr std::size_t output_shown_max = 2000;
static constexpr auto ask_again_after = std::chrono::milliseconds{200};

static std::chrono::nanoseconds left_until(steady::time_point deadline)
{
    return std::max<std::chrono::nanoseconds>(
        deadline - steady::now(), std::chrono::milliseconds{1}
    );
}

static asio::awaitable<void> pause_for(std::chrono::nanoseconds d)
{
    asio::steady_timer pause{co_await asio::this_coro::executor};
    pause.expires_after(std::chrono::duration_cast<steady::duration>(d));
    co_await pause.async_wait(asio::use_awaitable);
}

static result<std::string> text_of(sql_step const& s)
{
    return s.file.empty() ? result<std::string>{s.text} : read_file(s.file);
}

// Rows as psql prints them unaligned, or how many there were.
static std::string shown(stores::postgres_rows const& rows)
{
    std::string out;
    for (auto const& row : rows.values) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) out += " | ";
            out += row[i].value_or("NULL");
        }
        out += '\n';
        if (out.size() > output_shown_max) break;
    }
    return out.empty() ? plural(rows.affected, "row") : out;
}

static asio::awaitable<result<stores::postgres_rows>>
run_sql(sql_step const& s, steady::time_point deadline, step_tools& tools)
{
    auto const url = tools.around.store_urls.find(s.store);
    if (url == tools.around.store_urls.end()) {
        co_return failure{errc::not_found, "the scenario has no store named " + s.store, {}};
    }
    auto text = text_of(s);
    if (text.has_error()) co_return text.error();
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::postgres::connect(core, url->second, left_until(deadline));
    if (db.has_error()) co_return db.error();
    if (tools.size) {
        auto const set = fmt::format("set watertight.size = '{}'", *tools.size);
        auto const known = co_await db->script(set, left_until(deadline));
        if (known.has_error()) co_return known.error();
    }
    if (!tools.session_name.empty()) {
        auto const name = stores::quote_literal(tools.session_name);
        auto naming = "select set_config('application_name', " + name + ", false)";
        auto const named = co_await db->script(std::move(naming), left_until(deadline));
        if (named.has_error()) co_return named.error();
    }
    co_return co_await db->script(std::move(*text), left_until(deadline));
}

static target::scope scope_of(target::operation const& op, target::population const& tenants)
{
    target::scope out;
    out.run_id = tenants.run_id;
    if (!op.as.empty()) return out;
    for (auto const& t : tenants.tenants) {
        if (t.state != target::tenant_state::ready) continue;
        out.in_tenant = &t;
        if (!t.actors.empty()) out.as_actor = &t.actors.front();
        break;
    }
    return out;
}

static asio::awaitable<result<net::http_response>>
send_call(target::operation const& op, steady::time_point deadline, step_tools& tools)
{
    auto const scope = scope_of(op, tools.around.tenants);
    auto request = target::render(tools.around.model, op, scope);
    if (request.has_error()) co_return request.error();
    auto const budget = left_until(deadline);
    co_return co_await tools.http.send(std::move(request->http), budget);
}

static std::string shown(net::http_response const& response)
{
    return fmt::format("{} {}", response.status, response.body);
}

static asio::awaitable<result<std::string>>
attempt(http_step const& s, steady::time_point deadline, step_tools& tools)
{
    for (;;) {
        auto const response = co_await send_call(s.call, deadline, tools);
        if (response.has_error()) co_return response.error();
        auto const& poll = s.call.poll;
        auto const is_pending = poll.is_pending(response->status);
        if (!is_pending && !s.call.accepts(response->status)) {
            co_return failure{errc::rejected, "answered " + shown(*response), {}};
        }
        if (!poll.is_set() || poll.has_ended(response->status, response->body)) {
            co_return shown(*response);
        }
        if (steady::now() + ask_again_after >= deadline) {
            co_return failure{
                errc::deadline_exceeded, "the job did not end in time: " + shown(*response), {}};
        }
        co_await pause_for(ask_again_after);
    }
}

static asio::awaitable<result<std::string>>
attempt(sql_step const& s, steady::time_point deadline, step_tools& tools)
{
    auto const rows = co_await run_sql(s, deadline, tools);
    if (rows.has_error()) co_return rows.error();
    co_return shown(*rows);
}

asio::awaitable<result<std::string>>
look(std::variant<sql_step, http_step> const& what, steady::time_point deadline, step_tools& tools)
{
    if (auto const* const sql = std::get_if<sql_step>(&what)) {
        auto const rows = co_await attempt(*sql, deadline, tools);
        if (rows.has_error()) co_return rows.error();
        co_return std::string{trim(*rows)};
    }
    auto const& call = std::get<http_step>(what).call;
    auto const response = co_await send_call(call, deadline, tools);
    if (response.has_error()) co_return response.error();
    if (call.accepts(response->status)) co_return response->body;
    co_return failure{errc::rejected, "answered " + shown(*response), {}};
}

static asio::awaitable<result<std::string>>
attempt(command_step const& s, steady::time_point deadline, step_tools& tools)
{
    auto environment = tools.around.environment;
    if (tools.size) environment["WATERTIGHT_SIZE"] = std::to_string(*tools.size);
    auto end = co_await run_command(
        s.arguments, std::move(environment), left_until(deadline), tools.on_start
    );
    if (end.has_error()) co_return end.error();
    if (end->status == 0) co_return std::move(end->output);
    co_return failure{
        errc::rejected,
        fmt::format("{} ended with status {}", s.arguments.front(), end->status),
        std::move(end->output)};
}

// What a wait looks at: the first row's first column, or the body.
static asio::awaitable<result<std::string>>
ask(wait_step const& s, steady::time_point since, steady::time_point deadline, step_tools& tools)
{
    if (auto const* const sql = std::get_if<sql_step>(&s.ask)) {
        auto const rows = co_await run_sql(*sql, deadline, tools);
        if (rows.has_error()) co_return rows.error();
        if (rows->values.empty() || rows->values.front().empty()) co_return std::string{};
        co_return rows->values.front().front().value_or("NULL");
    }
    auto const* const call = std::get_if<http_step>(&s.ask);
    // Who has no traffic to look at learns of no version.
    if (call == nullptr) co_return tools.versions ? tools.versions(since) : std::string{};
    auto const response = co_await send_call(call->call, deadline, tools);
    if (response.has_error()) co_return response.error();
    co_return response->body;
}

// A count that is awaited to be 0 has not come while it is 10.
static bool has_come(wait_step const& s, std::string const& seen)
{
    if (!std::holds_alternative<sql_step>(s.ask)) return seen.find(s.expected) != seen.npos;
    return probe::glob_matches(s.expected, seen);
}

static asio::awaitable<result<std::string>>
attempt(wait_step const& s, steady::time_point deadline, step_tools& tools)
{
    auto const since = steady::now();
    for (;;) {
        // Whatever is down while a system is switched over is only not there yet.
        auto const seen = co_await ask(s, since, deadline, tools);
        if (seen.has_value() && has_come(s, *seen)) co_return *seen;
        if (steady::now() + ask_again_after >= deadline) {
            auto const last = seen.has_value() ? "\"" + *seen + "\"" : seen.error().message;
            co_return failure{
                errc::deadline_exceeded,
                fmt::format("\"{}\" did not come in time; the last answer: {}", s.expected, last),
                {}};
        }
        co_await pause_for(ask_again_after);
    }
}

static asio::awaitable<result<std::string>> attempt_once(step const& s, step_tools& tools)
{
    auto const deadline = net::deadline_after(s.deadline);
    if (auto const* const sql = std::get_if<sql_step>(&s.action)) {
        co_return co_await attempt(*sql, deadline, tools);
    }
    if (auto const* const command = std::get_if<command_step>(&s.action)) {
        co_return co_await attempt(*command, deadline, tools);
    }
    if (auto const* const call = std::get_if<http_step>(&s.action)) {
        co_return co_await attempt(*call, deadline, tools);
    }
    if (std::holds_alternative<copy_step>(s.action)) {
        co_return co_await copy(*s.keeps, deadline, tools);
    }
    co_return co_await attempt(std::get<wait_step>(s.action), deadline, tools);
}

static std::string output_of(result<std::string> const& r, evidence::redactor const& secrets)
{
    std::string out;
    if (r.has_value()) {
        out = *r;
    } else {
        out = r.error().message;
        if (!r.error().detail.empty()) out += "\n" + r.error().detail;
    }
    out = secrets.redact(trim(out));
    if (out.size() <= output_shown_max) return out;
    // The end says how it went.
    return "... " + out.substr(out.size() - output_shown_max);
}

static bool is_cancellation(std::exception const& e)
{
    auto const* const error = dynamic_cast<boost::system::system_error const*>(&e);
    return error != nullptr && error->code() == asio::error::operation_aborted;
}

// Whatever goes wrong in a step, those after it must have their turn.
static asio::awaitable<result<std::string>> attempt_safely(step const& s, step_tools& tools)
{
    try {
        co_return co_await attempt_once(s, tools);
    } catch (std::exception const& e) {
        if (is_cancellation(e)) throw;
        co_return failure{errc::malformed, e.what(), {}};
    }
}

asio::awaitable<verdict::drill_step> carry_out(step const& s, std::string phase, step_tools& tools)
{
    verdict::drill_step out;
    out.name = s.name;
    out.kind = kind_of(s);
    out.phase = std::move(phase);
    auto const begin = steady::now();
    out.started_s = seconds(begin - tools.around.run_start);
    if (s.budget) out.budget_s = seconds(*s.budget);
    for (std::size_t tries = 0; tries <= s.retries && !out.ok; ++tries) {
        auto const done = co_await attempt_safely(s, tools);
        out.ok = done.has_value();
        out.output = output_of(done, tools.around.secrets);
    }
    out.duration_s = seconds(steady::now() - begin);
    co_return out;
}

std::string_view kind_of(step const& s) noexcept
{
    static constexpr std::array<std::string_view, 4> kinds{"sql", "command", "http", "wait"};
    if (!std::holds_alternative<copy_step>(s.action)) return kinds[s.action.index()];
    return s.keeps->what == safekeeping::deed::backup ? "backup" : "restore";
}

static void insert_store(step const& s, std::set<std::string>& out)
{
    auto const* sql = std::get_if<sql_step>(&s.action);
    if (auto const* const wait = std::get_if<wait_step>(&s.action)) {
        sql = std::get_if<sql_step>(&wait->ask);
    }
    if (sql != nullptr) out.insert(sql->store);
    if (s.keeps) out.insert(s.keeps->site.store);
}

std::vector<step> all_steps(plan const& p)
{
    auto out = p.forward;
    for (auto const& stage : p.stages) {
        out.insert(out.end(), stage.steps.begin(), stage.steps.end());
    }
    for (auto const* steps : {&p.inject, &p.rollback, &p.finally}) {
        out.insert(out.end(), steps->begin(), steps->end());
    }
    return out;
}

std::set<std::string> stores_changed(plan const& p)
{
    std::set<std::string> out;
    for (auto const& s : all_steps(p)) insert_store(s, out);
    for (auto const& i : p.when.invariants) {
        if (auto const* const sql = std::get_if<sql_step>(&i.ask)) out.insert(sql->store);
    }
    for (auto const& site : p.fingerprints) out.insert(site.store);
    if (p.extrapolate) {
        for (auto const& s : p.extrapolate->prepare) insert_store(s, out);
    }
    return out;
}

std::set<std::string> stores_to_restore_into(plan const& p)
{
    std::set<std::string> out;
    std::set<std::string> others;
    for (auto const& site : p.fingerprints) others.insert(site.store);
    for (auto const& s : all_steps(p)) {
        if (!s.keeps) continue;
        auto const is_backup = s.keeps->what == safekeeping::deed::backup;
        (is_backup ? others : out).insert(s.keeps->site.store);
    }
    std::erase_if(out, [&](std::string const& store) { return others.contains(store); });
    return out;
}

static std::string describe_sql(sql_step const& s)
{
    return "on " + s.store + ": " + (s.file.empty() ? std::string{trim(s.text)} : s.file);
}

static std::string describe_keeping(safekeeping const& k)
{
    auto out = fmt::format(
        "{} {} {}", k.name, k.what == safekeeping::deed::backup ? "of" : "into", k.site.store
    );
    if (!k.into.empty()) out += ", database " + k.into;
    if (!k.site.objects.empty()) out += ": " + join(k.site.objects, ", ");
    if (!k.of.empty()) out += ", tenant " + k.of + " alone";
    return out;
}

static std::string describe_action(step const& s)
{
    if (std::holds_alternative<copy_step>(s.action)) return describe_keeping(*s.keeps);
    if (auto const* const sql = std::get_if<sql_step>(&s.action)) return describe_sql(*sql);
    if (auto const* const call = std::get_if<http_step>(&s.action)) return call->call.channel();
    if (auto const* const command = std::get_if<command_step>(&s.action)) {
        std::vector<std::string> words;
        for (auto const& word : command->arguments) words.push_back(shell_quote(word));
        return join(words, " ");
    }
    auto const& wait = std::get<wait_step>(s.action);
    std::string asked = "every tenant's last answer";
    if (auto const* const sql = std::get_if<sql_step>(&wait.ask)) asked = describe_sql(*sql);
    if (auto const* const http = std::get_if<http_step>(&wait.ask)) asked = http->call.channel();
    return fmt::format("until \"{}\" comes from {}", wait.expected, asked);
}

std::string describe(step const& s)
{
    auto out = fmt::format("{} {}", kind_of(s), describe_action(s));
    if (!s.keeps || std::holds_alternative<copy_step>(s.action)) return out;
    auto const is_backup = s.keeps->what == safekeeping::deed::backup;
    out += fmt::format(" ({} {})", is_backup ? "backup" : "restore", describe_keeping(*s.keeps));
    return out;
}

} // namespace watertight::drill
