#include "harness/drill/comparison.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace watertight::drill {

static constexpr std::size_t keys_named_max = 3;
static constexpr std::size_t tenants_told_max = 5;

// Keys that stand for many: "(17), (18), (19) and 4 more".
static std::string named(std::vector<std::string> const& keys)
{
    auto const shown = std::min(keys.size(), keys_named_max);
    auto out = join({keys.data(), shown}, ", ");
    if (keys.size() > shown) out += fmt::format(" and {} more", keys.size() - shown);
    return out;
}

struct row_changes {
    std::vector<std::string> lost;
    std::vector<std::string> changed;
    /// Those of the changed that another tenant has now.
    std::vector<std::string> moved;
    /// New rows that hold what one of before holds, in all but the key: "(500), as (7)".
    std::vector<std::string> repeated;
    /// New rows that the forward steps made, and nothing else does.
    std::vector<std::string> left_over;
    /// Of those that changed: as they did under the same traffic before the first step.
    std::uint64_t explained = 0;
    std::uint64_t added = 0;
};

// Where fewer rows than this tell one another apart, that may be chance: a log of events, say.
static constexpr std::size_t distinct_rows_min = 5;

// What identifies a row of before by all but its key: whose it is, and what it holds. Nothing where
// more than a few rows of before hold the same.
static std::map<std::pair<tenant_value, std::string>, std::string> bodies_of(table_contents const& t
)
{
    std::map<std::pair<tenant_value, std::string>, std::string> out;
    std::set<std::pair<tenant_value, std::string>> several;
    if (t.rows.size() < distinct_rows_min) return out;
    for (auto const& [key, row] : t.rows) {
        if (row.body.empty()) return {};
        std::pair what{row.tenant, row.body};
        if (!out.emplace(what, key).second) several.insert(std::move(what));
    }
    for (auto const& what : several) out.erase(what);
    if ((t.rows.size() - out.size()) * 20 > t.rows.size()) return {};
    return out;
}

static std::vector<std::string> repeated(table_contents const& before, table_contents const& after)
{
    std::vector<std::string> out;
    auto const bodies = bodies_of(before);
    if (bodies.empty()) return out;
    for (auto const& [key, row] : after.rows) {
        if (before.rows.contains(key)) continue;
        auto const at = bodies.find({row.tenant, row.body});
        auto const still_there = at != bodies.end() && after.rows.contains(at->second);
        if (still_there) out.push_back(fmt::format("{}, as {}", key, at->second));
    }
    return out;
}

static row_changes
changes(table_contents const& before, table_contents const& after, table_lore const& traffic)
{
    row_changes out;
    auto const knows_tenants =
        !before.whole.tenant_by.empty() && before.whole.tenant_by == after.whole.tenant_by;
    for (auto const& [key, old] : before.rows) {
        auto const now = after.rows.find(key);
        if (now == after.rows.end()) {
            out.lost.push_back(key);
        } else if (now->second.tenant != old.tenant) {
            out.changed.push_back(key);
            if (knows_tenants) out.moved.push_back(key);
        } else if (now->second.hash != old.hash) {
            if (traffic.explains(key, old)) {
                ++out.explained;
            } else {
                out.changed.push_back(key);
            }
        }
    }
    out.added = after.rows.size() - (before.rows.size() - out.lost.size());
    out.repeated = repeated(before, after);
    for (auto const& key : traffic.made_by_steps) {
        if (after.rows.contains(key) && !before.rows.contains(key)) out.left_over.push_back(key);
    }
    return out;
}

struct tenant_change {
    std::string name;
    std::uint64_t before = 0;
    std::uint64_t after = 0;
};

static std::string shown(tenant_value const& tenant)
{
    return tenant ? (tenant->empty() ? "(empty)" : *tenant) : "no tenant (NULL)";
}

// The tenants whose rows are not what they were, the drill's own writes aside.
static std::vector<tenant_change> by_tenant(
    std::map<tenant_value, row_sums> const& before,
    std::map<tenant_value, row_sums> after,
    std::map<tenant_value, row_sums> const& written
)
{
    for (auto const& [tenant, sums] : written) after[tenant] -= sums;
    std::vector<tenant_change> out;
    for (auto const& [tenant, sums] : before) {
        auto const now = after[tenant];
        if (now != sums) out.push_back({shown(tenant), sums.rows, now.rows});
        after.erase(tenant);
    }
    for (auto const& [tenant, sums] : after) {
        if (sums != row_sums{}) out.push_back({shown(tenant), 0, sums.rows});
    }
    return out;
}

static std::string tenants_note(std::vector<tenant_change> const& all)
{
    std::vector<std::string> texts;
    for (auto const& t : all) {
        if (texts.size() == tenants_told_max) break;
        texts.push_back(
            t.before == t.after ? fmt::format("{} changed, of {}", t.name, plural(t.after, "row"))
                                : fmt::format("{} {} -> {}", t.name, t.before, t.after)
        );
    }
    auto out = "by tenant: " + join(texts, ", ");
    if (all.size() > texts.size()) out += fmt::format(" and {} more", all.size() - texts.size());
    return out;
}

static std::string
column_difference(std::vector<std::string> const& before, std::vector<std::string> const& after)
{
    std::vector<std::string> gone;
    std::vector<std::string> come;
    std::ranges::set_difference(before, after, std::back_inserter(gone));
    std::ranges::set_difference(after, before, std::back_inserter(come));
    std::string out = "columns differ:";
    if (!gone.empty()) out += " missing " + join(gone, ", ");
    if (!gone.empty() && !come.empty()) out += ";";
    if (!come.empty()) out += " left over " + join(come, ", ");
    return out;
}

static std::string added_note(std::uint64_t added, std::uint64_t writes_sent)
{
    if (writes_sent == 0) return plural(added, "row") + " more, though the drill wrote nothing";
    return fmt::format(
        "{} more, written during the drill ({})", plural(added, "row"), plural(writes_sent, "write")
    );
}

static void
judge_rows(verdict::drill_fingerprint& out, row_changes const& found, std::uint64_t writes_sent)
{
    std::vector<std::string> notes;
    if (!found.lost.empty()) {
        notes.push_back(plural(found.lost.size(), "row") + " lost: " + named(found.lost));
    }
    if (!found.changed.empty()) {
        notes.push_back(plural(found.changed.size(), "row") + " changed: " + named(found.changed));
    }
    if (!found.moved.empty()) {
        notes.push_back("of another tenant now: " + named(found.moved));
    }
    if (!found.repeated.empty()) {
        notes.push_back(
            plural(found.repeated.size(), "row") + " there twice: " + named(found.repeated)
        );
    }
    if (!found.left_over.empty()) {
        notes.push_back(
            plural(found.left_over.size(), "row") +
            " left over that the forward steps made: " + named(found.left_over)
        );
    }
    out.equal = notes.empty() && (found.added == 0 || writes_sent > 0);
    if (found.explained > 0) {
        notes.push_back(
            plural(found.explained, "row") + " changed, as under the same traffic before the drill"
        );
    }
    if (found.added > 0) notes.push_back(added_note(found.added, writes_sent));
    out.note = join(notes, "; ");
}

// Rows that were not kept: only sums are compared, less what the drill is known to have written.
static void
judge_sums(verdict::drill_fingerprint& out, table_contents const& before, table_contents const& now)
{
    auto less_own = now.whole.all;
    less_own -= now.written.all;
    auto was = before.whole.all;
    was -= before.written.all;
    out.equal = less_own == was;
    auto const n = now.written.all.rows;
    if (out.equal) {
        out.note = plural(n, "row") + " more, with canaries of the drill's traffic";
    } else {
        out.note = "digests differ; too many rows to be compared one by one";
        if (n > 0) out.note += fmt::format(" ({} of the drill's own left out)", n);
    }
}

static verdict::drill_fingerprint compare_table(
    std::string const& name,
    table_contents const& before,
    table_contents const& after,
    std::uint64_t writes_sent,
    table_lore const& traffic
)
{
    verdict::drill_fingerprint out;
    out.object = name;
    out.rows_before = before.whole.all.rows;
    out.rows_after = after.whole.all.rows;
    if (before.whole.columns != after.whole.columns) {
        out.note = column_difference(before.whole.columns, after.whole.columns);
        return out;
    }
    out.equal = before.whole.all == after.whole.all;
    if (out.equal) return out;
    if (before.has_rows && after.has_rows) {
        judge_rows(out, changes(before, after, traffic), writes_sent);
    } else {
        judge_sums(out, before, after);
    }
    if (!after.excuse.empty()) {
        out.note += " (" + after.excuse + ")";
        out.equal = true;
    }
    if (out.equal || before.whole.tenant_by.empty()) return out;
    auto const tenants =
        by_tenant(before.whole.tenants, after.whole.tenants, after.written.tenants);
    if (!tenants.empty()) out.note += "; " + tenants_note(tenants);
    return out;
}

// A family without keys or files, beside which one that has some is compared.
static table_contents emptied(table_contents const& other)
{
    table_contents out;
    out.has_rows = true;
    out.is_family = true;
    out.excuse = other.excuse;
    out.whole.tenant_by = other.whole.tenant_by;
    return out;
}

std::vector<verdict::drill_fingerprint>
compare(contents const& before, contents const& after, std::uint64_t writes_sent)
{
    return compare(before, after, writes_sent, {});
}

std::vector<verdict::drill_fingerprint> compare(
    contents const& before, contents const& after, std::uint64_t writes_sent, lore const& traffic
)
{
    std::vector<verdict::drill_fingerprint> out;
    for (auto const& [name, old] : before) {
        auto const now = after.find(name);
        auto const known = traffic.find(name);
        auto const& about = known == traffic.end() ? table_lore{} : known->second;
        if (now != after.end()) {
            out.push_back(compare_table(name, old, now->second, writes_sent, about));
        } else if (old.is_family) {
            out.push_back(compare_table(name, old, emptied(old), writes_sent, about));
        } else {
            auto const excused = !old.excuse.empty();
            out.push_back({name, old.whole.all.rows, 0, excused, "the table is gone", {}});
        }
    }
    for (auto const& [name, now] : after) {
        if (before.contains(name)) continue;
        // Of a kind that the old system's traffic makes, or made by the traffic itself.
        auto const known = traffic.find(name);
        auto const is_usual = known != traffic.end() && known->second.adds;
        auto const is_own = now.has_rows && std::ranges::all_of(now.rows, [](auto const& row) {
                                return row.second.is_own;
                            });
        if (now.is_family && (is_usual || is_own)) {
            out.push_back(compare_table(name, emptied(now), now, writes_sent, {}));
            continue;
        }
        auto const excused = !now.excuse.empty();
        out.push_back(
            {name, 0, now.whole.all.rows, excused, "left over: it was not there before", {}}
        );
    }
    return out;
}

} // namespace watertight::drill
