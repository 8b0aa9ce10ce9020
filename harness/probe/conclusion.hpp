#pragma once

#include "harness/base/ids.hpp"
#include "harness/evidence/finding.hpp"
#include "harness/probe/exchange.hpp"
#include "harness/verdict/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace watertight::probe {

/// One violation as a judge found it; the runner makes a finding of it (redacted, with the probe's
/// facts and a reproduction).
struct violation {
    tenant_index victim{};
    /// Stands for the victim's name where what was found says not whose it is; often empty.
    std::string victim_name{};
    /// Nothing where nobody intruded (a stale entry, an unpurged row).
    std::optional<tenant_index> intruder{};
    std::string channel{};
    std::string detail{};
    std::string token{};
    /// "response body, byte 120".
    std::string position{};
    /// The control first, then the exchange that shows the violation.
    std::vector<exchange> exchanges{};
    /// For stores: the command to paste. For exchanges it is made from the last one.
    std::string reproduction{};
    /// Departures from the probe's own severity and guarantee.
    std::optional<evidence::severity> level{};
    std::optional<evidence::guarantee> kind{};
};

/// A violation proved by a token in the last of `exchanges`.
violation shown_by(
    evidence::sighting const& token,
    std::string channel,
    std::string detail,
    std::vector<exchange> exchanges
);

/// What a judge decided about everything that was collected.
struct conclusion {
    std::vector<violation> violations{};
    /// Independent attempts whose answer was conclusive.
    std::uint64_t trials = 0;
    /// Attempts whose positive control succeeded.
    std::uint64_t controls = 0;
    /// Why parts could not be decided, each once; they do not hide what was decided.
    std::vector<std::string> undecided{};
    /// The scenario lacks this capability, so that nothing was tried.
    std::string not_applicable{};
    /// Facts for the report's notes.
    std::vector<std::string> notes{};
    /// What was learnt beside the verdict. The runner gives a table without an id the probe's.
    std::vector<verdict::result_table> tables{};

    void add_undecided(std::string reason);
};

} // namespace watertight::probe
