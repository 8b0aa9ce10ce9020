#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/display.hpp"
#include "reports/reports.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace watertight::cli {

static verdict::run_result read_result(std::string const& path)
{
    auto const text = read_file(path);
    if (text.has_error()) throw usage_error{text.error().message};
    auto r = verdict::from_json(*text);
    if (r.has_error()) throw usage_error{path + ": " + r.error().message};
    return std::move(*r);
}

static exit_code write_folder(report_options const& o, verdict::run_result const& r)
{
    auto folder = o.out.empty() ? std::filesystem::path{o.result}.parent_path().string() : o.out;
    if (folder.empty()) folder = ".";
    auto const written = reports::write_all(r, folder);
    if (written.has_error()) throw run_error{written.error().message};
    for (auto const& file : *written) fmt::print("{:<8} {}\n", file.format, file.path);
    return exit_code::passed;
}

// The runs of a series in order; empty if the folder is none.
static std::vector<std::string> results_of_series(std::filesystem::path const& folder)
{
    std::vector<std::string> out;
    std::error_code error;
    for (std::filesystem::directory_iterator at{folder, error}, end; !error && at != end;
         at.increment(error))
    {
        auto const name = at->path().filename().string();
        bool const is_number =
            std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
        auto const path = at->path() / "result.json";
        if (is_number && std::filesystem::exists(path)) out.push_back(path.string());
    }
    std::ranges::sort(out);
    return out;
}

static std::vector<verdict::run_result> read_side(std::string const& path)
{
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) return {read_result(path)};
    auto const single = std::filesystem::path{path} / "result.json";
    if (std::filesystem::exists(single, error)) return {read_result(single.string())};
    std::vector<verdict::run_result> out;
    for (auto const& file : results_of_series(path)) out.push_back(read_result(file));
    if (out.empty()) {
        throw usage_error{
            path + " holds no result.json and no runs of a series (0001/result.json, ...)"};
    }
    return out;
}

exit_code compare(compare_options const& o)
{
    auto const given = o.tolerance.empty() ? result<double>{0} : parse_share(o.tolerance);
    if (given.has_error()) throw usage_error{"--tolerance: " + given.error().message};
    auto const before = read_side(o.before);
    auto const after = read_side(o.after);
    auto const tolerance = o.tolerance.empty() ? verdict::usual_tolerance(before, after) : *given;
    auto const c = verdict::compare(before, after, tolerance);
    auto const looks = look_at_terminal(STDOUT_FILENO);
    auto const text =
        o.json ? reports::comparison_json(c)
               : reports::comparison_text(c, {.colour = looks.colour, .width = looks.width}, o.all);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return c.regressions.empty() ? exit_code::passed : exit_code::failed;
}

exit_code report(report_options const& o)
{
    auto r = read_result(o.result);
    if (!o.baseline.empty()) verdict::compare_with_baseline(r, read_side(o.baseline));
    if (o.format.empty()) return write_folder(o, r);
    auto const text = reports::find_format(o.format)->make(r);
    if (o.file.empty()) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        return exit_code::passed;
    }
    auto const done = write_file(o.file, text);
    if (!done) throw run_error{done.error().message};
    return exit_code::passed;
}

} // namespace watertight::cli
