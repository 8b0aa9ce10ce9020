#include "harness/lint/tenancy.hpp"

#include "harness/base/tenant_words.hpp"
#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

namespace watertight::lint {

namespace {

/// Everything by what it is looked up by.
class finder {
public:
    finder(database_shape const& shape, std::vector<std::string> const& hints)
        : shape_{shape}, hints_{hints}
    {
        for (auto const& r : shape.relations) relations_.emplace(r.id, &r);
        for (auto const& c : shape.columns) columns_[c.of].push_back(&c);
        for (auto const& k : shape.keys) keys_[k.from].push_back(&k);
    }

    tenancy find()
    {
        if (!hints_.empty()) {
            by_hint();
        } else if (auto const stem = best_word()) {
            by_word(*stem);
        } else if (auto const name = name_in_policies()) {
            by_name(*name, "the column that policies read");
        } else {
            by_hub();
        }
        find_schemas();
        return std::move(out_);
    }

private:
    bool is_table(oid id) const
    {
        auto const at = relations_.find(id);
        return at != relations_.end() && (at->second->kind == 'r' || at->second->kind == 'p');
    }

    std::string name_of(oid id) const
    {
        auto const at = relations_.find(id);
        return at == relations_.end() ? "?" : at->second->schema + "." + at->second->name;
    }

    void add(oid table, std::vector<int> numbers)
    {
        // The tenants' own table is theirs by its key, and what it refers to itself by is a tree.
        if (table == out_.tenants_table || !relations_.contains(table)) return;
        out_.tables.push_back({table, std::move(numbers)});
    }

    void by_hint()
    {
        std::set<std::string> used;
        for (auto const& [table, columns] : columns_) {
            for (auto const& hint : hints_) {
                std::vector<int> numbers;
                auto const parts = split(hint, ',');
                for (auto const part : parts) {
                    for (auto const* const c : columns) {
                        if (iequals(c->name, trim(part))) numbers.push_back(c->number);
                    }
                }
                if (numbers.size() != parts.size()) continue;
                add(table, std::move(numbers));
                used.insert(hint);
                break;
            }
        }
        out_.how = fmt::format("tenant column as told: {}", fmt::join(hints_, " or "));
        find_target();
        drop_tenants_table();
    }

    /// The word with the most columns, weighed; columns that policies read or that refer to a table
    /// of that name count more.
    std::optional<std::string> best_word() const
    {
        std::map<std::string, double> points;
        for (auto const& [table, columns] : columns_) {
            if (!is_table(table)) continue;
            for (auto const* const c : columns) {
                auto const stem = tenant_word(c->name);
                if (!stem) continue;
                points[*stem] += weight_of(*stem) * (c->is_in_policy ? 4 : 1);
            }
        }
        for (auto const& k : shape_.keys) {
            auto const at = relations_.find(k.to);
            if (at == relations_.end() || k.names.size() != 1 || k.from == k.to) continue;
            auto const stem = tenant_word(k.names.front());
            if (stem && is_plural_of(at->second->name, *stem)) points[*stem] += weight_of(*stem);
        }
        auto const best =
            std::ranges::max_element(points, {}, [](auto const& p) { return p.second; });
        // A single weak word is as likely to be somebody's address book.
        if (best == points.end() || best->second < 4) return std::nullopt;
        return best->first;
    }

    void by_word(std::string const& stem)
    {
        find_target_named(stem);
        if (take_what_is_above(stem)) return;
        auto const type = usual_type(stem);
        std::size_t count = 0;
        for (auto const& [table, columns] : columns_) {
            auto const* const c = best_column(columns, stem, type);
            if (c == nullptr) continue;
            count += is_table(table) ? 1 : 0;
            add(table, {c->number});
        }
        by_keys_to_target();
        out_.how = fmt::format("the tenant is named by the word \"{}\"", stem);
        if (out_.tenants_table != 0) {
            out_.how += fmt::format("; tenants are the rows of {}", name_of(out_.tenants_table));
        }
    }

    std::string usual_type(std::string const& stem) const
    {
        std::map<std::string, int> types;
        for (auto const& c : shape_.columns) {
            if (auto const rank = rank_for(c.name, stem); rank && *rank < 3) ++types[c.type];
        }
        auto const best =
            std::ranges::max_element(types, {}, [](auto const& t) { return t.second; });
        return best == types.end() ? std::string{} : best->first;
    }

    static database_shape::column const* best_column(
        std::vector<database_shape::column const*> const& columns,
        std::string const& stem,
        std::string const& type
    )
    {
        database_shape::column const* best = nullptr;
        std::size_t best_rank = 0;
        for (auto const* const c : columns) {
            auto rank = rank_for(c->name, stem);
            if (!rank) continue;
            if (c->is_in_policy) {
                *rank = 0;
            } else if (c->type != type) {
                *rank += tenant_spellings;
            }
            if (best != nullptr && *rank >= best_rank) continue;
            best = c;
            best_rank = *rank;
        }
        return best;
    }

    /// The tables of that name to which most keys lead; without keys the first of that name.
    void find_target_named(std::string const& stem)
    {
        std::map<oid, int> incoming;
        for (auto const& r : shape_.relations) {
            if (is_table(r.id) && is_plural_of(r.name, stem)) incoming[r.id] = 0;
        }
        for (auto const& k : shape_.keys) {
            if (auto const at = incoming.find(k.to); at != incoming.end()) ++at->second;
        }
        if (incoming.empty()) find_target_prefixed(stem);
        take_most(incoming);
    }

    /// An application's prefix makes a likeness of many a name: a key has to lead there.
    void find_target_prefixed(std::string const& stem)
    {
        std::map<oid, int> incoming;
        for (auto const& k : shape_.keys) {
            auto const at = relations_.find(k.to);
            auto const is_by_tenant = k.names.size() == 1 && rank_for(k.names.front(), stem);
            if (at == relations_.end() || !is_by_tenant || k.from == k.to) continue;
            if (is_prefixed_plural_of(at->second->name, stem)) ++incoming[k.to];
        }
        take_most(incoming);
    }

    /// The table to which most keys of the tenant columns lead.
    void find_target()
    {
        std::map<oid, int> incoming;
        for (auto const& t : out_.tables) {
            auto const at = keys_.find(t.id);
            if (at == keys_.end()) continue;
            for (auto const* const k : at->second) {
                if (k->numbers == t.columns && k->to != t.id) ++incoming[k->to];
            }
        }
        take_most(incoming);
    }

    void take_most(std::map<oid, int> const& incoming)
    {
        auto const best =
            std::ranges::max_element(incoming, {}, [](auto const& i) { return i.second; });
        if (best != incoming.end()) out_.tenants_table = best->first;
    }

    void drop_tenants_table()
    {
        std::erase_if(out_.tables, [&](auto const& t) { return t.id == out_.tenants_table; });
    }

    /// Tables that refer to the tenants by a column of another name.
    void by_keys_to_target()
    {
        std::set<oid> known;
        for (auto const& t : out_.tables) known.insert(t.id);
        for (auto const& k : shape_.keys) {
            if (k.to != out_.tenants_table || k.from == k.to) continue;
            if (known.insert(k.from).second) add(k.from, k.numbers);
        }
    }

    std::optional<std::string> name_in_policies() const
    {
        std::map<std::string, int> names;
        for (auto const& c : shape_.columns) {
            if (c.is_in_policy) ++names[c.name];
        }
        auto const best =
            std::ranges::max_element(names, {}, [](auto const& n) { return n.second; });
        if (best == names.end()) return std::nullopt;
        return best->first;
    }

    void by_name(std::string const& name, std::string_view why)
    {
        for (auto const& c : shape_.columns) {
            if (iequals(c.name, name)) add(c.of, {c.number});
        }
        find_target();
        drop_tenants_table();
        by_keys_to_target();
        out_.how = fmt::format("the tenant is named by {}, {}", name, why);
    }

    /// By table the tables that refer to it.
    std::map<oid, std::set<oid>> referrers() const
    {
        std::map<oid, std::set<oid>> out;
        for (auto const& k : shape_.keys) {
            if (k.from != k.to) out[k.to].insert(k.from);
        }
        return out;
    }

    bool is_of_people(oid table) const
    {
        static constexpr std::array<std::string_view, 9> people{
            "user",
            "person",
            "people",
            "member",
            "employee",
            "profile",
            "login",
            "author",
            "staff"};
        auto const name = to_lower(name_of(table));
        return std::ranges::any_of(people, [&](auto const p) { return name.find(p) != name.npos; });
    }

    /// Customers, clients and partners are often a tenant's own: then their table refers to the
    /// tenants', and more tables refer to that than to theirs.
    bool take_what_is_above(std::string const& stem)
    {
        static constexpr double weak = 2;
        auto const named = out_.tenants_table;
        if (named == 0 || weight_of(stem) > weak) return false;
        auto const all = referrers();
        auto const count = [&](oid table) {
            auto const at = all.find(table);
            return at == all.end() ? std::size_t{0} : at->second.size();
        };
        auto best = named;
        for (auto const& k : shape_.keys) {
            if (k.from != named || !is_table(k.to) || is_of_people(k.to)) continue;
            if (count(k.to) > count(best)) best = k.to;
        }
        if (best == named) return false;
        out_.tenants_table = best;
        by_keys_to_target();
        out_.how = fmt::format(
            "derived: {} refers to {}, and so do more tables than to it: the rows of that are "
            "taken for the tenants (--tenant-column says otherwise)",
            name_of(named),
            name_of(best)
        );
        return true;
    }

    /// The table that most others refer to, where that is no table of people.
    void by_hub()
    {
        oid best = 0;
        std::size_t most = 2;
        for (auto const& [table, by] : referrers()) {
            if (is_of_people(table) || by.size() <= most) continue;
            best = table;
            most = by.size();
        }
        auto const tables =
            std::ranges::count_if(shape_.relations, [&](auto const& r) { return is_table(r.id); });
        if (best == 0 || most * 5 < static_cast<std::size_t>(tables) * 2) return;
        out_.tenants_table = best;
        by_keys_to_target();
        out_.how = fmt::format(
            "derived: {} of {} tables refer to {}, whose rows are taken for the tenants "
            "(--tenant-column says otherwise)",
            most,
            tables,
            name_of(best)
        );
    }

    /// Three schemas or more with mostly the same tables, where no column names the tenant in them.
    void find_schemas()
    {
        std::set<oid> named;
        for (auto const& t : out_.tables) named.insert(t.id);
        std::map<std::string, std::set<std::string>> tables;
        std::map<std::string, int> with_column;
        for (auto const& r : shape_.relations) {
            if (!is_table(r.id)) continue;
            tables[r.schema].insert(r.name);
            with_column[r.schema] += named.contains(r.id) ? 1 : 0;
        }
        std::map<std::string, int> schemas_with;
        for (auto const& [schema, names] : tables) {
            for (auto const& name : names) ++schemas_with[name];
        }
        std::vector<std::string> alike;
        for (auto const& [schema, names] : tables) {
            auto const shared = std::ranges::count_if(names, [&](auto const& name) {
                return schemas_with[name] >= 3;
            });
            auto const size = static_cast<std::ptrdiff_t>(names.size());
            if (shared > 0 && shared * 10 >= size * 6 && with_column[schema] * 2 < size) {
                alike.push_back(schema);
            }
        }
        if (alike.size() < 3) return;
        leave_to(alike);
        if (!out_.how.empty()) out_.how += "; ";
        out_.how += fmt::format(
            "{} hold the same tables: a schema for each tenant", plural(alike.size(), "schema")
        );
        out_.schemas = std::move(alike);
    }

    /// Within a tenant's own schema a word for a tenant is one for a customer.
    void leave_to(std::vector<std::string> const& schemas)
    {
        if (!hints_.empty()) return;
        std::erase_if(out_.tables, [&](auto const& t) {
            return std::ranges::count(schemas, relations_.at(t.id)->schema) != 0;
        });
        if (!out_.tables.empty()) return;
        out_.tenants_table = 0;
        out_.how.clear();
    }

    database_shape const& shape_;
    std::vector<std::string> const& hints_;
    std::unordered_map<oid, database_shape::relation const*> relations_;
    std::map<oid, std::vector<database_shape::column const*>> columns_;
    std::unordered_map<oid, std::vector<database_shape::foreign_key const*>> keys_;
    tenancy out_{};
};

} // namespace

tenancy find_tenancy(database_shape const& shape, std::vector<std::string> const& hints)
{
    return finder{shape, hints}.find();
}

} // namespace watertight::lint
