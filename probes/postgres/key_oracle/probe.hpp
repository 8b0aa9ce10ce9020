#pragma once

#include "harness/probe/conclusion.hpp"

#include <string>
#include <vector>

namespace watertight::probes::postgres::key_oracle {

enum class kind {
    /// A unique key that has no tenant in it.
    unique,
    /// A foreign key that has no tenant in it.
    reference,
    /// The same, and what becomes of the other's row becomes of one's own.
    cascade,
};

/// What a key told a tenant about another's row, or did to it.
struct attempt {
    kind what{};
    std::string table{};
    /// "users_email_key".
    std::string key{};
    std::string columns{};
    tenant_index victim{};
    tenant_index intruder{};
    /// The same statement with a value that nobody has ended otherwise.
    bool control = false;
    bool tells = false;
    std::string failure{};
    std::string reproduction{};
    /// How long a row of one's own took while nobody, and while the other had begun to, write the
    /// same value: interleaved pairs.
    std::vector<double> alone_ms{};
    std::vector<double> waiting_ms{};
};

probe::conclusion judge(std::vector<attempt> const& attempts);

} // namespace watertight::probes::postgres::key_oracle
