#include "harness/cli/starting.hpp"

#include "harness/cli/manual.hpp"
#include "harness/scenario/scenario.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace watertight::cli {

static void add_init(CLI::App& app, starting& o, exit_code& code)
{
    auto& i = o.init;
    auto* const init =
        app.add_subcommand("init", "Draft a scenario from an API's description")
            ->footer(
                "Examples: watertight init --openapi openapi.yaml -o my.yaml\n"
                "          watertight init --openapi https://app.example.org/openapi.json\n"
                "          watertight init --openapi api.json --paths '/v1/orgs/*' --resources 20\n"
                "          watertight init --openapi api.json --postgres postgres://audit@db/app\n"
                "          watertight init --har recording.har --base https://app.example.org/api\n"
                "What only you know is marked in the scenario; the command lists it. Files are\n"
                "written over only with --force."
            );
    auto* const openapi = init->add_option(
        "--openapi", i.openapi, "Swagger 2.0, OpenAPI 3.0 or 3.1, JSON or YAML: a file or a URL"
    );
    init->add_option("--har", i.har, "A HAR recording of a browser's or a proxy's")
        ->excludes(openapi);
    init->add_option("--base", i.base, "With --har: how URLs of the system under test begin");
    init->add_option("--postgres", i.postgres, "Add this store: postgres://user:password@host/db");
    init->add_option("-o,--output", i.out, "The scenario's file; - for standard output")
        ->capture_default_str();
    init->add_flag("--force", i.force, "Write over files that exist");
    init->add_option("--resources", i.resources_max, "At most so many resources, the best first")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    init->add_option("--paths", i.paths, "Only operations whose path matches: '/v1/orgs/*'");
    init->callback([&i, &code] { code = cli::init(i); });
}

static void add_reference(CLI::App& app, starting& o, exit_code& code)
{
    auto* const schema = app.add_subcommand("schema", "The keys of a scenario")
                             ->footer("Example: watertight schema --markdown > reference.md");
    schema->add_flag(
        "--markdown{markdown}", o.schema_format, "A page to read, in place of the JSON schema"
    );
    schema->callback([&o, &code] {
        auto const is_page = o.schema_format == "markdown";
        fmt::print(
            "{}", is_page ? scenario::schema_page() : std::string{scenario::schema()} + "\n"
        );
        code = exit_code::passed;
    });

    auto* const completion =
        app.add_subcommand("completion", "A script that completes commands and options")
            ->footer("Examples: source <(watertight completion bash)\n"
                     "          watertight completion zsh > ~/.zsh/_watertight\n"
                     "          watertight completion fish > "
                     "~/.config/fish/completions/watertight.fish");
    completion->add_option("shell", o.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completion->callback([&app, &o, &code] {
        fmt::print("{}", completion_script(app, o.shell));
        code = exit_code::passed;
    });

    auto* const man =
        app.add_subcommand("man", "The manual page")->footer("Example: watertight man | man -l -");
    man->callback([&app, &code] {
        fmt::print("{}", manual_page(app));
        code = exit_code::passed;
    });
}

void add_starting(CLI::App& app, starting& o, exit_code& code)
{
    add_init(app, o, code);
    add_reference(app, o, code);
}

} // namespace watertight::cli
