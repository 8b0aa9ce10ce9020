#include "harness/base/text.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/person.hpp"
#include "harness/cli/stages.hpp"
#include "harness/drill/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace watertight::cli {

std::string drill_journal(run_options const& o)
{
    return o.out + "/drill-journal.jsonl";
}

static void check_same_drill(
    drill::journal_head const& begun, scenario::scenario const& plan, std::string const& path
)
{
    if (begun.lab) {
        throw usage_error{
            "the drill of " + path +
            " was in the lab, which is gone with it: nothing is left to "
            "bring back"};
    }
    if (begun.target != plan.target.base.origin()) {
        throw usage_error{fmt::format(
            "{} is of a drill at {}, not at {}", path, begun.target, plan.target.base.origin()
        )};
    }
    if (begun.plan_digest != plan.drill.digest) {
        throw usage_error{fmt::format(
            "the drill of {} was begun with another plan than {} has now: the drill's section or "
            "one of the files that it names was changed since; bring the system back with the plan "
            "that it was begun with",
            path,
            plan.file
        )};
    }
}

std::optional<drill::takeover> find_earlier(run_options const& o, scenario::scenario const& plan)
{
    auto const path = drill_journal(o);
    if (o.rehearse || !o.what.drill || plan.drill.empty()) return std::nullopt;
    if (!o.resume && !o.abort) {
        drill::journal::refuse_unfinished(path);
        return std::nullopt;
    }
    if (o.lab) throw usage_error{"--resume and --abort are for a system that is still there"};
    if (!std::filesystem::exists(path)) {
        throw usage_error{path + ": there is no unfinished drill (--out names the folder)"};
    }
    auto past = drill::journal::read(path);
    if (past.has_error()) throw usage_error{past.error().message};
    check_same_drill(past->head, plan, path);
    auto next = drill::continue_from(*past, plan.drill);
    return drill::takeover{std::move(*past), std::move(next)};
}

void open_shop_again(run_state& s)
{
    auto const path = fmt::format("{}/{}.journal", s.options.out, s.made.run_id);
    if (!std::filesystem::exists(path)) {
        open_shop(s, new_journal(s));
        return;
    }
    auto const left = tenants::journal::read(path);
    if (left.has_error()) throw usage_error{left.error().message};
    open_shop(s, tenants::journal::reopen(path));
    tenants::restore(*s.shop, *left);
    for (auto& t : s.made.tenants) t.state = target::tenant_state::ready;
}

static drill::journal journal_of(run_state const& s)
{
    auto const path = drill_journal(s.options);
    if (s.earlier) return drill::journal::reopen(path);
    return drill::journal::create(
        path,
        {s.made.run_id,
         s.result.seed,
         s.plan.file,
         s.plan.target.base.origin(),
         s.plan.drill.digest,
         s.options.lab}
    );
}

// Copies hold what the store holds: readable by their owner alone, and gone with the journal.
static std::string folder_of_copies(run_options const& o)
{
    auto const out = std::filesystem::absolute(o.out).lexically_normal() / "drill-files";
    std::error_code error;
    std::filesystem::create_directories(out, error);
    std::filesystem::permissions(out, std::filesystem::perms::owner_all, error);
    if (error) throw run_error{out.string() + ": " + error.message()};
    return out.string();
}

static void remove_copies(run_options const& o)
{
    if (std::filesystem::exists(drill_journal(o))) return;
    std::error_code error;
    std::filesystem::remove_all(o.out + "/drill-files", error);
}

asio::awaitable<void> rehearse_rollback(run_state& s)
{
    auto log = journal_of(s);
    auto const copies = folder_of_copies(s.options);
    std::map<std::string, std::string> const environment{{"WATERTIGHT_FILES", copies}};
    auto around = steps_of(s, environment);
    around.files = copies;
    around.eye = s.eye.get();
    around.log = &log;
    // What found nothing before the drill was killed is not known any more.
    if (!s.made.tenants.empty() && !s.earlier) {
        around.probe = [&s](std::vector<std::string> patterns) {
            return probe_again(s, std::move(patterns));
        };
    }
    around.person = person_of(s);
    if (s.earlier) {
        around.earlier = &*s.earlier;
        s.display.note("taking over: " + s.earlier->next.state);
    }
    if (s.options.abort) {
        s.result.drill = co_await drill::bring_back(s.plan.drill, around, s.findings);
    } else {
        s.result.drill = co_await drill::run(s.plan.drill, around, s.findings);
    }
    // What is wrong in the lab goes with it.
    if (s.options.lab) log.finish();
    remove_copies(s.options);
}

static void print_steps(verdict::drill_outcome const& d)
{
    for (auto const& step : d.steps) {
        auto const how = step.ok ? std::string{"done"} : "FAILED: " + step.output;
        fmt::print("{:<10} {}: {}\n", step.phase, step.name, how);
    }
    for (auto const& print : d.fingerprints) {
        auto const how = print.equal ? "as before" : "DIFFERS";
        auto const note = print.note.empty() ? std::string{} : " (" + print.note + ")";
        fmt::print("{:<10} {}: {}{}\n", "data", print.object, how, note);
    }
}

static exit_code print_end(run_state const& s)
{
    auto const& d = s.result.drill;
    fmt::print("The drill {} was killed: {}.\n", s.made.run_id, s.earlier->next.state);
    if (s.earlier->past.steps.empty()) {
        fmt::print("Nothing had been changed, so nothing is to be brought back.\n");
        return exit_code::passed;
    }
    print_steps(d);
    if (d.restored) {
        auto const how = d.fingerprints.empty() ? "; nothing was fingerprinted before it, so that "
                                                  "its data was not compared"
                                                : ", and its data is as it was";
        fmt::print("The system is back in the state before the drill{}.\n", how);
        if (d.writes_acknowledged > 0) {
            fmt::print(
                "Of {} that the drill's traffic had had acknowledged, {} lost.\n",
                plural(d.writes_acknowledged, "write"),
                d.writes_lost == 1 ? "1 is" : fmt::format("{} are", d.writes_lost)
            );
        }
        if (!d.note.empty()) fmt::print("{}\n", d.note);
        return exit_code::passed;
    }
    if (!d.note.empty()) fmt::print("{}\n", d.note);
    for (auto const& f : s.findings.sorted()) fmt::print("{}: {}\n", f.title, f.detail);
    fmt::print(
        "The system is NOT back in the state before the drill. Mend what failed, then --abort "
        "again: it repeats what failed and compares again.\n"
    );
    return exit_code::failed;
}

exit_code abort_drill(run_state& s)
{
    auto const work = [&s]() -> asio::awaitable<void> {
        // The target and the stores need not answer: the way back may be what makes them.
        check_hosts(s);
        if (!s.earlier->past.steps.empty()) {
            co_await rehearse_rollback(s);
        } else {
            auto log = journal_of(s);
            log.finish();
            remove_copies(s.options);
        }
    };
    auto const whole = run_interruptibly(s.loop, work);
    if (!whole) return exit_code::interrupted;
    auto const code = print_end(s);
    if (code == exit_code::passed) {
        run_interruptibly(s.loop, [&s] { return clean_up(s); });
    } else if (s.made.tenants.empty()) {
        s.log->finish();
    }
    return code;
}

} // namespace watertight::cli
