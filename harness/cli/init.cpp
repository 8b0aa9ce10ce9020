#include "harness/cli/init.hpp"

#include "harness/base/text.hpp"
#include "harness/cli/fetch.hpp"
#include "harness/cli/files.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/draft/plan.hpp"
#include "harness/evidence/redaction.hpp"
#include "harness/lint/tenancy.hpp"
#include "harness/lint/tenancy_facts.hpp"
#include "harness/scenario/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace watertight::cli {

static constexpr auto catalogue_budget = std::chrono::seconds{10};

// The document's tree is dropped as soon as it has been read.
static draft::description read_description(init_options const& o)
{
    auto const& source = o.openapi.empty() ? o.har : o.openapi;
    auto const text = is_url(source) ? fetch_text(source) : read_file(source);
    if (text.has_error()) {
        if (is_url(source)) throw run_error{text.error().message};
        throw usage_error{text.error().message};
    }
    auto const root = draft::parse_document(*text, source);
    if (root.has_error()) throw usage_error{root.error().message};
    auto out = o.openapi.empty() ? draft::read_har(*root, source, o.base)
                                 : draft::read_openapi(*root, source);
    if (out.has_error()) throw usage_error{out.error().message};
    return std::move(*out);
}

// The name that most of the tenants' tables have for what names the tenant.
static draft::planned_store store_of(lint::database_shape const& shape, lint::tenancy const& found)
{
    std::map<std::string, std::size_t> counts;
    for (auto const& table : found.tables) {
        for (auto const& column : shape.columns) {
            auto const is_key = std::ranges::count(table.columns, column.number) != 0;
            if (column.of == table.id && is_key) ++counts[column.name];
        }
    }
    auto const best = std::ranges::max_element(counts, {}, [](auto const& c) { return c.second; });
    if (best == counts.end()) return {};
    return {
        best->first,
        fmt::format(
            "names the tenant in {} of {}", best->second, plural(found.tables.size(), "table")
        )};
}

static asio::awaitable<void>
look_at_catalogue(asio::any_io_executor core, std::string url, draft::planned_store& out)
{
    auto db = co_await stores::postgres::connect(core, url, catalogue_budget);
    if (db.has_error()) throw run_error{"postgres: " + db.error().message};
    lint::postgres_options options;
    options.url = std::move(url);
    auto const facts = co_await lint::read_database(*db, std::move(options));
    if (facts.has_error()) throw run_error{"postgres: " + facts.error().message};
    out = store_of(facts->shape, lint::find_tenancy(facts->shape, {}));
}

// scenario.yaml has scenario.tenants.yaml beside it.
static std::string tenants_file_of(std::string const& scenario)
{
    if (scenario == "-") return "tenants.yaml";
    auto path = std::filesystem::path{scenario};
    return path.replace_extension(".tenants.yaml").string();
}

static void check_free(init_options const& o, std::string const& path)
{
    std::error_code ignored;
    if (o.force || path == "-" || !std::filesystem::exists(path, ignored)) return;
    throw usage_error{path + " exists; --force writes over it, -o FILE writes elsewhere"};
}

static void write_out(std::string const& path, std::string const& text)
{
    auto const written = write_file(path, text);
    if (written.has_error()) throw run_error{written.error().message};
}

// Whatever `validate` would say of it is said at once.
static std::string verdict_on(std::string const& path)
{
    try {
        auto loading = loading_from("");
        scenario::load(path, loading);
        return "`watertight validate` accepts it as it is";
    } catch (usage_error const& e) {
        return fmt::format("`watertight validate` does not accept it yet:\n{}", e.what());
    }
}

std::string places_to_fill(std::string const& scenario, std::string const& tenants)
{
    std::string out;
    for (auto const& path : {scenario, tenants}) {
        if (path.empty()) continue;
        if (auto const text = read_file(path)) out += draft::marked_places(path, *text);
    }
    return out;
}

static void print_to_stdout(draft::plan const& p, std::string const& source)
{
    auto const tenants = tenants_file_of("-");
    fmt::print("{}", draft::scenario_text(p, source, tenants));
    auto const file = draft::tenants_text(p);
    if (!file.empty()) fmt::print("\n# --- {} ---\n", tenants);
    for (auto const line : split(file, '\n')) {
        if (!line.empty()) fmt::print("# {}\n", line);
    }
    fmt::print(stderr, "{}", draft::summary_text(p, "-", tenants));
}

exit_code init(init_options const& o)
{
    if (o.openapi.empty() == o.har.empty()) {
        throw usage_error{"init reads one of --openapi FILE|URL and --har FILE"};
    }
    auto const tenants = tenants_file_of(o.out);
    check_free(o, o.out);
    auto const api = read_description(o);
    auto p = draft::make_plan(api, {o.resources_max, o.paths});
    if (!o.postgres.empty()) {
        p.postgres.emplace();
        asio::io_context loop{1};
        auto const work = [&]() -> asio::awaitable<void> {
            return look_at_catalogue(loop.get_executor(), o.postgres, *p.postgres);
        };
        if (!run_interruptibly(loop, work)) return exit_code::interrupted;
    }
    evidence::redactor const secrets;
    auto const source = secrets.redact(o.openapi.empty() ? o.har : o.openapi);
    if (o.out == "-") {
        print_to_stdout(p, source);
        return exit_code::passed;
    }
    auto const file = draft::tenants_text(p);
    if (!file.empty()) {
        check_free(o, tenants);
        write_out(tenants, file);
        namespace fs = std::filesystem;
        std::error_code ignored;
        fs::permissions(tenants, fs::perms::owner_read | fs::perms::owner_write, ignored);
    }
    auto const name = std::filesystem::path{tenants}.filename().string();
    write_out(o.out, draft::scenario_text(p, source, name));
    fmt::print("{}", draft::summary_text(p, o.out, tenants));
    fmt::print(
        "\n{}{}\n", o.out, file.empty() ? " is written" : " and " + tenants + " are written"
    );
    fmt::print("{}\n\n", verdict_on(o.out));
    fmt::print(
        "next: watertight validate {0} --plan     what would be sent\n"
        "      watertight probe {0} --dry-run     one of each, shown and removed\n"
        "      watertight run {0}\n",
        o.out
    );
    return exit_code::passed;
}

} // namespace watertight::cli
