// What a target does beside answering requests: deliveries, logs, backups, work for all tenants.
#include "harness/scenario/compile.hpp"
#include "harness/scenario/sentences.hpp"

#include <boost/regex.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace watertight::scenario {

namespace {

/// A request whose captures only the requests beside it can use.
target::operation
compile_beside(compiler& c, node const& from, std::string_view key, std::string name)
{
    auto const* const value = from.find(key);
    if (value == nullptr || value->is_bad) return {};
    return compile_operation(c, *value, {std::move(name), slot_scope::free, {}, &c.known.free});
}

std::vector<std::string> created_resources(compiler const& c)
{
    std::vector<std::string> out;
    for (auto const& r : c.out.target.resources) {
        if (r.create) out.push_back(r.name);
    }
    return out;
}

void check_sink(compiler& c, node const& at, target::operation const& op)
{
    if (at.is_bad || op.mentions("sink.url")) return;
    c.fault(at, dotted(at.pointer) + " names no {sink.url}: nothing would be delivered");
}

void check_tenant_of_line(compiler& c, node const& at)
{
    if (at.is_bad || at.text.starts_with('/')) return;
    try {
        boost::regex const compiled{at.text};
        if (compiled.mark_count() >= 1) return;
        c.fault(at, dotted(at.pointer) + " has no group that would be the tenant");
    } catch (boost::regex_error const& e) {
        c.fault(at, fmt::format("{} is no regular expression: {}", dotted(at.pointer), e.what()));
    }
}

} // namespace

void compile_webhooks(compiler& c, node const& from)
{
    c.known.free.insert("sink.url");
    for (auto const& m : from.members) {
        auto const* const subscribe = m.value.find("subscribe");
        auto const* const follows = m.value.find("follows");
        if (m.value.is_bad || subscribe == nullptr || follows == nullptr) continue;
        target::webhook out;
        out.name = m.key;
        out.place = c.place(m.value);
        auto const place = "webhooks." + m.key;
        out.subscribe = compile_beside(c, m.value, "subscribe", place + ".subscribe");
        check_sink(c, *subscribe, out.subscribe);
        if (m.value.find("remove") != nullptr) {
            out.remove = compile_beside(c, m.value, "remove", place + ".remove");
        }
        out.follows = follows->text;
        check_name(c, *follows, out.follows, created_resources(c), "resource with `create`");
        out.within = duration_of(m.value, "within").value_or(std::chrono::seconds{2});
        out.retries = flag_of(m.value, "retries");
        c.out.promised.webhooks.push_back(std::move(out));
    }
}

void compile_logs(compiler& c, node const& from)
{
    for (auto const& m : from.members) {
        auto const* const tenant = m.value.find("tenant");
        if (m.value.is_bad || tenant == nullptr) continue;
        target::log_file out;
        out.name = m.key;
        out.place = c.place(m.value);
        // An empty name switches the log off, as an empty URL does a store.
        auto const file = text_of(m.value, "file");
        if (file.empty()) continue;
        out.file = c.resolve(file);
        out.tenant_at = tenant->text;
        check_tenant_of_line(c, *tenant);
        if (auto const* const value = m.value.find("value")) {
            out.tenant = c.text(*value, target::escape::none, slot_scope::tenant);
        } else {
            out.tenant = target::template_text::compile("{tenant.id}", target::escape::none);
        }
        out.within = duration_of(m.value, "within").value_or(std::chrono::seconds{1});
        c.out.promised.logs.push_back(std::move(out));
    }
}

void compile_backup(compiler& c, node const& from)
{
    target::backup_promise out;
    out.place = c.place(from);
    out.take = compile_beside(c, from, "take", "backup.take");
    out.restore = compile_beside(c, from, "restore", "backup.restore");
    if (out.take.name.empty() || out.restore.name.empty()) return;
    c.out.promised.backup = std::move(out);
}

void compile_sweeps(compiler& c, node const& from)
{
    for (auto const& m : from.members) {
        auto const* const leaves = m.value.find("leaves_in");
        if (m.value.is_bad || leaves == nullptr) continue;
        target::sweep out;
        out.name = m.key;
        out.place = c.place(m.value);
        out.run = compile_beside(c, m.value, "run", "sweeps." + m.key);
        out.leaves_in = leaves->text;
        check_name(c, *leaves, out.leaves_in, request_names(c), "operation");
        c.out.promised.sweeps.push_back(std::move(out));
    }
}

void compile_impersonate(compiler& c, node const& from)
{
    if (from.is_bad) return;
    c.out.promised.impersonate =
        compile_operation(c, from, {"impersonate", slot_scope::free, {}, &c.known.free});
}

} // namespace watertight::scenario
