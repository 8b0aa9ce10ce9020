#include "harness/base/units.hpp"
#include "harness/scenario/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

namespace watertight::scenario {

namespace {

using target::escape;
using target::template_text;

template_text
template_or(compiler& c, node const& from, std::string_view key, std::string_view fallback)
{
    auto const* const value = from.find(key);
    if (value != nullptr) return c.text(*value, escape::none, slot_scope::tenant);
    return template_text::compile(fallback, escape::none);
}

using attributes = std::vector<std::pair<std::string, template_text>>;

attributes
compile_attributes(compiler& c, node const& from, slot_scope where, std::set<std::string>& names)
{
    attributes out;
    auto const* const list = from.find("attributes");
    if (list == nullptr) return out;
    for (auto const& m : list->members) {
        names.insert(m.key);
        if (!m.value.is_bad) out.emplace_back(m.key, c.text(m.value, escape::none, where));
    }
    return out;
}

void compile_mix(compiler& c, node const& from)
{
    auto const* const mix = from.find("mix");
    if (mix == nullptr) return;
    double sum = 0;
    auto is_whole = true;
    for (auto const& m : mix->members) {
        auto const share = share_of(c, m.value);
        is_whole = is_whole && share;
        if (!share) continue;
        sum += *share;
        c.out.tenants.mix.emplace_back(m.key, *share);
    }
    // A tenth of a percent allows for thirds.
    if (is_whole && std::abs(sum - 1) > 0.001) {
        c.fault(
            *mix, fmt::format("tenants.mix adds up to {:.4g}%, but 100% was expected", sum * 100)
        );
    }
}

/// How tenants are made or removed: by request, SQL or command.
struct maker {
    std::optional<target::operation> call;
    std::vector<target::operation> then;
    std::optional<tenants::sql_step> sql;
    std::optional<tenants::command_step> command;
};

/// One request or a list of them. Each may use what those before it captured.
void compile_requests(compiler& c, node const& from, operation_owner const& owner, maker& out)
{
    if (from.items.empty()) {
        out.call = compile_operation(c, from, owner);
        return;
    }
    for (auto const& item : from.items) {
        if (item.is_bad) continue;
        if (!out.call) {
            out.call = compile_operation(c, item, owner);
            continue;
        }
        auto further = owner;
        further.name += fmt::format(".{}", out.then.size() + 2);
        out.then.push_back(compile_operation(c, item, further));
    }
}

maker compile_maker(compiler& c, node const& from, std::string const& name)
{
    maker out;
    if (auto const* const sql = from.find("sql")) {
        tenants::sql_step step{text_of(from, "store", "postgres"), {}, texts_of(from, "capture")};
        step.statement = c.text(*sql, escape::none, slot_scope::tenant);
        c.stores.push_back({step.store, from.find("store") == nullptr ? sql : from.find("store")});
        c.known.tenant.insert(step.capture.begin(), step.capture.end());
        out.sql = std::move(step);
    } else if (auto const* const command = from.find("command")) {
        tenants::command_step step;
        for (auto const& argument : command->items) {
            if (!argument.is_bad) {
                step.arguments.push_back(c.text(argument, escape::none, slot_scope::tenant));
            }
        }
        step.timeout = duration_of(from, "timeout").value_or(step.timeout);
        c.known.is_tenant_open = c.known.is_user_open = true;
        out.command = std::move(step);
    } else {
        compile_requests(c, from, {name, slot_scope::tenant, {}, &c.known.tenant}, out);
    }
    return out;
}

void compile_makers(compiler& c, node const& from)
{
    auto& plan = c.out.tenants;
    if (auto const* const create = from.find("create")) {
        auto made = compile_maker(c, *create, "tenants.create");
        plan.create = std::move(made.call);
        plan.create_then = std::move(made.then);
        plan.create_sql = std::move(made.sql);
        plan.create_command = std::move(made.command);
    }
    if (auto const* const remove = from.find("remove")) {
        auto made = compile_maker(c, *remove, "tenants.remove");
        plan.remove = std::move(made.call);
        plan.remove_then = std::move(made.then);
        plan.remove_sql = std::move(made.sql);
        plan.remove_command = std::move(made.command);
    }
    auto const state = [&](std::string_view key) {
        std::optional<target::operation> op;
        if (auto const* const value = from.find(key)) {
            op = compile_operation(
                c, *value, {fmt::format("tenants.{}", key), slot_scope::tenant, {}, &c.known.tenant}
            );
        }
        return op;
    };
    plan.suspend = state("suspend");
    plan.cancel = state("cancel");
    plan.reactivate = state("reactivate");
    auto const* const file = from.find("file");
    if (file == nullptr) return;
    plan.from_file = c.resolve(file->text);
    c.known.is_tenant_open = c.known.is_user_open = true;
    if (from.find("create") != nullptr) {
        c.fault(*file, "tenants has both create and file; tenants are made or exist already");
    }
    if (!std::filesystem::is_regular_file(plan.from_file) && !file->is_unset) {
        c.fault(*file, fmt::format("tenants.file: there is no file {}", plan.from_file));
    }
}

tenants::user_plan compile_user(compiler& c, node const& from)
{
    tenants::user_plan out;
    out.role = text_of(from, "role", "user");
    out.count = count_of(from, "count", 1);
    out.attributes = compile_attributes(c, from, slot_scope::user, c.known.user);
    out.made_with_tenant = flag_of(from, "made_with_tenant");
    if (auto const* const create = from.find("create")) {
        maker made;
        compile_requests(
            c,
            *create,
            {"tenants." + out.role + ".create", slot_scope::user, {}, &c.known.user},
            made
        );
        out.create = std::move(made.call);
        out.create_then = std::move(made.then);
    }
    return out;
}

/// `users_per_tenant` counts all users of a tenant; the last entry makes up the number.
void apply_total(compiler& c, node const& at, std::size_t total)
{
    auto& users = c.out.tenants.users;
    auto const others = std::accumulate(
        users.begin(),
        users.end() - 1,
        std::size_t{0},
        [](std::size_t sum, auto const& u) { return sum + u.count; }
    );
    if (total >= others) {
        users.back().count = total - others;
        return;
    }
    c.fault(
        at,
        fmt::format(
            "{} users a tenant are asked for, but the other entries of tenants.users make {} "
            "already",
            total,
            others
        )
    );
}

void compile_users(compiler& c, node const& from)
{
    auto& users = c.out.tenants.users;
    if (auto const* const list = from.find("users")) {
        for (auto const& item : list->items) {
            if (!item.is_bad) users.push_back(compile_user(c, item));
        }
    }
    auto const* const total = from.find("users_per_tenant");
    // A file says itself who its users are.
    if (users.empty() && (c.out.tenants.from_file.empty() || total != nullptr)) users.push_back({});
    if (users.empty()) return;
    if (c.options.users_per_tenant) {
        apply_total(c, total == nullptr ? from : *total, *c.options.users_per_tenant);
    } else if (total != nullptr) {
        apply_total(c, *total, count_of(from, "users_per_tenant", 1));
    }
}

void check_origin(compiler& c, node const& from)
{
    auto const& plan = c.out.tenants;
    auto const by_sign_up =
        std::ranges::any_of(plan.users, [](auto const& u) { return u.create.has_value(); });
    auto const& written = from.members;
    auto const is_said = std::ranges::any_of(written, [](member const& m) {
        return m.key == "create" || m.key == "file" || m.key == "users";
    });
    if (is_said || by_sign_up) return;
    c.fault(
        from,
        "tenants does not say where tenants come from: create (a request, SQL or a command), file "
        "(tenants that exist) or users with a create (sign-up) was expected"
    );
}

} // namespace

void compile_tenants(compiler& c, node const& from)
{
    auto& plan = c.out.tenants;
    plan.count = c.options.tenants.value_or(count_of(from, "count", plan.count));
    plan.slug = template_or(c, from, "slug", "wt-{run}-{tenant.index}");
    plan.name = template_or(c, from, "name", "{tenant.slug}");
    plan.attributes = compile_attributes(c, from, slot_scope::tenant, c.known.tenant);
    compile_mix(c, from);
    compile_makers(c, from);
    compile_users(c, from);
    check_origin(c, from);
    if (text_of(from, "on_failure") == "go_on") plan.failure_policy = tenants::on_failure::go_on;
    plan.concurrency = count_of(from, "concurrency", plan.concurrency);
}

} // namespace watertight::scenario
