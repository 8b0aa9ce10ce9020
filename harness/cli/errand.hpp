#pragma once

#include "harness/evidence/redaction.hpp"
#include "harness/lint/mongo.hpp"
#include "harness/lint/postgres.hpp"
#include "harness/lint/redis.hpp"
#include "harness/target/model.hpp"
#include "probes/catalogue.hpp"

#include <string>
#include <utility>
#include <vector>

namespace watertight::cli {

/// Which stores the lints look at, and with what. An empty URL leaves a store out.
struct errand {
    lint::postgres_options postgres{};
    lint::redis_options redis{};
    lint::mongo_options mongo{};
    std::vector<lint::postgres_unit> postgres_units = probes::postgres_lints();
    std::vector<lint::redis_unit> redis_units = probes::redis_lints();
    std::vector<lint::mongo_unit> mongo_units = probes::mongo_lints();
    evidence::redactor secrets{};
    /// Stores that could not be looked at, and why.
    std::vector<std::pair<std::string, std::string>> unreached{};
};

/// The stores of a scenario, with what it says of them.
void take_model(target::model const& m, errand& e);

/// Leaves the lints that `only` names (all if it is empty) and `skip` does not.
void keep_chosen(
    errand& e, std::vector<std::string> const& only, std::vector<std::string> const& skip
);

/// Carries it out. `e` and `out` outlive the coroutine.
asio::awaitable<void> look(asio::any_io_executor core, errand& e, std::vector<lint::report>& out);

} // namespace watertight::cli
