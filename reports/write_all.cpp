#include "harness/base/text.hpp"
#include "reports/reports.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace watertight::reports {

// What every run leaves. The result file comes first: from it, every other report can be made
// again.
static constexpr std::string_view always[]{"json", "html", "junit", "hdr"};

result<std::vector<written>> write_all(
    verdict::run_result const& r, std::string const& folder, std::vector<std::string> const& more
)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        return failure{errc::exhausted, "cannot make " + folder + ": " + error.message(), {}};
    }
    std::vector<std::string> wanted{std::begin(always), std::end(always)};
    for (auto const& name : more) {
        if (std::ranges::find(wanted, name) == wanted.end()) wanted.push_back(name);
    }
    std::vector<written> out;
    auto const json = verdict::to_json(r);
    auto const make = [&](output_format const& format) {
        if (format.name == "json") return json;
        return format.name == "html" ? html(r, json) : format.make(r);
    };
    for (auto const& name : wanted) {
        auto const* const format = find_format(name);
        if (format == nullptr) return failure{errc::malformed, "no format " + name, {}};
        auto const content = make(*format);
        if (content.empty()) continue;
        auto const path = (std::filesystem::path{folder} / format->file).string();
        auto const done = write_file(path, content);
        if (!done) return done.error();
        out.push_back({name, path});
    }
    return out;
}

} // namespace watertight::reports
