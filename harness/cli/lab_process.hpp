#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace watertight::cli {

/// The built-in lab as a child process: alive as long as this object, and no longer than us.
class lab_process {
public:
    /// Starts `watertight-lab` (the sibling of this program) and waits until it is ready.
    /// @throws run_error with the lab's own words when it does not come up.
    lab_process(std::string const& dialect, std::vector<std::string> const& faults);
    lab_process(lab_process const&) = delete;
    lab_process& operator=(lab_process const&) = delete;
    /// Asks it to end and waits, a few seconds at most.
    ~lab_process();

    /// What a scenario's ${NAME}s stand for: MIS_URL, MIS_ADMIN_TOKEN, ...
    std::map<std::string, std::string> const& environment() const noexcept { return environment_; }

private:
    void spawn(std::vector<std::string> const& arguments);
    std::string first_line();
    std::string complaint() const;
    void stop() noexcept;

    int pid_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::string log_path_{};
    std::map<std::string, std::string> environment_;
};

/// The path of watertight-lab beside this program. @throws run_error if it is not there.
std::string lab_program();

/// One switchable defect of the lab, and what finds it.
struct lab_fault {
    std::string id{};
    std::string dialect{};
    std::string title{};
    std::string layer{};
    std::string guarantee{};
    /// A regular expression that the finding's channel matches.
    std::string channel{};
};

/// Asks the lab for its faults. @throws run_error.
std::vector<lab_fault> lab_faults();

/// Runs a program and returns what it printed. @throws run_error if it fails.
std::string output_of(std::vector<std::string> const& arguments);

} // namespace watertight::cli
