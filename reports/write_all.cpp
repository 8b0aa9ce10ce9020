#include "harness/base/text.hpp"
#include "reports/reports.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace watertight::reports {

result<std::vector<written>> write_all(verdict::run_result const& r, std::string const& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        return failure{errc::exhausted, "cannot make " + folder + ": " + error.message(), {}};
    }
    // The result file comes first: from it, every other report can be made again.
    std::pair<std::string, std::string> const files[]{
        {"result.json", verdict::to_json(r)},
        {"report.html", html(r)},
        {"junit.xml", junit(r)},
        {"latency.hlog", hdr_log(r)},
    };
    std::vector<written> out;
    for (auto const& [name, content] : files) {
        if (content.empty()) continue;
        auto const path = (std::filesystem::path{folder} / name).string();
        auto const done = write_file(path, content);
        if (!done) return done.error();
        out.push_back({name.substr(name.rfind('.') + 1), path});
    }
    return out;
}

} // namespace watertight::reports
