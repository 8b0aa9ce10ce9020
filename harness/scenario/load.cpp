#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/scenario/compile.hpp"
#include "harness/scenario/schema_check.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace watertight::scenario {

namespace {

void compile_section(
    compiler& c, node const& root, std::string_view key, void (*compile)(compiler&, node const&)
)
{
    auto const* const section = root.find(key);
    if (section != nullptr) compile(c, *section);
}

/// A document with problems is compiled all the same, so that all of them are told at once.
void compile_all(compiler& c, node const& root)
{
    c.out.name = text_of(root, "name");
    // The list of hosts comes first: stores are checked against it.
    static node const no_target;
    auto const* const target = root.find("target");
    compile_target(c, target == nullptr ? no_target : *target);
    compile_section(c, root, "tenants", compile_tenants);
    compile_resources(c, root);
    complete_path_identity(c, root);
    compile_section(c, root, "stores", compile_stores);
    compile_section(c, root, "sharing", compile_sharing);
    compile_section(c, root, "quotas", compile_quotas);
    compile_section(c, root, "plans", compile_plans);
    compile_section(c, root, "audit", compile_audit);
    compile_section(c, root, "usage", compile_usage);
    compile_section(c, root, "webhooks", compile_webhooks);
    compile_section(c, root, "logs", compile_logs);
    compile_section(c, root, "backup", compile_backup);
    compile_section(c, root, "sweeps", compile_sweeps);
    compile_section(c, root, "impersonate", compile_impersonate);
    compile_section(c, root, "traffic", compile_traffic);
    compile_section(c, root, "probes", compile_probes);
    compile_section(c, root, "experiments", compile_experiments);
    compile_section(c, root, "drill", compile_drill);
    compile_section(c, root, "criteria", compile_criteria);
    compile_section(c, root, "waivers", compile_waivers);
    if (auto const* const gate = root.find("gate")) {
        c.out.gate.inconclusive_passes = text_of(*gate, "inconclusive") == "passes";
    }
    if (auto const* const files = root.find("files")) {
        auto const directory = text_of(*files, "root");
        if (!directory.empty()) c.out.files_root = c.resolve(directory);
    }
    note_places(c, root);
    check_references(c, root);
}

std::string describe_problems(std::string const& file, std::vector<problem> const& problems)
{
    std::string out;
    for (auto const& p : problems) {
        if (!out.empty()) out += '\n';
        out += fmt::format("{}:{}:{}: {}", file, p.line, p.column, p.what);
    }
    return out;
}

} // namespace

boost::system::result<loaded, std::vector<problem>>
load_text(std::string_view yaml, std::string const& file, load_options const& o)
{
    problem_list problems;
    variables v{o.variables, o.tolerate_unset, {}};
    auto root = parse(yaml, v, problems);
    if (root.type == node::kind::null) return problems.take();

    check_schema(root, parsed_schema(), problems);
    if (root.type != node::kind::map) return problems.take();
    compiler c{.options = o, .file = file, .problems = problems};
    compile_all(c, root);
    if (!problems.empty()) return problems.take();

    c.out.file = file;
    c.out.sha256 = sha256_hex(yaml);
    for (auto& secret : c.derived_secrets) v.used.push_back(std::move(secret));
    return loaded{std::move(c.out), std::move(v.used), std::move(c.warnings)};
}

loaded load(std::string const& path, load_options const& o)
{
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        throw usage_error{fmt::format(
            "{} is a directory; a scenario is a file, such as {}",
            path,
            (std::filesystem::path{path} / "scenario.yaml").string()
        )};
    }
    auto const text = read_file(path);
    if (!text) throw usage_error{text.error().message};
    auto out = load_text(*text, path, o);
    if (out.has_error()) throw usage_error{describe_problems(path, out.error())};
    return std::move(*out);
}

} // namespace watertight::scenario
