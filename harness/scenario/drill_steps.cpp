#include "harness/scenario/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace watertight::scenario {

drill::sql_step compile_sql(compiler& c, node const& from)
{
    drill::sql_step out{text_of(from, "store", "postgres"), {}, {}};
    auto const* const sql = from.find("sql");
    if (sql == nullptr) return out;
    auto const* const store = from.find("store");
    c.stores.push_back({out.store, store == nullptr ? sql : store});
    auto const is_file =
        sql->text.ends_with(".sql") && sql->text.find_first_of(" \n\t;") == std::string::npos;
    if (!is_file) {
        out.text = sql->text;
        return out;
    }
    out.file = c.resolve(sql->text);
    if (!std::filesystem::is_regular_file(out.file)) {
        c.fault(*sql, fmt::format("{}: there is no file {}", dotted(sql->pointer), out.file));
    }
    return out;
}

drill::http_step compile_call(compiler& c, node const& from, std::string const& name)
{
    return {compile_operation(c, from, {name, slot_scope::free, {}, &c.known.free})};
}

namespace {

drill::wait_step compile_wait(compiler& c, node const& from, std::string const& name)
{
    drill::wait_step out;
    out.expected = text_of(from, "until");
    if (from.find("version") != nullptr) {
        out.ask = drill::version_question{text_of(from, "version") == "new"};
        out.expected = "all " + text_of(from, "version");
    } else if (from.find("sql") != nullptr) {
        out.ask = compile_sql(c, from);
    } else {
        out.ask = compile_call(c, from, name);
    }
    return out;
}

/// A word with a slash that is a file beside the scenario stands for that file, from wherever the
/// program is started.
std::vector<std::string> command_words(compiler& c, node const& from)
{
    auto out = texts_of(from, "command");
    for (auto& word : out) {
        if (word.find('/') == std::string::npos || word.starts_with('/')) continue;
        auto const file = c.resolve(word);
        if (!std::filesystem::is_regular_file(file)) continue;
        // Without a slash a program would be looked for along PATH.
        word = file.find('/') == std::string::npos ? "./" + file : file;
    }
    return out;
}

std::string default_name(drill::step const& step)
{
    struct namer {
        std::string operator()(drill::sql_step const& s) const
        {
            return s.file.empty()
                       ? "SQL on " + s.store
                       : std::filesystem::path{s.file}.filename().string() + " on " + s.store;
        }
        std::string operator()(drill::command_step const& s) const
        {
            return join(s.arguments, " ");
        }
        std::string operator()(drill::http_step const& s) const { return s.call.channel(); }
        std::string operator()(drill::wait_step const& s) const
        {
            return "wait until \"" + s.expected + "\"";
        }
        std::string operator()(drill::copy_step const&) const
        {
            auto const is_backup = keeps.what == drill::safekeeping::deed::backup;
            return (is_backup ? "back up " : "restore ") + keeps.name;
        }
        drill::safekeeping keeps{};
    };
    return std::visit(namer{step.keeps.value_or(drill::safekeeping{})}, step.action);
}

/// What the step puts aside or brings back, if it does either.
std::optional<drill::safekeeping> compile_keeping(compiler& c, node const& from)
{
    using enum drill::safekeeping::deed;
    auto const* at = from.find("backup");
    drill::safekeeping out{at != nullptr ? backup : restore};
    if (at == nullptr) at = from.find("restore");
    if (at == nullptr) return std::nullopt;
    out.name = text_of(*at, "name");
    out.site.store = text_of(*at, "store", "postgres");
    out.site.objects = texts_of(*at, "tables");
    out.site.tenant = text_of(*at, "tenant");
    out.into = text_of(*at, "into");
    out.of = text_of(*at, "of");
    auto const* const store = at->find("store");
    c.stores.push_back({out.site.store, store == nullptr ? at : store});
    return out;
}

/// Without a step of its own the harness makes the copy, of all that is named.
void check_copy(compiler& c, node const& from, drill::safekeeping const& keeps)
{
    if (keeps.of.empty()) return;
    c.fault(
        from,
        fmt::format(
            "{}: rows of one tenant (`of`) are backed up by a command, statements or a request",
            dotted(from.pointer)
        )
    );
}

bool does_something(node const& from)
{
    static constexpr std::string_view keys[] = {
        "sql", "command", "get", "post", "put", "patch", "delete", "head", "options", "method"};
    return std::ranges::any_of(keys, [&](auto const key) { return from.find(key) != nullptr; });
}

drill::step compile_step(compiler& c, node const& from, std::string const& part)
{
    drill::step out;
    out.place = c.place(from);
    out.keeps = compile_keeping(c, from);
    auto const call_name = "drill." + text_of(from, "name", part);
    if (from.find("sql") != nullptr) {
        out.action = compile_sql(c, from);
    } else if (from.find("command") != nullptr) {
        out.action = drill::command_step{command_words(c, from)};
    } else if (auto const* const wait = from.find("wait")) {
        out.action = compile_wait(c, *wait, call_name);
    } else if (out.keeps && !does_something(from)) {
        out.action = drill::copy_step{};
        check_copy(c, from, *out.keeps);
    } else {
        out.action = compile_call(c, from, call_name);
    }
    out.name = text_of(from, "name", default_name(out));
    out.deadline = duration_of(from, "deadline").value_or(out.deadline);
    out.retries = count_of(from, "retries", 0);
    out.budget = duration_of(from, "budget");
    // Whoever waits asks again and again anyway.
    auto const repeats = std::holds_alternative<drill::wait_step>(out.action) ||
                         std::holds_alternative<drill::copy_step>(out.action);
    out.idempotent = flag_of(from, "idempotent", repeats);
    return out;
}

} // namespace

std::vector<drill::step> compile_steps(compiler& c, node const& from, std::string const& part)
{
    std::vector<drill::step> out;
    auto const* const list = from.find(part);
    if (list == nullptr) return out;
    for (auto const& item : list->items) {
        if (!item.is_bad) out.push_back(compile_step(c, item, part));
    }
    return out;
}

} // namespace watertight::scenario
