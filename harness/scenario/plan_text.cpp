#include "harness/base/text.hpp"
#include "harness/scenario/compile.hpp"

#include <fmt/format.h>

namespace watertight::scenario {

std::string shown(target::template_text const& text)
{
    std::string out;
    for (auto const& piece : text.pieces()) {
        if (piece.slot.empty()) {
            out += piece.literal;
        } else {
            out += "{" + piece.slot + "}";
        }
    }
    return out;
}

std::string words_of(target::store_operation const& op)
{
    std::vector<std::string> quoted;
    for (auto const& word : op.words) quoted.push_back(shell_quote(shown(word)));
    return join(quoted, " ");
}

namespace {

using target::body_kind;

void add_store_operation(std::string& out, scenario const& s, target::store_operation const& op)
{
    out += op.full_name() + '\n';
    if (op.on == target::store_operation::kind::redis) {
        out += fmt::format("    {}\n\n", words_of(op));
        return;
    }
    auto const& store = *s.target.postgres;
    if (!store.context.empty()) {
        out += fmt::format("    {} = {}\n", store.context, shown(store.tenant_value));
    }
    out += fmt::format("    {}\n", op.sql);
    if (!op.words.empty()) out += fmt::format("    with {}\n", words_of(op));
    out += '\n';
}

std::string sender_of(target::operation const& op)
{
    return op.as.empty() ? "" : ", as " + op.as;
}

void add_headers(std::string& out, header_templates const& headers)
{
    for (auto const& [name, value] : headers)
        out += fmt::format("    {}: {}\n", name, shown(value));
}

/// Whose credentials go with it: of a role with its own, of the user, or of nobody.
header_templates credentials_of(scenario const& s, target::operation const& op)
{
    if (op.as == "anonymous") return {};
    if (auto const* const own = op.as.empty() ? nullptr : s.target.find_credential(op.as)) {
        return own->headers;
    }
    auto const is_before_login = op.name == "login" || op.name == "refresh" ||
                                 op.name == "before login" || op.name == "health" ||
                                 op.name.starts_with("tenants.create");
    return is_before_login ? header_templates{} : s.target.login.headers;
}

/// Before there is a tenant nothing can name it, and a drill knows none.
bool has_tenant(target::operation const& op)
{
    return !op.name.starts_with("tenants.create") && op.name != "health" &&
           !op.name.starts_with("drill.");
}

std::string target_of(scenario const& s, target::operation const& op)
{
    auto out = s.target.base_path + shown(op.path);
    if (!has_tenant(op)) return out;
    for (auto const& channel : s.target.identity) {
        if (!channel.is_default || channel.type != target::identity_channel::kind::query) continue;
        out += out.find('?') == std::string::npos ? '?' : '&';
        out += channel.name + "=" + channel.value_pattern;
    }
    return out;
}

void add_identity(std::string& out, scenario const& s)
{
    for (auto const& channel : s.target.identity) {
        if (!channel.is_default) continue;
        using kind = target::identity_channel::kind;
        if (channel.type == kind::header) {
            out += fmt::format("    {}: {}\n", channel.name, channel.value_pattern);
        }
        if (channel.type == kind::host) out += fmt::format("    Host: {}\n", channel.value_pattern);
        if (channel.type == kind::cookie) {
            out += fmt::format("    Cookie: {}={}\n", channel.name, channel.value_pattern);
        }
    }
}

std::string type_of(target::operation const& op)
{
    if (!op.content_type.empty()) return op.content_type;
    switch (op.body) {
    case body_kind::json:
        return "application/json";
    case body_kind::form:
        return "application/x-www-form-urlencoded";
    case body_kind::raw:
        return "text/plain; charset=utf-8";
    case body_kind::multipart:
        return "multipart/form-data";
    case body_kind::none:
        break;
    }
    return {};
}

void add_body(std::string& out, target::operation const& op)
{
    if (op.body == body_kind::none) return;
    out += fmt::format("    Content-Type: {}\n\n", type_of(op));
    for (auto const& part : op.parts) {
        auto const file = part.file_name.empty() ? "" : "; file " + shown(part.file_name);
        out += fmt::format("    part {}{}: {}\n", part.name, file, shown(part.content));
    }
    if (!op.body_text.empty()) out += fmt::format("    {}\n", shown(op.body_text));
}

void add_request(std::string& out, scenario const& s, target::operation const& op)
{
    out += fmt::format("{}{}\n", op.name, sender_of(op));
    out += fmt::format("    {} {}{}\n", op.method, s.target.base.origin(), target_of(s, op));
    add_headers(out, s.target.headers);
    add_headers(out, credentials_of(s, op));
    add_headers(out, op.headers);
    if (has_tenant(op)) add_identity(out, s);
    add_body(out, op);
    for (auto const& capture : op.captures) {
        out += fmt::format("    keeps {} ({})\n", capture.name, capture.expression);
    }
    out += '\n';
}

struct step_writer {
    std::string& out;
    scenario const& s;

    void operator()(drill::sql_step const& step) const
    {
        out +=
            fmt::format("    on {}: {}\n\n", step.store, step.file.empty() ? step.text : step.file);
    }
    void operator()(drill::command_step const& step) const
    {
        std::vector<std::string> quoted;
        for (auto const& argument : step.arguments) quoted.push_back(shell_quote(argument));
        out += fmt::format("    {}\n\n", join(quoted, " "));
    }
    void operator()(drill::http_step const& step) const { add_request(out, s, step.call); }
    void operator()(drill::version_question const& asked) const
    {
        out += fmt::format("    ({} version in the traffic)\n", asked.is_new ? "new" : "old");
    }
    void operator()(drill::wait_step const& step) const
    {
        out += fmt::format("    until the answer holds \"{}\":\n", step.expected);
        std::visit(*this, step.ask);
    }
    void operator()(drill::copy_step const&) const { out += "    (made by this program)\n\n"; }
};

void add_steps(
    std::string& out,
    scenario const& s,
    std::string_view part,
    std::vector<drill::step> const& steps
)
{
    for (auto const& step : steps) {
        out += fmt::format("{}: {}\n", part, step.name);
        if (step.keeps) {
            auto const is_backup = step.keeps->what == drill::safekeeping::deed::backup;
            out += fmt::format(
                "    {} {} {} {}\n",
                is_backup ? "backup" : "restore",
                step.keeps->name,
                is_backup ? "of" : "into",
                step.keeps->site.store
            );
        }
        std::visit(step_writer{out, s}, step.action);
    }
}

void add_experiment(std::string& out, scenario const& s, experiment::plan const& e)
{
    auto const title = "experiment " + e.name;
    add_steps(out, s, title + " prepare", e.prepare);
    add_steps(out, s, title + " a", e.a.set_up);
    add_steps(out, s, title + " b", e.b.set_up);
    add_steps(out, s, title + " restore b", e.b.restore);
    add_steps(out, s, title + " restore a", e.a.restore);
    add_steps(out, s, title + " restore", e.restore);
}

void add_other_makers(std::string& out, tenants::plan const& p)
{
    auto const sql = [&out](std::string_view what, std::optional<tenants::sql_step> const& step) {
        if (step)
            out += fmt::format("{}\n    on {}: {}\n\n", what, step->store, shown(step->statement));
    };
    auto const command =
        [&out](std::string_view what, std::optional<tenants::command_step> const& step) {
            if (!step) return;
            std::vector<std::string> quoted;
            for (auto const& argument : step->arguments)
                quoted.push_back(shell_quote(shown(argument)));
            out += fmt::format("{}\n    {}\n\n", what, join(quoted, " "));
        };
    sql("tenants.create", p.create_sql);
    sql("tenants.remove", p.remove_sql);
    command("tenants.create", p.create_command);
    command("tenants.remove", p.remove_command);
}

} // namespace

std::string plan_text(scenario const& s)
{
    std::string out;
    add_other_makers(out, s.tenants);
    for (auto const* const op : all_operations(s)) add_request(out, s, *op);
    for (auto const* const op : store_operations(s)) add_store_operation(out, s, *op);
    for (auto const& e : s.experiments) add_experiment(out, s, e);
    add_steps(out, s, "drill forward", s.drill.forward);
    for (auto const& stage : s.drill.stages) {
        add_steps(out, s, "drill stage " + stage.name, stage.steps);
    }
    add_steps(out, s, "drill inject", s.drill.inject);
    for (auto const& op : s.drill.traffic) add_request(out, s, op);
    add_steps(out, s, "drill rollback", s.drill.rollback);
    add_steps(out, s, "drill finally", s.drill.finally);
    return out;
}

} // namespace watertight::scenario
