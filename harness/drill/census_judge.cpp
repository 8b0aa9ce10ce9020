#include "harness/drill/census.hpp"

#include <algorithm>
#include <set>

namespace watertight::drill {

// Marks are told apart by table and by the operation that wrote them: what holds for most is what
// the application does with such a write, and what departs from it went astray.
namespace {

class census_judge {
public:
    census_judge(census const& seen, live_traffic const& traffic, judge_options const& o)
        : seen_{seen}, traffic_{traffic}, options_{o}
    {
        for (auto const& place : seen.marks) {
            auto const mark = traffic.marks().find(place.mark);
            if (mark == traffic.marks().end()) continue;
            auto const* const op = mark->second.by->op;
            ++counts_[{place.table, op}][place.mark];
            if (place.tenant && !place.tenant->empty()) ++owned_[place.table];
        }
    }

    std::vector<stray_write> run()
    {
        for (auto const& place : seen_.marks) judge_owner(place);
        if (options_.is_final) {
            for (auto const& [where, marks] : counts_) judge_counts(where.first, marks);
            judge_missing();
        }
        return std::move(out_);
    }

private:
    /// Sent by a tenant's user, and not by the operator in everybody's name.
    static bool is_tenants_own(written_mark const& m)
    {
        return m.from->where != nullptr && m.by->op->as.empty();
    }

    static std::string owner_of(written_mark const& m)
    {
        return is_tenants_own(m) ? m.from->slug() : std::string{};
    }

    void judge_owner(marked_place const& place)
    {
        auto const mark = traffic_.marks().find(place.mark);
        auto const about = seen_.tables.find(place.table);
        if (mark == traffic_.marks().end() || about == seen_.tables.end()) return;
        if (about->second.tenant_by.empty()) return;
        auto const owner = owner_of(mark->second);
        if (!place.tenant || place.tenant->empty()) {
            // Where hardly any row has a tenant, the column means something else.
            auto const with = about->second.rows - about->second.without_tenant;
            if (with * 2 < about->second.rows && owned_[place.table] == 0) return;
            if (options_.shared.contains(place.table)) return;
            out_.push_back({"has no tenant", place.table, owner, {}, place.mark});
            return;
        }
        auto const wanted = options_.expected.find(mark->second.from->index());
        if (!is_tenants_own(mark->second) || wanted == options_.expected.end()) return;
        if (*place.tenant == wanted->second) return;
        // Only what is known to be another tenant's is a move; else the column means another thing.
        auto const is_somebodys = std::ranges::any_of(options_.expected, [&](auto const& e) {
            return e.second == *place.tenant;
        });
        if (!is_somebodys && !holds_ids(place.table)) return;
        out_.push_back({"belongs to another tenant", place.table, owner, *place.tenant, place.mark}
        );
    }

    /// Whether most of the marked rows of this table name their writers' tenants as expected.
    bool holds_ids(std::string const& table) const
    {
        std::size_t right = 0;
        std::size_t all = 0;
        for (auto const& place : seen_.marks) {
            auto const mark = traffic_.marks().find(place.mark);
            if (place.table != table || mark == traffic_.marks().end()) continue;
            auto const wanted = options_.expected.find(mark->second.from->index());
            if (wanted == options_.expected.end()) continue;
            ++all;
            right += place.tenant == wanted->second ? 1 : 0;
        }
        return right * 2 > all;
    }

    void judge_counts(std::string const& table, std::map<std::string, std::size_t> const& marks)
    {
        std::set<std::string> untouched;
        for (auto const& o : traffic_.objects()) {
            // What was changed later may well stand in a history, too.
            if (o.marks.size() == 2) untouched.insert(o.marks.begin(), o.marks.end());
        }
        auto const once = std::ranges::count_if(marks, [](auto const& m) { return m.second == 1; });
        if (static_cast<std::size_t>(once) * 2 <= marks.size()) return;
        for (auto const& [mark, n] : marks) {
            if (n < 2 || !untouched.contains(mark)) continue;
            auto const& written = traffic_.marks().at(mark);
            out_.push_back({"is there more than once", table, owner_of(written), {}, mark});
        }
    }

    void judge_missing()
    {
        std::set<std::string> present;
        for (auto const& place : seen_.marks) present.insert(place.mark);
        std::map<shape const*, std::vector<written_object const*>> missing;
        std::map<shape const*, std::size_t> there;
        for (auto const& o : traffic_.objects()) {
            if (o.removed) continue;
            auto const is_there =
                std::ranges::any_of(o.marks, [&](auto const& m) { return present.contains(m); });
            if (is_there) {
                ++there[o.made_by];
            } else {
                missing[o.made_by].push_back(&o);
            }
        }
        for (auto const& [by, objects] : missing) {
            // Nothing of it in clear text: it may be stored in another form, or elsewhere.
            if (there[by] < objects.size()) continue;
            for (auto const* const o : objects) {
                auto const owner = owner_of({o->owner, o->made_by});
                out_.push_back({"is missing", {}, owner, {}, o->what.canary});
            }
        }
    }

    census const& seen_;
    live_traffic const& traffic_;
    judge_options const& options_;
    std::map<std::pair<std::string, target::operation const*>, std::map<std::string, std::size_t>>
        counts_;
    std::map<std::string, std::size_t> owned_;
    std::vector<stray_write> out_;
};

} // namespace

std::vector<stray_write>
judge(census const& seen, live_traffic const& traffic, judge_options const& o)
{
    return census_judge{seen, traffic, o}.run();
}

} // namespace watertight::drill
