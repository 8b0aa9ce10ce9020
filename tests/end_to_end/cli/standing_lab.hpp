#pragma once

#include "tests/end_to_end/cli/program.hpp"

#include <nlohmann/json.hpp>

#include <csignal>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace watertight::test {

/// A lab that outlives the runs against it, and its addresses.
class standing_lab {
public:
    explicit standing_lab(std::vector<std::string> faults = {})
        : process_{arguments(std::move(faults))}
    {
        // A library may have warned of something before.
        if (!process_.wait_for("}\n", std::chrono::seconds{60}))
            throw std::runtime_error{process_.output()};
        auto const& out = process_.output();
        auto const begin = out.find("{\"");
        auto const ready = nlohmann::json::parse(out.substr(begin, out.find('\n', begin) - begin));
        for (auto const& [name, value] : ready.at("environment").items()) {
            environment_[name] = value.get<std::string>();
        }
    }
    ~standing_lab()
    {
        process_.signal(SIGTERM);
        process_.wait(std::chrono::seconds{10});
    }

    std::map<std::string, std::string> const& environment() const { return environment_; }

private:
    static std::vector<std::string> arguments(std::vector<std::string> faults)
    {
        std::vector<std::string> out{"watertight-lab"};
        for (auto& f : faults) {
            out.emplace_back("--fault");
            out.push_back(std::move(f));
        }
        return out;
    }

    program process_;
    std::map<std::string, std::string> environment_;
};

} // namespace watertight::test
