#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace watertight::test {

/// A program as a person starts it: its own process group, its output collected.
class program {
public:
    /// @param arguments    the first is a name beside the tests (watertight, watertight-lab) or a
    /// path.
    /// @param environment  added to the test's own.
    explicit program(
        std::vector<std::string> arguments, std::map<std::string, std::string> environment = {}
    );
    program(program const&) = delete;
    program& operator=(program const&) = delete;
    /// Kills it if it still runs.
    ~program();

    /// Reads until standard output and error together hold `text`. @return false when the time is
    /// up or the program has ended without it.
    bool wait_for(std::string const& text, std::chrono::seconds limit);
    /// Waits for its end. @return its exit code; minus the signal that ended it; -1000 if the time
    /// is up.
    int wait(std::chrono::seconds limit);
    void signal(int number) const;
    void type(std::string const& text) const;
    /// The end of its standard input.
    void close_input();
    /// What came so far, output and errors as they came.
    std::string const& output() const noexcept { return output_; }

private:
    /// @return false at the end of the output.
    bool read_some(std::chrono::milliseconds limit);

    pid_t pid_ = -1;
    int input_ = -1;
    int output_end_ = -1;
    std::string output_;
};

/// Runs a program to its end.
struct outcome {
    int code;
    std::string output;
};
outcome
run(std::vector<std::string> arguments,
    std::map<std::string, std::string> environment = {},
    std::chrono::seconds limit = std::chrono::seconds{240});

/// The repository's root, where scenarios and SQL files are.
std::string source_root();

} // namespace watertight::test
