#include "harness/cli/files.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/process.hpp"
#include "probes/catalogue.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

namespace watertight::cli {

std::string pack_scenario(std::string_view pack)
{
    namespace fs = std::filesystem;
    auto const here = executable_folder();
    auto const tail = fmt::format("scenarios/{}/scenario.yaml", pack);
    for (auto const& root : {std::string{"."}, here + "/../../..", here + "/../share/watertight"}) {
        auto const path = fs::path{root} / tail;
        if (fs::exists(path)) return path.lexically_normal().string();
    }
    throw usage_error{fmt::format(
        "there is no pack \"{}\": {} is neither here nor beside the program", pack, tail
    )};
}

void give_to_commands(std::map<std::string, std::string> const& variables)
{
    for (auto const& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
}

scenario::load_options loading_from(std::string const& env_file)
{
    scenario::load_options out;
    for (auto const& u : probes::catalogue()) out.probe_ids.emplace_back(u.what->id);
    if (env_file.empty()) return out;
    auto variables = scenario::read_env_file(env_file);
    if (variables.has_error()) throw usage_error{variables.error().message};
    out.variables = std::move(*variables);
    give_to_commands(out.variables);
    return out;
}

} // namespace watertight::cli
