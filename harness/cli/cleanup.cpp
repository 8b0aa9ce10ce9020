#include "harness/base/text.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/display.hpp"
#include "harness/cli/files.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/stages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace watertight::cli {

namespace fs = std::filesystem;

static std::vector<std::string> journals_at(std::string const& path)
{
    std::vector<std::string> out;
    std::error_code error;
    if (fs::is_directory(path, error)) {
        for (auto const& entry : fs::directory_iterator{path}) {
            if (entry.path().extension() == ".journal") out.push_back(entry.path().string());
        }
        std::ranges::sort(out);
    } else if (fs::exists(path, error)) {
        out.push_back(path);
    } else {
        throw usage_error{path + ": no such journal or folder"};
    }
    return out;
}

// Without the tenants that were there, a drill could not be brought back to what it began with.
static void refuse_within_drill(std::string const& path)
{
    run_options beside;
    beside.out = fs::path{path}.parent_path().string();
    if (beside.out.empty()) beside.out = ".";
    drill::journal::refuse_unfinished(drill_journal(beside));
}

static exit_code clean(std::string const& path, cleanup_options const& o, progress& shown)
{
    auto const left = tenants::journal::read(path);
    if (left.has_error()) throw usage_error{path + ": " + left.error().message};
    refuse_within_drill(path);
    if (left->entries.empty()) {
        fmt::print("{}: nothing is left\n", path);
        fs::remove(path);
        return exit_code::passed;
    }
    auto const loading = loading_from(o.env_file);
    auto read = scenario::load(left->scenario_path, loading);
    evidence::canary_mint const mint{evidence::derive_key(0, left->run_id)};
    run_options options;
    options.command = "cleanup";
    options.out = fs::path{path}.parent_path().string();
    if (options.out.empty()) options.out = ".";
    options.confirmed_hosts = o.confirmed_hosts;
    run_state s{
        .options = options,
        .plan = std::move(read.value),
        .variables = std::move(read.variables_used),
        .display = shown,
        .mint = mint,
    };
    for (auto const& [name, value] : s.variables) s.secrets.add_secret(value, name);
    s.made.run_id = left->run_id;
    open_shop(s, tenants::journal::reopen(path));
    tenants::restore(*s.shop, *left);
    std::vector<tenants::provisioning_failure> failures;
    auto const work = [&]() -> asio::awaitable<void> {
        co_await preflight(s);
        failures = co_await tenants::remove_all(*s.shop);
    };
    auto const whole = run_interruptibly(s.loop, work);
    for (auto const& f : failures) {
        fmt::print(stderr, "{}: {}\n", f.tenant, s.secrets.redact(f.what));
    }
    if (!whole) return exit_code::interrupted;
    if (!failures.empty()) return exit_code::not_run;
    s.log->finish();
    fmt::print("{}: {} removed\n", path, plural(left->entries.size(), "entry"));
    return exit_code::passed;
}

exit_code cleanup(cleanup_options const& o)
{
    auto const shown = make_display(false);
    auto worst = exit_code::passed;
    auto const all = journals_at(o.journal);
    if (all.empty()) fmt::print("{}: no journal, nothing is left\n", o.journal);
    for (auto const& path : all) worst = std::max(worst, clean(path, o, *shown));
    return worst;
}

} // namespace watertight::cli
