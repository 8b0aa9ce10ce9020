#include "harness/drill/restored.hpp"

#include "harness/base/text.hpp"

#include <algorithm>
#include <array>

namespace watertight::drill {

static bool is_same(kept_row const& a, kept_row const& b)
{
    return a.hash == b.hash && a.tenant == b.tenant;
}

static kept_row const* find_row(table_contents const& t, std::string const& key)
{
    auto const at = t.rows.find(key);
    return at == t.rows.end() ? nullptr : &at->second;
}

// The rows as the backup may have them, given what was brought back: where nobody can know, that
// is right.
static std::map<std::string, kept_row> rows_to_expect(
    table_contents const& early,
    table_contents const& late,
    table_contents const& found,
    restore_setting const& how
)
{
    std::map<std::string, kept_row> out;
    bool has_removals = false;
    for (auto const& [key, row] : early.rows) {
        auto const* const then = find_row(late, key);
        auto const* const now = find_row(found, key);
        has_removals = has_removals || then == nullptr;
        auto const is_free = then == nullptr || !is_same(row, *then);
        auto const is_written_since = how.in_place && now != nullptr && now->is_own;
        if (now != nullptr && (is_free || is_written_since)) {
            out.emplace(key, *now);
        } else if (then != nullptr) {
            out.emplace(key, row);
        }
    }
    for (auto const& [key, row] : found.rows) {
        if (early.rows.contains(key)) continue;
        auto const came_meanwhile = late.rows.contains(key);
        auto const may_be_own = row.is_own && (how.in_place || has_removals);
        if (came_meanwhile || may_be_own) out.emplace(key, row);
    }
    return out;
}

std::vector<verdict::drill_fingerprint>
compare_restored(backed_up const& was, contents const& found, restore_setting const& how)
{
    contents expected;
    for (auto const& [name, early] : was.early) {
        auto const late = was.late.find(name);
        auto const now = found.find(name);
        auto& e = expected[name] = early;
        if (late == was.late.end() || now == found.end()) continue;
        if (!early.has_rows || !late->second.has_rows || !now->second.has_rows) continue;
        e.rows = rows_to_expect(early, late->second, now->second, how);
    }
    return compare(expected, found, how.in_place ? how.writes_sent : 0);
}

static contents rows_where(contents const& all, std::string const& tenant, bool is_theirs)
{
    contents out;
    for (auto const& [name, table] : all) {
        if (table.whole.tenant_by.empty() && is_theirs) continue;
        auto t = table;
        std::erase_if(t.rows, [&](auto const& row) {
            return (row.second.tenant == tenant) != is_theirs;
        });
        for (auto* const print : {&t.whole, &t.written}) {
            auto const at = print->tenants.find(tenant);
            auto const theirs = at == print->tenants.end() ? row_sums{} : at->second;
            if (is_theirs) {
                print->all = theirs;
                print->tenants = {{tenant, theirs}};
            } else {
                print->all -= theirs;
                print->tenants.erase(tenant);
            }
        }
        out.emplace(name, std::move(t));
    }
    return out;
}

contents rows_of(contents const& all, std::string const& tenant)
{
    return rows_where(all, tenant, true);
}

contents rows_of_others(contents const& all, std::string const& tenant)
{
    return rows_where(all, tenant, false);
}

std::string moved_to(std::string const& name, std::string const& into)
{
    return into.empty() ? name : into + name.substr(std::min(name.find('.'), name.size()));
}

contents moved_to(contents const& all, std::string const& into)
{
    contents out;
    for (auto const& [name, table] : all) out.emplace(moved_to(name, into), table);
    return out;
}

// Whether a fact of the catalogue is about one of the objects: itself, a part of it, an index on
// it, privileges on it.
static bool is_about(
    std::string_view kind,
    std::string_view subject,
    std::string const& definition,
    std::vector<std::string> const& objects
)
{
    auto const unquoted = replace_all(definition, "\"", "");
    return std::ranges::any_of(objects, [&](std::string const& named) {
        auto const object = named.find('.') == std::string::npos ? "public." + named : named;
        if (subject == object || subject.starts_with(object + ".")) return true;
        if (subject.starts_with(object + " of ")) return true;
        return kind == "index" && unquoted.find(" ON " + object + " ") != std::string::npos;
    });
}

static bool is_of_the_server(std::string_view kind, std::string_view subject)
{
    static constexpr std::array<std::string_view, 6> kinds{
        "role", "membership of", "settings of", "user", "account", "setting"};
    if (std::ranges::find(kinds, kind) != kinds.end()) return true;
    return kind == "privileges on" && subject.starts_with("database of ");
}

// What is asked for, by the names that it has after the move.
static catalogue part_of(catalogue const& all, shape_question const& q, bool is_moved)
{
    catalogue out;
    for (auto const& [fact, definition] : all.facts) {
        auto const colon = fact.find(": ");
        auto const kind = std::string_view{fact}.substr(0, colon);
        auto const subject = std::string_view{fact}.substr(colon + 2);
        if (q.elsewhere && is_of_the_server(kind, subject)) continue;
        auto objects = q.objects;
        if (is_moved) {
            for (auto& o : objects) o = moved_to(o, q.into);
        }
        if (!objects.empty() && !is_about(kind, subject, definition, objects)) continue;
        if (is_moved && !q.into.empty() && !subject.starts_with(q.into + ".")) continue;
        auto name = std::string{kind} + ": " + moved_to(std::string{subject}, q.into);
        out.facts.emplace(std::move(name), definition);
    }
    return out;
}

std::vector<catalogue_change>
compare_shape(catalogue const& was, catalogue const& found, shape_question const& q)
{
    auto exclude = q.exclude;
    // Rows are compared one by one.
    exclude.emplace_back("references of *");
    // The copy was made a moment before the look.
    exclude.emplace_back("position of *");
    return differences(part_of(was, q, false), part_of(found, q, true), exclude);
}

} // namespace watertight::drill
