#include "harness/scenario/compile.hpp"

#include <fmt/format.h>

namespace watertight::scenario {

namespace {

experiment::arm compile_arm(compiler& c, node const& from, std::string_view key)
{
    experiment::arm out;
    auto const* const arm = from.find(key);
    if (arm == nullptr) return out;
    out.set_up = compile_steps(c, *arm, "set_up");
    out.restore = compile_steps(c, *arm, "restore");
    return out;
}

traffic::phase compile_load(compiler& c, node const& from)
{
    traffic::phase out;
    out.name = "experiment " + text_of(from, "name");
    out.duration = duration_of(from, "for").value_or(std::chrono::milliseconds{500});
    traffic::closed_loop loop{.users = count_of(from, "users", 4)};
    loop.think = duration_of(from, "think").value_or(loop.think);
    out.loop = loop;
    // Of requests that wait for one another on one connection, none is as slow as it looks.
    out.streams = 1;
    out.operations = compile_weights(from.find("operations"));
    check_operations(c, from);
    return out;
}

experiment::plan compile_experiment(compiler& c, node const& from)
{
    experiment::plan out;
    out.place = c.place(from);
    out.name = text_of(from, "name");
    out.prepare = compile_steps(c, from, "prepare");
    out.a = compile_arm(c, from, "a");
    out.b = compile_arm(c, from, "b");
    out.restore = compile_steps(c, from, "restore");
    out.load = compile_load(c, from);
    out.settle = duration_of(from, "settle").value_or(out.settle);
    out.rounds = count_of(from, "rounds", out.rounds);
    if (text_of(from, "statistic") == "mean") out.of_block = experiment::statistic::mean;
    if (out.a.set_up.empty() && out.b.set_up.empty()) {
        c.fault(from, fmt::format("{}: neither a nor b is set up", dotted(from.pointer)));
    }
    return out;
}

} // namespace

void compile_experiments(compiler& c, node const& from)
{
    name_register names{c, "experiment"};
    for (auto const& item : from.items) {
        if (item.is_bad) continue;
        auto made = compile_experiment(c, item);
        if (!made.name.empty()) names.enter(item, made.name);
        c.out.experiments.push_back(std::move(made));
    }
}

} // namespace watertight::scenario
