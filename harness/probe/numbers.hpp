#pragma once

#include "harness/probe/exchange.hpp"

#include <cstdint>
#include <map>

namespace watertight::probe {

/// The whole numbers of an answer by place: JSON pointers, and headers by name ("header
/// x-total-count"). Content-Length is none of them.
std::map<std::string, std::int64_t> numbers_in(exchange const& e);

} // namespace watertight::probe
