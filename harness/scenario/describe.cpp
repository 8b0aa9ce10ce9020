#include "harness/base/text.hpp"
#include "harness/scenario/compile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace watertight::scenario {

namespace {

std::string duration_in_words(std::chrono::nanoseconds d)
{
    auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
    if (ms % 60'000 == 0 && ms > 0) return fmt::format("{} min", ms / 60'000);
    return ms % 1000 == 0 ? fmt::format("{} s", ms / 1000) : fmt::format("{} ms", ms);
}

std::string
requests_in_words(target::operation const& first, std::vector<target::operation> const& further)
{
    if (further.empty()) return first.channel();
    return fmt::format("{} and {} after it", first.channel(), plural(further.size(), "request"));
}

std::string origin_of(tenants::plan const& p)
{
    if (!p.from_file.empty()) return "which exist (" + p.from_file + ")";
    if (p.create) return "made by " + requests_in_words(*p.create, p.create_then);
    if (p.create_sql) return "made by SQL on " + p.create_sql->store;
    if (p.create_command) return "made by a command";
    return "which come with their users";
}

std::string removal_of(tenants::plan const& p)
{
    if (p.remove) return "removed by " + requests_in_words(*p.remove, p.remove_then);
    if (p.remove_sql) return "removed by SQL on " + p.remove_sql->store;
    if (p.remove_command) return "removed by a command";
    return p.from_file.empty() ? "removed object by object" : "left in place";
}

std::string users_of(tenants::plan const& p)
{
    std::vector<std::string> roles;
    for (auto const& u : p.users) {
        if (u.count > 0) roles.push_back(fmt::format("{} {}", u.count, u.role));
    }
    return roles.empty() ? "users as the file has them" : join(roles, " + ") + " in each";
}

void tenants_in_words(std::string& out, tenants::plan const& p)
{
    auto const number = p.from_file.empty() ? plural(p.count, "tenant")
                                            : fmt::format("up to {}", plural(p.count, "tenant"));
    out += fmt::format("tenants     {}, {}; {}\n", number, origin_of(p), users_of(p));
    if (!p.mix.empty()) {
        std::vector<std::string> shares;
        for (auto const& [plan, share] : p.mix) {
            shares.push_back(fmt::format("{} {:.4g}%", plan, share * 100));
        }
        out += fmt::format("            plans: {}\n", join(shares, ", "));
    }
    out += fmt::format("            {}\n", removal_of(p));
}

void target_in_words(std::string& out, scenario const& s)
{
    auto const& m = s.target;
    bool const is_none = all_operations(s).empty() && !store_operations(s).empty();
    auto const unknown = is_none ? "none; the stores alone" : "(address not known yet)";
    auto const where = m.base.host.empty() ? unknown : m.base.origin() + m.base_path;
    out += fmt::format("target      {}\n", where);
    if (!s.lab.empty()) out += fmt::format("            or the lab {} with --lab\n", s.lab);
    out += fmt::format("            may touch {}\n", join(m.allow.entries(), ", "));
    for (auto const& channel : m.identity) {
        out += fmt::format(
            "identity    {} = {}{}\n",
            channel.describe(),
            channel.value_pattern,
            channel.is_default ? "  (always sent)" : ""
        );
    }
}

std::string in_words(target::store_operation const& op)
{
    return op.on == target::store_operation::kind::postgres ? op.sql : words_of(op);
}

void operations_in_words(std::string& out, scenario const& s)
{
    for (auto const& r : s.target.resources) {
        std::vector<std::string> names;
        for (auto const* const op : {&r.create, &r.read, &r.list, &r.update, &r.remove}) {
            if (*op) names.push_back((*op)->name.substr(r.name.size() + 1));
        }
        for (auto const& op : r.others) names.push_back(op.name.substr(r.name.size() + 1));
        auto const made =
            r.create ? fmt::format("; {} for each {}", r.count, r.per_tenant ? "tenant" : "user")
                     : "; existing ones only";
        auto const under = r.parent.empty() ? "" : " under " + r.parent;
        out += fmt::format("resource    {}{}: {}{}\n", r.name, under, join(names, ", "), made);
    }
    for (auto const& op : s.target.operations) {
        out += fmt::format("operation   {}: {}\n", op.name, op.channel());
    }
    for (auto const& stream : s.target.streams) {
        out += fmt::format(
            "stream      {}: {}, follows {}\n",
            stream.open.name.substr(stream.open.name.find('.') + 1),
            stream.open.channel(),
            stream.follows
        );
    }
    for (auto const* const op : store_operations(s)) {
        out += fmt::format("operation   {}: {}\n", op->full_name(), in_words(*op));
    }
}

std::string loop_in_words(traffic::phase const& p)
{
    if (auto const* const open = std::get_if<traffic::open_loop>(&p.loop)) {
        auto const end = open->rate_per_s_end == open->rate_per_s
                             ? std::string{}
                             : fmt::format(" to {:.4g}/s", open->rate_per_s_end);
        return fmt::format("open loop, {:.4g}/s{}", open->rate_per_s, end);
    }
    auto const& closed = std::get<traffic::closed_loop>(p.loop);
    return fmt::format(
        "closed loop, {}, {} between requests",
        plural(closed.users, "user"),
        duration_in_words(closed.think)
    );
}

void work_in_words(std::string& out, scenario const& s)
{
    for (auto const& p : s.phases) {
        out += fmt::format(
            "traffic     {} for {}: {}{}\n",
            p.name,
            duration_in_words(p.duration),
            loop_in_words(p),
            p.warm_up ? " (warm-up)" : ""
        );
    }
    out += fmt::format("probes      {}", join(s.probes.include, ", "));
    if (!s.probes.exclude.empty()) out += fmt::format(" without {}", join(s.probes.exclude, ", "));
    out += '\n';
    for (auto const& e : s.experiments) {
        out += fmt::format(
            "experiment  {}: {} of {}, {}\n",
            e.name,
            plural(4 * e.rounds, "block"),
            duration_in_words(e.load.duration),
            loop_in_words(e.load)
        );
    }
    if (!s.drill.empty()) {
        out += fmt::format(
            "drill       {} forward, {} to roll back\n",
            plural(s.drill.forward.size(), "step"),
            s.drill.rollback.size()
        );
    }
}

void criteria_in_words(std::string& out, scenario const& s)
{
    std::size_t width = 0;
    for (auto const& c : s.criteria) width = std::max(width, c.id.size());
    for (auto const& c : s.criteria) {
        auto const what = c.require ? c.require->text() : "to be attested: " + c.attest;
        out += fmt::format("criterion   {:<{}}  {}", c.id, width, what);
        if (!c.answers.empty()) out += fmt::format("  ({})", c.answers);
        out += '\n';
    }
    for (auto const& w : s.waivers) {
        out += fmt::format("waiver      {} until {}: {}\n", w.finding, w.until, w.because);
    }
}

} // namespace

std::string describe(scenario const& s)
{
    auto out = fmt::format("scenario    {} ({})\n", s.name, s.file);
    target_in_words(out, s);
    tenants_in_words(out, s.tenants);
    operations_in_words(out, s);
    for (auto const& [name, url] : s.store_urls) out += fmt::format("store       {}\n", name);
    work_in_words(out, s);
    criteria_in_words(out, s);
    return out;
}

} // namespace watertight::scenario
