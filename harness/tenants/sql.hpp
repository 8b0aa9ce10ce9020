#pragma once

#include "harness/stores/postgres.hpp"
#include "harness/target/render.hpp"
#include "harness/tenants/intents.hpp"
#include "harness/tenants/plan.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace watertight::tenants {

/// Fills the slots of SQL text so that no value can end its literal or identifier: within '...' and
/// "..." quotes are doubled; a slot that adjoins letters of a name may hold letters, digits and '_'
/// only; any other is written as a literal of its own.
result<std::string> render_sql(target::template_text const& statement, target::scope const& s);

/// One connection per store, opened when it is first needed; statements wait for each other.
class store_pool {
public:
    /// @param urls  store name to URL; outlives the pool.
    explicit store_pool(std::map<std::string, std::string> const& urls) : urls_{urls} {}

    asio::awaitable<result<stores::postgres_rows>> run(std::string store, std::string sql);

private:
    struct place {
        turnstile gate;
        std::optional<stores::postgres> connection;
    };

    std::map<std::string, std::string> const& urls_;
    std::map<std::string, std::unique_ptr<place>> places_;
};

/// Renders and runs `step`; the wanted columns of the first row (all of them if none is named).
asio::awaitable<result<target::values>>
run_sql(store_pool& stores, sql_step const& step, target::scope s);

} // namespace watertight::tenants
