#include "harness/drill/journal.hpp"

#include <fmt/format.h>

namespace watertight::drill {

struct named_phase {
    char const* name;
    std::vector<step const*> steps;
};

static std::vector<step const*> pointers_to(std::vector<step> const& steps)
{
    std::vector<step const*> out;
    for (auto const& s : steps) out.push_back(&s);
    return out;
}

static std::vector<named_phase> phases_of(plan const& p)
{
    std::vector<step const*> stages;
    for (auto const& stage : p.stages) {
        for (auto const& s : stage.steps) stages.push_back(&s);
    }
    return {
        {"forward", pointers_to(p.forward)},
        {"stages", std::move(stages)},
        {"injection", pointers_to(p.inject)},
        {"execution", pointers_to(p.rollback)},
        {"finally", pointers_to(p.finally)},
    };
}

static std::string name_of(named_phase const& phase, std::size_t i)
{
    return fmt::format(
        "{} step {} of {} (\"{}\")",
        std::string_view{phase.name} == "execution" ? "rollback" : phase.name,
        i + 1,
        phase.steps.size(),
        phase.steps[i]->name
    );
}

// The last step of which the journal knows, as the state that the drill was in.
static std::string describe_state(unfinished const& past, plan const& p)
{
    std::string out = "no step had begun";
    for (auto const& phase : phases_of(p)) {
        for (std::size_t i = 0; i < phase.steps.size(); ++i) {
            auto const state = past.state_of(phase.name, i);
            if (state == step_state::untouched) continue;
            out = name_of(phase, i);
            if (state == step_state::begun) out += " was under way";
            if (state == step_state::done) out += " was done, the next one had not begun";
            if (state == step_state::failed) out += " had failed";
        }
    }
    return out;
}

static std::string why_not_forward(unfinished const& past, plan const& p)
{
    if (past.has_begun("execution") || past.has_begun("finally")) {
        return "the way back had begun";
    }
    for (auto const& phase : phases_of(p)) {
        for (std::size_t i = 0; i < phase.steps.size(); ++i) {
            auto const state = past.state_of(phase.name, i);
            if (state == step_state::failed) return name_of(phase, i) + " had failed";
            if (state == step_state::begun && !phase.steps[i]->idempotent) {
                return name_of(phase, i) + " was under way and is not said to be idempotent";
            }
        }
    }
    return {};
}

continuation continue_from(unfinished const& past, plan const& p)
{
    continuation out;
    out.state = describe_state(past, p);
    out.why_back = why_not_forward(past, p);
    out.way = out.why_back.empty() ? way_on::forward : way_on::back;
    return out;
}

} // namespace watertight::drill
