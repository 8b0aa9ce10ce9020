#pragma once

#include "harness/verdict/result.hpp"
#include "tests/end_to_end/cli/program.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace watertight::test {

/// The service of ledgerbook.py, running while this object lives.
class ledgerbook {
public:
    /// @param arguments  {"--fault", "read"} and the like.
    explicit ledgerbook(std::vector<std::string> arguments = {});

    std::string const& url() const noexcept { return url_; }
    /// Ends it. @return what it says is left in it, as JSON.
    std::string end();

private:
    program process_;
    std::string url_;
};

/// The path of a file beside this one.
std::string in_foreign(std::string const& name);

/// The result that a run left in `folder`.
verdict::run_result result_in(std::filesystem::path const& folder);

} // namespace watertight::test
