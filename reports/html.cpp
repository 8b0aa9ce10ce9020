#include "harness/base/text.hpp"
#include "reports/html/assets.hpp"
#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/reports.hpp"

#include <charconv>

namespace watertight::reports {

// What lets this one script run under the page's Content-Security-Policy, and no other.
static std::string hash_source(std::string_view script)
{
    auto const digits = sha256_hex(script);
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        unsigned byte = 0;
        std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
        bytes += static_cast<char>(byte);
    }
    return "sha256-" + base64(bytes);
}

std::string html(verdict::run_result const& r)
{
    return html(r, verdict::to_json(r));
}

std::string html(verdict::run_result const& r, std::string const& json)
{
    std::string body = "<main>\n";
    for (auto const part :
         {sections::banner,
          sections::criteria,
          sections::findings,
          sections::matrix,
          sections::changes,
          sections::probes,
          sections::tables,
          sections::coverage,
          sections::latency,
          sections::operations,
          sections::tenants,
          sections::experiments,
          sections::drill,
          sections::metrics,
          sections::provenance})
    {
        body += part(r);
    }
    body += "</main>";

    auto const title =
        markup::esc(r.scenario_name + ": " + std::string{verdict::to_string(r.outcome)});
    auto const data = markup::island(json);
    auto const hash = hash_source(assets::script);
    return markup::fill(
        assets::page,
        {{"title", title},
         {"script_hash", hash},
         {"style", assets::style},
         {"body", body},
         {"data", data},
         {"script", assets::script}}
    );
}

} // namespace watertight::reports
