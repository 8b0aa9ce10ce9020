#include "harness/scenario/compile.hpp"

namespace watertight::scenario {

namespace {

void add_operation(std::map<std::string, target::source_place>& out, target::operation const& op)
{
    // The first that is written is the one that a reader looks for.
    if (!op.path_pattern.empty()) out.emplace(op.channel(), op.place);
}

void add_operations(target::model const& m, std::map<std::string, target::source_place>& out)
{
    for (auto const& r : m.resources) {
        for (auto const* known : {&r.create, &r.read, &r.list, &r.update, &r.remove}) {
            if (*known) add_operation(out, **known);
        }
        for (auto const& other : r.others) add_operation(out, other);
    }
    for (auto const& other : m.operations) add_operation(out, other);
    for (auto const& s : m.streams) {
        add_operation(out, s.open);
        for (auto const& step : s.before) add_operation(out, step);
        for (auto const& step : s.subscribe) add_operation(out, step);
    }
    if (m.login.login) add_operation(out, *m.login.login);
}

} // namespace

void note_places(compiler& c, node const& root)
{
    auto& out = c.out.places;
    for (auto const& m : root.members) {
        out[m.key] = {c.file, m.line, m.column};
        if (m.key != "stores") continue;
        for (auto const& store : m.value.members) {
            out[store.key] = {c.file, store.line, store.column};
        }
    }
    add_operations(c.out.target, out);
}

} // namespace watertight::scenario
