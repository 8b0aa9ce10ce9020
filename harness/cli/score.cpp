#include "harness/base/clock.hpp"
#include "harness/base/process.hpp"
#include "harness/base/text.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/files.hpp"
#include "harness/cli/lab_process.hpp"
#include "harness/verdict/result.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <numeric>
#include <regex>
#include <thread>

extern char** environ;

namespace watertight::cli {

// One run of this program against the lab, with one fault or none.
struct trial {
    std::string pack{};
    /// Null: the correct lab.
    lab_fault const* fault = nullptr;
    std::string folder{};
    double took_s = 0;
    bool found = false;
    std::vector<evidence::finding> findings{};
    std::string problem{};
};

static std::vector<std::string> arguments_of(trial const& t)
{
    std::vector<std::string> out{
        executable_folder() + "/watertight",
        "run",
        pack_scenario(t.pack),
        "--lab",
        "--quiet",
        "--out",
        t.folder,
        "--seed",
        "7",
    };
    if (t.fault == nullptr) return out;
    out.insert(out.end(), {"--lab-fault", t.fault->id});
    // What a rollback fault breaks is seen by the drill alone, everything else by the rest.
    if (t.fault->layer == "rollback")
        out[1] = "drill";
    else
        out.insert(out.end(), {"--for", "2s", "--no-experiments", "--no-drill"});
    return out;
}

static int run_quietly(std::vector<std::string> const& arguments)
{
    std::vector<char*> argv;
    for (auto const& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int pid = -1;
    auto const error = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (error != 0 || ::waitpid(pid, &status, 0) < 0 || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

// The right guarantee, channel and a victim among the run's tenants; a rollback has no victim.
static bool proves(evidence::finding const& f, lab_fault const& fault)
{
    if (evidence::to_string(f.kind) != fault.guarantee) return false;
    if (!std::regex_search(f.channel, std::regex{fault.channel})) return false;
    return fault.guarantee == "rollback" || (!f.victim.empty() && f.victim != f.intruder);
}

static void carry_out(trial& t)
{
    t.found = false;
    t.problem.clear();
    t.findings.clear();
    std::filesystem::remove_all(t.folder);
    auto const begun = steady::now();
    auto const code = run_quietly(arguments_of(t));
    t.took_s = seconds(steady::now() - begun);
    auto const text = read_file(t.folder + "/result.json");
    if (text.has_error()) {
        t.problem = fmt::format("no result (exit code {})", code);
        return;
    }
    auto const r = verdict::from_json(*text);
    if (r.has_error()) {
        t.problem = r.error().message;
        return;
    }
    t.findings = r->findings;
    if (t.fault != nullptr) {
        t.found =
            std::ranges::any_of(t.findings, [&](auto const& f) { return proves(f, *t.fault); });
    }
    if (r->outcome == verdict::overall::not_run) t.problem = r->summary;
}

static bool wanted(score_options const& o, lab_fault const& f)
{
    auto const in = [](std::vector<std::string> const& some, std::string const& one) {
        return some.empty() || std::ranges::count(some, one) != 0;
    };
    return (o.pack.empty() || o.pack == f.dialect) && in(o.layers, f.layer) && in(o.faults, f.id);
}

static void say(score_options const& o, trial const& t)
{
    if (o.quiet) return;
    auto const id = t.fault == nullptr ? "correct" : t.fault->id;
    std::string verdict = t.found ? "found" : "MISSED";
    if (t.fault == nullptr) {
        verdict = t.findings.empty() ? "no finding" : plural(t.findings.size(), "false alarm");
    }
    auto const title = t.fault == nullptr ? "the correct lab" : t.fault->title;
    fmt::print(stderr, "{:<13} {:<10} {:<14} {:5.1f} s  {}", t.pack, id, verdict, t.took_s, title);
    fmt::print(stderr, "{}\n", t.problem.empty() ? "" : "  [" + t.problem + "]");
    if (t.fault != nullptr) return;
    for (auto const& f : t.findings) fmt::print(stderr, "         {}: {}\n", f.probe, f.channel);
}

struct layer_score {
    std::size_t faults = 0;
    std::size_t found = 0;
};

static exit_code
print_score(score_options const& o, std::vector<trial> const& trials, double took_s)
{
    std::map<std::string, layer_score> layers;
    std::vector<std::string> missed;
    std::size_t false_alarms = 0;
    bool broken = false;
    for (auto const& t : trials) {
        broken = broken || !t.problem.empty();
        if (t.fault == nullptr) {
            false_alarms += t.findings.size();
            continue;
        }
        auto& layer = layers[t.fault->layer];
        ++layer.faults;
        layer.found += t.found ? 1 : 0;
        if (!t.found) missed.push_back(fmt::format("{} {}", t.pack, t.fault->id));
    }
    layer_score all;
    auto by_layer = nlohmann::json::object();
    for (auto const& [name, l] : layers) {
        all.faults += l.faults;
        all.found += l.found;
        by_layer[name] = {{"faults", l.faults}, {"found", l.found}};
        if (!o.json) fmt::print("{:<14} {}/{}\n", name, l.found, l.faults);
    }
    if (o.json) {
        nlohmann::json const out{
            {"faults", all.faults},
            {"found", all.found},
            {"false_alarms", false_alarms},
            {"missed", missed},
            {"layers", by_layer},
            {"seconds", std::round(took_s * 10) / 10},
        };
        fmt::print("{}\n", out.dump(2));
    } else {
        // Told whatever --quiet leaves out.
        if (!missed.empty()) fmt::print("missed: {}\n", fmt::join(missed, ", "));
        fmt::print(
            "{}/{} faults found, {}, {}\n",
            all.found,
            all.faults,
            plural(false_alarms, "false alarm"),
            human(std::chrono::nanoseconds{static_cast<std::int64_t>(took_s * 1e9)})
        );
    }
    if (broken) return exit_code::not_run;
    return missed.empty() && false_alarms == 0 ? exit_code::passed : exit_code::failed;
}

// Those of the indexes, `jobs` at a time, each in a run and a lab of its own.
static void carry_out_all(
    score_options const& o, std::vector<trial>& trials, std::vector<std::size_t> const& which
)
{
    std::atomic<std::size_t> next = 0;
    std::mutex screen;
    auto const work = [&] {
        for (auto i = next++; i < which.size(); i = next++) {
            auto& t = trials[which[i]];
            carry_out(t);
            std::scoped_lock const alone{screen};
            say(o, t);
        }
    };
    std::vector<std::jthread> workers;
    for (std::size_t i = 1; i < std::min(o.jobs, which.size()); ++i) workers.emplace_back(work);
    work();
}

// Beside others a difference in time drowns, and a race is lost by another's turn.
static std::vector<std::size_t> to_be_repeated(std::vector<trial> const& trials)
{
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        auto const& t = trials[i];
        auto const as_it_should = t.fault == nullptr ? t.findings.empty() : t.found;
        if (!as_it_should || !t.problem.empty()) out.push_back(i);
    }
    return out;
}

exit_code score(score_options const& o)
{
    auto const begun = steady::now();
    auto const faults = lab_faults();
    std::vector<trial> trials;
    std::vector<std::string> packs;
    for (auto const& f : faults) {
        if (!wanted(o, f)) continue;
        if (std::ranges::count(packs, f.dialect) == 0) packs.push_back(f.dialect);
        trials.push_back({.pack = f.dialect, .fault = &f});
    }
    if (trials.empty()) throw usage_error{"no fault of the lab matches"};
    for (auto const& pack : packs) {
        trials.push_back({.pack = pack});
    }
    std::string folder =
        (std::filesystem::temp_directory_path() / "watertight-score-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw run_error{"no temporary folder can be made"};
    std::vector<std::size_t> all(trials.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    for (auto const i : all) trials[i].folder = fmt::format("{}/{}", folder, i);
    carry_out_all(o, trials, all);
    if (o.jobs > 1) {
        score_options alone = o;
        alone.jobs = 1;
        auto const again = to_be_repeated(trials);
        if (!again.empty() && !o.quiet) fmt::print(stderr, "once more, one at a time:\n");
        carry_out_all(alone, trials, again);
    }
    std::filesystem::remove_all(folder);
    return print_score(o, trials, seconds(steady::now() - begun));
}

} // namespace watertight::cli
