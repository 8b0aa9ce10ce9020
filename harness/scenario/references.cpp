#include "harness/scenario/compile.hpp"
#include "harness/scenario/sentences.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace watertight::scenario {

namespace {

std::vector<std::string> sender_names(compiler const& c)
{
    std::vector<std::string> out{"anonymous"};
    for (auto const& credential : c.out.target.credentials) out.push_back(credential.name);
    for (auto const& user : c.out.tenants.users) out.push_back(user.role);
    return out;
}

void check_senders(compiler& c)
{
    auto const known = sender_names(c);
    for (auto const& [name, at] : c.senders) {
        // Who the users of a file are is known when it is read.
        auto const may_be_in_file = !c.out.tenants.from_file.empty() && c.out.tenants.users.empty();
        if (may_be_in_file || std::ranges::find(known, name) != known.end()) continue;
        if (name == "admin") {
            c.fault(
                *at,
                fmt::format(
                    "{} is admin, but target.auth.admin gives no credentials", dotted(at->pointer)
                )
            );
            continue;
        }
        c.fault(
            *at,
            fmt::format(
                "{} is {}, which is neither a role of tenants.users nor in target.auth{}",
                dotted(at->pointer),
                name,
                suggestion(name, known)
            )
        );
    }
}

/// What is fingerprinted, backed up or restored is no statement's store.
static bool is_looked_at(std::string_view pointer)
{
    static constexpr std::string_view ends[] = {
        "/backup", "/backup/store", "/restore", "/restore/store"};
    return pointer.starts_with("/drill/fingerprint") ||
           std::ranges::any_of(ends, [&](auto const end) { return pointer.ends_with(end); });
}

bool takes_no_sql(node const& store)
{
    static constexpr std::string_view kinds[] = {"mongo", "redis", "files"};
    return std::ranges::any_of(kinds, [&](auto const k) { return store.find(k) != nullptr; });
}

void check_stores(compiler& c, node const& root)
{
    std::vector<std::string> known;
    std::vector<std::string> documents;
    auto const* const stores = root.find("stores");
    if (stores != nullptr) {
        for (auto const& m : stores->members) {
            known.push_back(m.key);
            if (m.key == "mongo" || m.key == "redis" || takes_no_sql(m.value))
                documents.push_back(m.key);
        }
    }
    for (auto const& [name, at] : c.stores) {
        if (std::ranges::find(known, name) != known.end()) {
            // These can be fingerprinted, but understand no SQL.
            auto const takes_sql = std::ranges::find(documents, name) == documents.end();
            if (takes_sql || is_looked_at(at->pointer)) continue;
            c.fault(*at, fmt::format("{}: the store {} takes no SQL", dotted(at->pointer), name));
            continue;
        }
        c.fault(
            *at,
            fmt::format(
                "{} needs the store {}, which stores does not describe{}",
                dotted(at->pointer),
                name,
                suggestion(name, known)
            )
        );
    }
}

/// What can fill a slot, by its full name.
std::vector<std::string> names_in(known_slots const& known, slot_use const& use)
{
    std::vector<std::string> out{
        "run",
        "tenant.index",
        "tenant.canary",
        "tenant.slug",
        "tenant.name",
        "tenant.plan",
        "user.index",
        "user.role",
    };
    for (auto const& name : known.tenant) out.push_back("tenant." + name);
    for (auto const& name : known.user) out.push_back("user." + name);
    for (auto const& name : known.user) out.push_back("sender." + name);
    if (use.where == slot_scope::tenant || use.where == slot_scope::user) return out;
    out.insert(out.end(), {"canary", "canary.number", "serial", "serial.date"});
    if (use.where == slot_scope::free) {
        out.insert(out.end(), known.free.begin(), known.free.end());
        return out;
    }
    auto const add = [&](std::string const& resource, std::string const& prefix) {
        auto const found = known.objects.find(resource);
        if (found == known.objects.end()) return;
        for (auto const& name : found->second) out.push_back(prefix + name);
    };
    if (use.where == slot_scope::object) {
        add(use.resource, "");
        add(use.resource, "object.");
        out.insert(out.end(), {"object.canary", "object.canary.number", "object.serial"});
    }
    // What an object captured goes down to all that lies below it: {parent.parent.id}.
    std::string prefix = "parent.";
    auto above = known.parents.find(use.resource);
    if (above != known.parents.end()) {
        out.insert(out.end(), {"parent.canary", "parent.canary.number", "parent.serial"});
    }
    for (std::size_t i = 0; i < known.parents.size() && above != known.parents.end(); ++i) {
        add(above->second, prefix);
        prefix += "parent.";
        above = known.parents.find(above->second);
    }
    return out;
}

/// {basic.user.email.user.password} needs both of its parts; anything else is itself.
std::vector<std::string> parts_of(std::string const& slot)
{
    if (!slot.starts_with("basic.")) return {slot};
    for (auto at = slot.find('.', 6); at != std::string::npos; at = slot.find('.', at + 1)) {
        auto const rest = slot.substr(at + 1);
        auto const begins = [&](char const* what) { return rest.starts_with(what); };
        if (begins("user.") || begins("tenant.") || begins("fixed.")) {
            return {slot.substr(6, at - 6), rest};
        }
    }
    return {slot};
}

bool is_open(known_slots const& known, std::string_view name)
{
    return (known.is_tenant_open && name.starts_with("tenant.")) ||
           (known.is_user_open && (name.starts_with("user.") || name.starts_with("sender.")));
}

void check_use(compiler& c, slot_use const& use)
{
    if (use.at->is_bad) return;
    auto const known = names_in(c.known, use);
    for (auto const& piece : use.text.pieces()) {
        if (piece.slot.empty()) continue;
        for (auto const& name : parts_of(piece.slot)) {
            if (name.starts_with("padding.") || name.starts_with("fixed.")) continue;
            if (is_open(c.known, name) || std::ranges::find(known, name) != known.end()) continue;
            c.fault(
                *use.at,
                fmt::format(
                    "{}: nothing fills {{{}}}{}",
                    dotted(use.at->pointer),
                    name,
                    suggestion(name, known)
                )
            );
        }
    }
}

/// Only what sends to stores alone can do without a target.
void check_address(compiler& c, node const& root)
{
    auto const member_of = [](node const& n, std::string_view key) -> node const* {
        auto const found = std::ranges::find(n.members, key, &member::key);
        return found == n.members.end() ? nullptr : &found->value;
    };
    auto const* const at = member_of(root, "target");
    if (at != nullptr && (at->is_bad || member_of(*at, "url") || member_of(*at, "lab"))) return;
    auto const& model = c.out.target;
    auto const has_store = model.postgres || model.redis || model.mongo;
    auto const sends_requests =
        !all_operations(c.out).empty() || !c.out.drill.empty() || !has_store;
    if (!sends_requests) return;
    std::vector<std::string> const either{"url", "lab"};
    at == nullptr ? c.fault(root, lacks(root, "target")) : c.fault(*at, lacks_all(*at, either));
}

} // namespace

void check_slots(compiler& c)
{
    for (auto const& use : c.uses) check_use(c, use);
}

void check_references(compiler& c, node const& root)
{
    check_senders(c);
    check_stores(c, root);
    check_address(c, root);
    check_slots(c);
}

std::vector<target::operation const*> all_operations(scenario const& s)
{
    std::vector<target::operation const*> out;
    auto const add = [&out](std::optional<target::operation> const& op) {
        if (op) out.push_back(&*op);
    };
    add(s.target.health);
    auto const add_all = [&out](std::vector<target::operation> const& list) {
        for (auto const& op : list) out.push_back(&op);
    };
    add(s.tenants.create);
    add_all(s.tenants.create_then);
    for (auto const& user : s.tenants.users) {
        add(user.create);
        add_all(user.create_then);
    }
    add_all(s.target.login.before_login);
    add_all(s.target.login.after_login);
    add(s.target.login.login);
    add(s.target.login.refresh);
    for (auto const& r : s.target.resources) {
        for (auto const* const op : {&r.create, &r.read, &r.list, &r.update}) add(*op);
        for (auto const& op : r.others) out.push_back(&op);
        add(r.remove);
    }
    for (auto const& op : s.target.operations) out.push_back(&op);
    for (auto const& quota : s.promised.quotas) {
        for (auto const& op : quota.tenant.prepare) out.push_back(&op);
    }
    for (auto const& feature : s.promised.plans.features) out.push_back(&feature.request);
    for (auto const& limit : s.promised.plans.limits) out.push_back(&limit.request);
    if (s.promised.plans.change) out.push_back(&s.promised.plans.change->request);
    for (auto const& stream : s.target.streams) {
        for (auto const& op : stream.before) out.push_back(&op);
        out.push_back(&stream.open);
        for (auto const& op : stream.subscribe) out.push_back(&op);
    }
    for (auto const& hook : s.promised.webhooks) {
        out.push_back(&hook.subscribe);
        add(hook.remove);
    }
    if (s.promised.backup) {
        out.push_back(&s.promised.backup->take);
        out.push_back(&s.promised.backup->restore);
    }
    for (auto const& sweep : s.promised.sweeps) out.push_back(&sweep.run);
    add(s.promised.impersonate);
    add(s.tenants.suspend);
    add(s.tenants.cancel);
    add(s.tenants.reactivate);
    add(s.tenants.remove);
    add_all(s.tenants.remove_then);
    return out;
}

std::vector<std::string> operation_names(scenario const& s)
{
    std::vector<std::string> out;
    for (auto const& r : s.target.resources) {
        for (auto const* const op : {&r.create, &r.read, &r.list, &r.update, &r.remove}) {
            if (*op) out.push_back((*op)->name);
        }
        for (auto const& op : r.others) out.push_back(op.name);
    }
    for (auto const& op : s.target.operations) out.push_back(op.name);
    for (auto const* const op : store_operations(s)) out.push_back(op->full_name());
    return out;
}

std::vector<target::store_operation const*> store_operations(scenario const& s)
{
    std::vector<target::store_operation const*> out;
    auto const add = [&out](auto const& store) {
        if (!store) return;
        for (auto const& op : store->operations) out.push_back(&op);
    };
    add(s.target.postgres);
    add(s.target.redis);
    return out;
}

} // namespace watertight::scenario
