#include "harness/traffic/operations.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::traffic {

static bool mentions(target::store_operation const& op, std::string_view what)
{
    auto in_word = [what](target::template_text const& word) { return word.mentions(what); };
    return std::ranges::any_of(op.words, in_word);
}

operation_table::operation_table(target::model const& m)
{
    for (std::size_t i = 0; i < m.resources.size(); ++i) {
        auto const& r = m.resources[i];
        auto add_if = [&](std::optional<target::operation> const& op, verb kind) {
            if (op) add(*op, {.in = &r, .resource = i, .kind = kind});
        };
        add_if(r.create, verb::create);
        add_if(r.read, verb::read);
        add_if(r.list, verb::list);
        add_if(r.update, verb::update);
        add_if(r.remove, verb::remove);
        for (auto const& op : r.others) add(op, {.in = &r, .resource = i, .kind = verb::other});
    }
    for (auto const& op : m.operations) add(op, {});
    if (m.postgres) {
        for (auto const& op : m.postgres->operations) add_store(m, op);
    }
    if (m.redis) {
        for (auto const& op : m.redis->operations) add_store(m, op);
    }
}

// Whether its answer shows all of an object is not known, so that nothing is judged by it but what
// no answer may hold.
void operation_table::add_store(target::model const& m, target::store_operation const& op)
{
    auto& name = names_.emplace_back();
    name.name = op.full_name();
    name.method = op.store();
    name.path_pattern = op.name;
    name.place = op.place;
    table_entry as{.op = &name, .store = &op, .kind = verb::other};
    auto const of = std::ranges::find(m.resources, op.of, &target::resource::name);
    if (of != m.resources.end()) {
        as.in = &*of;
        as.resource = static_cast<std::size_t>(of - m.resources.begin());
        as.needs_object = true;
    }
    bool const writes = mentions(op, "canary") || mentions(op, "canary.") ||
                        mentions(op, "serial") || mentions(op, "serial.");
    as.mints_canary = writes && !as.needs_object;
    entries_.push_back(as);
}

void operation_table::add(target::operation const& op, table_entry as)
{
    as.op = &op;
    bool const about_one =
        as.kind == verb::read || as.kind == verb::update || as.kind == verb::remove;
    bool const names_one = op.mentions("id") || op.mentions("object.");
    as.needs_object = about_one || (as.kind == verb::other && as.in && names_one);
    // An object brings its parent's attributes along; only what has no object needs a parent.
    as.needs_parent = !as.needs_object && as.in && !as.in->parent.empty();
    entries_.push_back(as);
}

double operation_table::default_weight(table_entry const& e) const noexcept
{
    if (!e.in) return 0;
    switch (e.kind) {
    case verb::read:
    case verb::list:
        return 1;
    case verb::create:
    case verb::update:
        return e.in->is_shared ? 0 : 0.1;
    case verb::remove:
    case verb::other:
        return 0;
    }
    return 0;
}

static std::string unknown(std::string const& name, std::vector<table_entry> const& entries)
{
    std::vector<std::string> names;
    for (auto const& e : entries) names.push_back(e.op->name);
    auto const near = nearest(name, names);
    return near ? fmt::format("\"{}\" (did you mean \"{}\"?)", name, *near)
                : fmt::format("\"{}\"", name);
}

std::vector<double> operation_table::default_weights() const
{
    std::vector<double> weights(entries_.size(), 0);
    bool found = false;
    auto const set = [&](auto const& weight_of) {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            weights[i] = weight_of(entries_[i]);
            found = found || weights[i] > 0;
        }
    };
    set([this](table_entry const& e) { return default_weight(e); });
    // A scenario without readable resources still has its plain requests.
    auto const is_plain = [](table_entry const& e) {
        return e.op->method == "GET" && !e.needs_object ? 1.0 : 0.0;
    };
    if (!found) set(is_plain);
    // And one of stores alone has what it says of them.
    if (!found) set([](table_entry const& e) { return e.store != nullptr ? 1.0 : 0.0; });
    return weights;
}

std::vector<double> operation_table::weights(phase const& p) const
{
    std::vector<double> weights(entries_.size(), 0);
    for (auto const& [name, weight] : p.operations) {
        bool found = false;
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (entries_[i].op->name != name) continue;
            weights[i] += weight;
            found = true;
        }
        if (!found) {
            throw usage_error{fmt::format(
                "traffic phase \"{}\" names the operation {}, which the scenario does not have",
                p.name,
                unknown(name, entries_)
            )};
        }
    }
    auto const nothing = [&] {
        return std::ranges::none_of(weights, [](double w) { return w > 0; });
    };
    if (p.operations.empty()) weights = default_weights();
    if (nothing()) {
        throw usage_error{fmt::format("traffic phase \"{}\" has no operation to send", p.name)};
    }
    return weights;
}

} // namespace watertight::traffic
