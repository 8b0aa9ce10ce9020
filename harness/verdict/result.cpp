#include "harness/verdict/result.hpp"

#include "harness/verdict/criteria.hpp"
#include "harness/verdict/result_fields.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace watertight::verdict {

static constexpr int schema_newest = 1;

std::string to_text(wall::time_point t)
{
    auto const ms = std::chrono::floor<std::chrono::milliseconds>(t);
    auto text = rfc3339(ms);
    auto const rest = std::chrono::duration_cast<std::chrono::nanoseconds>(t - ms).count();
    if (rest != 0) text.insert(text.size() - 1, fmt::format("{:06}", rest));
    return text;
}

static bool read_part(std::string_view text, std::size_t at, std::size_t size, int& out)
{
    auto const* const from = text.data() + at;
    auto const [stop, error] = std::from_chars(from, from + size, out);
    return error == std::errc{} && stop == from + size && *from != '-';
}

// YYYY-MM-DDTHH:MM:SS, then '.' and 3 to 9 digits, then 'Z'.
std::optional<wall::time_point> instant(std::string_view text)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0;
    bool const shaped = text.size() >= 24 && text.size() <= 30 && text[4] == '-' &&
                        text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':' &&
                        text[19] == '.' && text.back() == 'Z';
    if (!shaped) return std::nullopt;
    auto const digits = text.size() - 21;
    if (!read_part(text, 0, 4, year) || !read_part(text, 5, 2, month) ||
        !read_part(text, 8, 2, day) || !read_part(text, 11, 2, hour) ||
        !read_part(text, 14, 2, minute) || !read_part(text, 17, 2, second) ||
        !read_part(text, 20, digits, fraction))
    {
        return std::nullopt;
    }
    std::chrono::year_month_day const date{
        std::chrono::year{year},
        std::chrono::month{static_cast<unsigned>(month)},
        std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    std::int64_t ns = fraction;
    for (auto i = digits; i < 9; ++i) ns *= 10;
    return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second} + std::chrono::nanoseconds{ns};
}

std::string to_json(run_result const& r)
{
    ordered out;
    json_writer w{out};
    fields(w, const_cast<run_result&>(r));
    return out.dump(2, ' ', false, ordered::error_handler_t::replace) + "\n";
}

static failure not_a_result(std::string what)
{
    return {errc::malformed, "not a result file: " + std::move(what), {}};
}

// A metric's unit follows from its name, and is not written.
static void add_units(std::vector<metric_change>& metrics)
{
    for (auto& m : metrics) {
        if (auto const* const known = find_metric(m.name)) m.in = known->in;
    }
}

result<run_result> from_json(std::string_view text)
{
    nlohmann::json document;
    try {
        document = nlohmann::json::parse(text);
    } catch (nlohmann::json::parse_error const& e) {
        return not_a_result(fmt::format("no JSON at byte {}", e.byte));
    }
    if (!document.is_object()) return not_a_result("the document is no object");
    auto const schema = document.find("schema");
    bool const newer = schema != document.end() && schema->is_number_integer() &&
                       schema->get<std::int64_t>() > schema_newest;
    if (newer) {
        return failure{
            errc::malformed,
            fmt::format(
                "the result has schema {}, this program reads up to {}: use a newer watertight",
                schema->get<std::int64_t>(),
                schema_newest
            ),
            "/schema"};
    }
    try {
        run_result r;
        json_reader reader{document, ""};
        fields(reader, r);
        if (r.comparison) add_units(r.comparison->changes.metrics);
        return r;
    } catch (shape_error const& e) {
        auto f = not_a_result((e.pointer.empty() ? "/" : e.pointer) + ": " + e.what);
        f.detail = e.pointer;
        return f;
    }
}

} // namespace watertight::verdict
