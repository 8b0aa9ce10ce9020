#pragma once

#include "harness/net/asio.hpp"

#include <string>
#include <vector>

namespace watertight::lab {

/// Runs each of these on one connection, one message each: what a dialect needs before it serves.
/// A statement that must stand alone, as CREATE DATABASE, is an element of its own.
/// @throws run_error with what the server said.
asio::awaitable<void> run_sql(std::string url, std::vector<std::string> scripts);

} // namespace watertight::lab
