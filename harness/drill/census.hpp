#pragma once

#include "harness/drill/fingerprint.hpp"
#include "harness/drill/live_traffic.hpp"
#include "harness/drill/run.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace watertight::drill {

/// A row or document that bears a mark of the drill's own traffic.
struct marked_place {
    /// "public.users".
    std::string table{};
    tenant_value tenant{};
    std::string mark{};
};

/// Whose the rows of one table are.
struct ownership {
    /// The column or field that names the tenant; empty: none does.
    std::string tenant_by{};
    std::uint64_t rows = 0;
    std::uint64_t without_tenant = 0;
};

struct census {
    std::vector<marked_place> marks{};
    std::map<std::string, ownership> tables{};
    /// Tables too large to be searched now.
    std::vector<std::string> left_out{};
};

struct census_options {
    std::string store{};
    /// The column or field that names the tenant, where it is known.
    std::string tenant{};
    /// Tables with more rows, as the server estimates them, are left out.
    std::uint64_t rows_max = 5'000'000;
    /// For one statement, so that nobody's migration waits for it.
    std::chrono::milliseconds statement_timeout = std::chrono::minutes{10};
};

/// Searches all tables and collections of a store. Redis and folders have no rows: an empty census.
asio::awaitable<result<census>> take_census(surroundings const& s, census_options o);

/// A write of the drill's traffic that is not where it belongs.
struct stray_write {
    /// "is missing", "is there more than once", "has no tenant", "belongs to another tenant".
    std::string how{};
    std::string table{};
    /// Whose it is, and for one that moved, what stands in its place.
    std::string owner{};
    std::string instead{};
    std::string mark{};
};

/// What each tenant's column should hold; empty: not known.
using stored_tenants = std::map<tenant_index, std::string>;

/// Judges where the acknowledged writes stand. What a table never holds is no loss, and what it
/// holds of every write several times is its design.
struct judge_options {
    stored_tenants expected{};
    /// Tables in which rows had no tenant before: that is how they are.
    std::set<std::string> shared{};
    /// The drill is over: what is missing is lost.
    bool is_final = false;
};
std::vector<stray_write>
judge(census const& seen, live_traffic const& traffic, judge_options const& o);

} // namespace watertight::drill
