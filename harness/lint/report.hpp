#pragma once

#include "harness/lint/unit.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace watertight::lint {

/// What came of one lint.
struct outcome {
    spec what{};
    std::vector<suspicion> found{};
    /// Why it could not be carried out; empty if it was.
    std::string undecided{};
    double seconds = 0;
};

/// Something in the store that no lint looked at, and why.
struct left_out {
    std::string kind{};
    std::string name{};
    std::string reason{};
};

/// What the lints say of one store. Holds no secret.
struct report {
    /// "postgres", "redis", "mongo".
    std::string store{};
    /// "postgres 127.0.0.1:5432/app as auditor".
    std::string where{};
    /// How tenants and the application's roles were told, what a replica cannot show.
    std::vector<std::string> notes{};
    std::vector<outcome> outcomes{};
    /// Kind to how many of it were looked at.
    std::map<std::string, std::uint64_t> examined{};
    std::vector<left_out> not_examined{};
    double seconds = 0;

    bool is_undecided() const;
    /// The highest level of a suspicion; nothing if there is none.
    std::optional<evidence::severity> worst() const;
};

/// The level of a suspicion by this lint.
evidence::severity level_of(spec const& what, suspicion const& s) noexcept;

/// For people. @param all  lists all that was not examined, however many there are.
std::string to_text(report const& r, bool all);
std::string to_markdown(report const& r);
/// A JSON array with a member for each report.
std::string to_json(std::vector<report> const& reports);

} // namespace watertight::lint
