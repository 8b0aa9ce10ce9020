#include "harness/drill/comparison.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::drill {

static constexpr std::size_t keys_named_max = 3;

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
    std::uint64_t added = 0;
};

static row_changes changes(table_contents const& before, table_contents const& after)
{
    row_changes out;
    for (auto const& [key, hash] : before.rows) {
        auto const now = after.rows.find(key);
        if (now == after.rows.end()) {
            out.lost.push_back(key);
        } else if (now->second != hash) {
            out.changed.push_back(key);
        }
    }
    out.added = after.rows.size() - (before.rows.size() - out.lost.size());
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
    out.equal = notes.empty() && (found.added == 0 || writes_sent > 0);
    if (found.added > 0) notes.push_back(added_note(found.added, writes_sent));
    out.note = join(notes, "; ");
}

static verdict::drill_fingerprint compare_table(
    std::string const& name,
    table_contents const& before,
    table_contents const& after,
    std::uint64_t writes_sent
)
{
    verdict::drill_fingerprint out;
    out.object = name;
    out.rows_before = before.whole.rows;
    out.rows_after = after.whole.rows;
    if (before.whole.columns != after.whole.columns) {
        out.note = column_difference(before.whole.columns, after.whole.columns);
        return out;
    }
    if (before.whole.digest == after.whole.digest && out.rows_before == out.rows_after) {
        out.equal = true;
        return out;
    }
    if (before.has_rows && after.has_rows) {
        judge_rows(out, changes(before, after), writes_sent);
        return out;
    }
    out.note = "digests differ; too many rows to be compared one by one";
    return out;
}

std::vector<verdict::drill_fingerprint>
compare(contents const& before, contents const& after, std::uint64_t writes_sent)
{
    std::vector<verdict::drill_fingerprint> out;
    for (auto const& [name, old] : before) {
        auto const now = after.find(name);
        if (now != after.end()) {
            out.push_back(compare_table(name, old, now->second, writes_sent));
        } else {
            out.push_back({name, old.whole.rows, 0, false, "the table is gone"});
        }
    }
    for (auto const& [name, now] : after) {
        if (before.contains(name)) continue;
        out.push_back({name, 0, now.whole.rows, false, "left over: it was not there before"});
    }
    return out;
}

} // namespace watertight::drill
