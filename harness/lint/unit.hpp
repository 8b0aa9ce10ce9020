#pragma once

#include "harness/evidence/finding.hpp"
#include "harness/probe/spec.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::lint {

/// What a lint is, said once, as probe::spec says it of a probe.
struct spec {
    /// "<layer>.<folder>": permanent, never reused.
    std::string id{};
    std::string title{};
    probe::layer where{};
    evidence::guarantee kind{};
    evidence::severity level{};
    std::string cwe{};
    std::string owasp{};
    std::string asvs{};
    /// Ids of the fault catalogue, separated by spaces.
    std::string faults{};
    /// What other tools call the same: "splinter 0013, pgrls SEC001"; may be empty.
    std::string rules{};
    /// The probe whose attempts decide whether the suspicion is true; may be empty.
    std::string live{};
    std::string rationale{};
    std::string remedy{};
};

/// What a lint suspects of one thing in a store.
struct suspicion {
    /// "table", "policy", "role", "key family", "collection".
    std::string kind{};
    /// As a statement would name it: public."Order".
    std::string object{};
    /// A sentence or two: what is there, and what it lets happen.
    std::string detail{};
    /// To paste; may be empty.
    std::string fix{};
    /// A departure from the lint's own severity.
    std::optional<evidence::severity> level{};
};

struct redis_facts;
struct mongo_facts;

/// A query of the catalogue; sql_file.hpp says what it looks like.
struct postgres_unit {
    spec what{};
    std::string_view sql{};
};

/// A pure function of what was read from a Redis.
struct redis_unit {
    spec what{};
    std::vector<suspicion> (*judge)(redis_facts const& facts) = nullptr;
};

/// A pure function of what was read from a MongoDB.
struct mongo_unit {
    spec what{};
    std::vector<suspicion> (*judge)(mongo_facts const& facts) = nullptr;
};

} // namespace watertight::lint
