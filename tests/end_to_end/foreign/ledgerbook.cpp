#include "tests/end_to_end/foreign/ledgerbook.hpp"

#include "harness/base/text.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace watertight::test {

static std::vector<std::string> command(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), {"python3", in_foreign("ledgerbook.py")});
    return arguments;
}

ledgerbook::ledgerbook(std::vector<std::string> arguments) : process_{command(std::move(arguments))}
{
    if (!process_.wait_for("}\n", std::chrono::seconds{30})) {
        throw std::runtime_error{"ledgerbook did not start: " + process_.output()};
    }
    url_ = nlohmann::json::parse(process_.output()).at("url");
}

std::string ledgerbook::end()
{
    process_.close_input();
    process_.wait(std::chrono::seconds{10});
    auto const& said = process_.output();
    return said.substr(said.find('\n') + 1);
}

std::string in_foreign(std::string const& name)
{
    return source_root() + "/tests/end_to_end/foreign/" + name;
}

verdict::run_result result_in(std::filesystem::path const& folder)
{
    auto const text = read_file((folder / "result.json").string());
    if (text.has_error()) throw std::runtime_error{text.error().message};
    return verdict::from_json(*text).value();
}

} // namespace watertight::test
