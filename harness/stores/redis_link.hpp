#pragma once

#include "harness/stores/pipe.hpp"
#include "harness/stores/redis_address.hpp"

#include <memory>

namespace watertight::stores {

/// A Redis connection that pipelines: hiredis parses. Signs in and selects the database before it
/// opens. An operation's fields are a command's words.
std::shared_ptr<link>
make_redis_link(asio::any_io_executor const& core, redis_address const& where, bool is_shared);

} // namespace watertight::stores
