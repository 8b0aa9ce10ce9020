#include "harness/drill/validator.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/comparison.hpp"
#include "harness/drill/report.hpp"
#include "harness/drill/standing.hpp"
#include "harness/drill/steps.hpp"
#include "harness/drill/stores.hpp"
#include "harness/probe/store_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace watertight::drill {

static constexpr std::size_t differences_told_max = 40;

validator::validator(
    plan const& p, surroundings& s, live_traffic const& traffic, learner const& learnt
)
    : plan_{p}, asked_{*p.validate}, around_{s}, traffic_{traffic}, learnt_{learnt}
{
}

void validator::add(std::string channel, std::string title, std::string detail, std::string what)
{
    auto f = make_finding("drill." + what, evidence::severity::critical, std::move(channel));
    f.title = std::move(title);
    f.cwe = "CWE-459";
    f.detail = std::move(detail);
    f.remedy = "Count what each statement of the migration changed against what it should have, "
               "in the same transaction, and rehearse it again.";
    found_.push_back(std::move(f));
}

// Where a table of before is after the migration.
static std::string now_called(validation const& asked, std::string const& table)
{
    auto const at = asked.renamed.find(table);
    return at == asked.renamed.end() ? table : at->second;
}

// By the names that the tables have now. What the steps make, they are meant to.
lore validator::lore_of(std::size_t site) const
{
    lore out;
    for (auto const& [table, known] : learnt_.of(site)) {
        auto& now = out[now_called(asked_, table)] = known;
        now.made_by_steps.clear();
    }
    return out;
}

static std::set<std::string> columns_of(table_contents const& t)
{
    if (!t.fields.empty()) return t.fields;
    return {t.whole.columns.begin(), t.whole.columns.end()};
}

// The columns of a table that stay; all of them if none is meant to go.
static std::set<std::string>
columns_that_stay(validation const& asked, std::string const& table, table_contents const& t)
{
    auto out = columns_of(t);
    for (auto const& column : columns_of(t)) {
        if (std::ranges::count(asked.dropped, table + "." + column) != 0) out.erase(column);
    }
    return out;
}

// What is meant to go, and is not there to begin with: a slip of the pen.
static std::string never_there(validation const& asked, std::vector<contents> const& all)
{
    std::set<std::string> known;
    for (auto const& site : all) {
        for (auto const& [name, table] : site) {
            known.insert(name);
            for (auto const& column : columns_of(table)) known.insert(name + "." + column);
        }
    }
    for (auto const& name : asked.dropped) {
        if (!known.contains(name)) return name;
    }
    return {};
}

asio::awaitable<result<void>> validator::look_before(std::vector<contents> const& all)
{
    auto const slip = never_there(asked_, all);
    if (!slip.empty()) {
        auto why = "drill.validate.dropped names " + slip + ", which is not there";
        co_return failure{errc::not_found, std::move(why), {}};
    }
    narrowed_.clear();
    narrowed_.resize(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto site = plan_.fingerprints[i];
        site.objects.clear();
        contents_options how;
        for (auto const& [name, table] : all[i]) {
            auto stay = columns_that_stay(asked_, name, table);
            if (stay.size() == columns_of(table).size()) continue;
            site.objects.push_back(name);
            how.only.emplace(name, std::move(stay));
        }
        if (site.objects.empty()) continue;
        auto taken = co_await take_contents(around_, std::move(site), std::move(how));
        if (taken.has_error()) co_return taken.error();
        narrowed_[i] = std::move(*taken);
    }
    co_return boost::system::in_place_value;
}

// What of before must be there after the migration.
contents validator::as_promised(std::size_t site, contents before)
{
    for (auto const& name : asked_.dropped) before.erase(name);
    static contents const nothing;
    auto const& shorter = site < narrowed_.size() ? narrowed_[site] : nothing;
    for (auto it = before.begin(); it != before.end();) {
        auto& [name, table] = *it;
        auto const loses = columns_that_stay(asked_, name, table).size() < columns_of(table).size();
        auto const kept = shorter.find(name);
        if (loses && kept == shorter.end()) {
            // A drill that was killed knows the rows with all their columns alone.
            notes_.push_back("rows not compared after the migration: " + name + " loses columns");
            it = before.erase(it);
            continue;
        }
        if (loses) table = kept->second;
        ++it;
    }
    return before;
}

asio::awaitable<void>
validator::look(std::vector<contents> const& before, std::map<std::string, catalogue> const& shapes)
{
    for (std::size_t i = 0; i < before.size(); ++i) {
        auto promised = as_promised(i, before[i]);
        co_await compare_data(i, std::move(promised));
    }
    co_await judge_promises(shapes);
    if (!asked_.repeat) co_return;
    co_await take_all(once_, shapes_once_);
    // What the traffic has made since goes on being changed by it.
    for (std::size_t i = 0; i < std::min(once_.size(), before.size()); ++i) {
        for (auto const& [table, was] : before[i]) {
            auto const now = once_[i].find(now_called(asked_, table));
            if (now == once_[i].end() || !was.has_rows) continue;
            std::erase_if(now->second.rows, [&](auto const& r) {
                return !was.rows.contains(r.first);
            });
        }
    }
}

// What had no tenant is given one: that is no change.
static void take_given_tenants(contents& before, contents const& now)
{
    for (auto& [table, was] : before) {
        auto const is = now.find(table);
        if (is == now.end()) continue;
        auto const is_other = was.whole.tenant_by != is->second.whole.tenant_by;
        for (auto& [key, row] : was.rows) {
            auto const at = is->second.rows.find(key);
            auto const is_given = is_other || !row.tenant;
            if (is_given && at != is->second.rows.end()) row.tenant = at->second.tenant;
        }
    }
}

// What was there is there, in the columns that it had.
asio::awaitable<void> validator::compare_data(std::size_t site, contents before)
{
    auto const& where = plan_.fingerprints[site];
    contents renamed;
    auto now_at = where;
    now_at.objects.clear();
    contents_options how;
    how.is_own = [this](std::string_view text) { return traffic_.wrote(text); };
    for (auto const& [table, was] : before) {
        auto const name = now_called(asked_, table);
        auto columns = columns_of(was);
        columns.erase(was.whole.tenant_by);
        auto copy = was;
        std::erase(copy.whole.columns, was.whole.tenant_by);
        renamed.emplace(name, std::move(copy));
        now_at.objects.push_back(name);
        how.only.emplace(name, std::move(columns));
    }
    if (renamed.empty()) co_return;
    auto const url = around_.store_urls.find(where.store);
    if (url != around_.store_urls.end()) {
        auto const kind = kind_of_url(url->second);
        if (kind == store_kind::redis || kind == store_kind::files) co_return;
    }
    auto const now = co_await take_contents(around_, now_at, how);
    if (now.has_error()) {
        found_.push_back(unverified(where.store, around_.secrets.redact(now.error().message)));
        co_return;
    }
    auto const original = renamed;
    take_given_tenants(renamed, *now);
    auto const sent = std::max<std::uint64_t>(traffic_.writes_sent(), 1);
    for (auto const& print : compare(renamed, *now, sent, lore_of(site))) {
        if (print.equal) continue;
        add(where.store + " " + print.object,
            "The migration did not keep what was there: " + print.object,
            fmt::format(
                "{} rows before, {} after the forward steps, in the columns of before: {}.",
                print.rows_before,
                print.rows_after,
                print.note
            ));
    }
    judge_default(where.store, original, *now);
    co_await judge_owners(where.store, where.tenant);
}

static std::string shares(table_fingerprint const& t)
{
    if (t.tenants.empty()) return "no rows";
    std::uint64_t all = 0;
    std::uint64_t least = t.tenants.begin()->second.rows;
    std::uint64_t most = 0;
    for (auto const& [tenant, sums] : t.tenants) {
        all += sums.rows;
        least = std::min(least, sums.rows);
        most = std::max(most, sums.rows);
    }
    if (t.tenants.size() == 1) {
        auto const& only = t.tenants.begin()->first;
        return fmt::format("{} rows, all of {}", all, only.value_or("nobody"));
    }
    return fmt::format("{} rows of {} tenants, {} to {} each", all, t.tenants.size(), least, most);
}

void validator::judge_default(std::string const& store, contents const& before, contents const& now)
{
    for (auto const& [table, is] : now) {
        if (is.whole.tenant_by.empty()) continue;
        notes_.push_back(fmt::format("after the migration {}: {}", table, shares(is.whole)));
        auto const was = before.find(table);
        if (asked_.default_tenant.empty() || was == before.end()) continue;
        std::vector<std::string> astray;
        for (auto const& [key, row] : was->second.rows) {
            auto const at = is.rows.find(key);
            auto const had_one = !was->second.whole.tenant_by.empty() && row.tenant.has_value();
            if (at == is.rows.end() || had_one) continue;
            if (at->second.tenant != asked_.default_tenant) astray.push_back(key);
        }
        if (astray.empty()) continue;
        auto const n = astray.size();
        astray.resize(std::min<std::size_t>(n, 3));
        add(store + " " + table,
            "Rows of before are not the default tenant's: " + table,
            fmt::format(
                "{} of those that had no tenant, the first of them {}.", n, join(astray, ", ")
            ),
            "default_tenant");
    }
}

asio::awaitable<void> validator::judge_owners(std::string store, std::string tenant)
{
    if (asked_.owned.empty()) co_return;
    census_options o{store, std::move(tenant)};
    auto const seen = co_await take_census(around_, std::move(o));
    if (seen.has_error()) {
        notes_.push_back("owners were not looked for in " + store);
        co_return;
    }
    for (auto const& table : asked_.owned) {
        auto const at = seen->tables.find(table);
        if (at == seen->tables.end()) continue;
        if (at->second.tenant_by.empty() && at->second.rows > 0) {
            auto whose = at->second;
            whose.tenant_by = "field for the tenant";
            found_.push_back(unowned(store, table, whose));
        } else if (at->second.without_tenant > 0) {
            found_.push_back(unowned(store, table, at->second));
        }
    }
}

static bool is_there(std::map<std::string, catalogue> const& shapes, std::string const& pattern)
{
    return std::ranges::any_of(shapes, [&](auto const& shape) {
        return std::ranges::any_of(shape.second.facts, [&](auto const& fact) {
            return probe::glob_matches(pattern, replace_all(fact.first, ": ", " "));
        });
    });
}

// A backfill that gave some rows another tenant than that of what they belong to.
void validator::judge_references(
    std::string const& store, catalogue const& now, std::map<std::string, catalogue> const& before
)
{
    auto const was = before.find(store);
    for (auto const& [fact, is] : now.facts) {
        if (!fact.starts_with(tenants_reference) || is != leads_astray) continue;
        auto const same = was != before.end() && was->second.facts.contains(fact) &&
                          was->second.facts.at(fact) == is;
        if (same) continue;
        auto const place = fact.substr(std::string_view{tenants_reference}.size());
        add(store + " " + place.substr(0, place.rfind('.')),
            "The migration leads rows to those of another tenant: " + place,
            fmt::format("Most rows of {} lead to a row of their own tenant, some do not.", place),
            "ownership");
    }
}

asio::awaitable<void> validator::judge_promises(std::map<std::string, catalogue> const& before)
{
    std::map<std::string, catalogue> shapes;
    co_await take_shapes(shapes);
    for (auto const& [store, shape] : shapes) judge_references(store, shape, before);
    for (auto const& fact : asked_.present) {
        if (is_there(shapes, fact)) continue;
        add("catalogue " + fact,
            "The migration promised what is not there: " + fact,
            "The forward steps succeeded, yet no store's catalogue has " + fact + ".");
    }
}

asio::awaitable<void>
validator::take_all(std::vector<contents>& data, std::map<std::string, catalogue>& shapes)
{
    contents_options how;
    how.is_own = [this](std::string_view text) { return traffic_.wrote(text); };
    for (auto site : plan_.fingerprints) {
        for (auto& name : site.objects) name = now_called(asked_, name);
        auto taken = co_await take_contents(around_, std::move(site), how);
        data.push_back(taken.has_value() ? std::move(*taken) : contents{});
    }
    co_await take_shapes(shapes);
}

asio::awaitable<void> validator::take_shapes(std::map<std::string, catalogue>& shapes)
{
    auto const elsewhere = stores_to_restore_into(plan_);
    for (auto const& [store, url] : around_.store_urls) {
        if (url.empty() || elsewhere.contains(store)) continue;
        auto read = co_await read_catalogue(url);
        if (read.has_value()) shapes.emplace(store, std::move(*read));
    }
}

asio::awaitable<void> validator::look_again()
{
    std::vector<contents> twice;
    std::map<std::string, catalogue> shapes;
    co_await take_all(twice, shapes);
    std::vector<std::string> lines;
    auto const writes = std::max<std::uint64_t>(traffic_.writes_sent(), 1);
    for (std::size_t i = 0; i < std::min(once_.size(), twice.size()); ++i) {
        for (auto const& print : compare(once_[i], twice[i], writes, lore_of(i))) {
            if (!print.equal) lines.push_back(print.object + ": " + print.note);
        }
    }
    for (auto const& [store, shape] : shapes_once_) {
        for (auto const& c : differences(shape, shapes[store], plan_.verify.exclude)) {
            lines.push_back(c.what + " " + c.how);
        }
    }
    if (lines.empty()) co_return;
    auto const n = lines.size();
    lines.resize(std::min(n, differences_told_max));
    add("drill forward again",
        "A second run of the migration changes something",
        fmt::format("{} after the second run:\n{}", plural(n, "difference"), join(lines, "\n")));
}

} // namespace watertight::drill
