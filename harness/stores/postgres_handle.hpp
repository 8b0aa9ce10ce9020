#pragma once

#include "harness/base/error.hpp"
#include "harness/stores/postgres_address.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

namespace watertight::stores {

struct close_handle {
    void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
};
using pg_handle = std::unique_ptr<PGconn, close_handle>;

/// Replaces the one host name of an address by what it resolves to: libpq would block on it.
void set_resolved(postgres_address& address, std::vector<std::string> const& found);

/// Begins to connect; null if there is no memory. Notices of the server go nowhere.
pg_handle begin_connect(postgres_address const& address);

/// Ends what the server is still doing for this connection, in the background.
void cancel_statement(PGconn* handle);

} // namespace watertight::stores
