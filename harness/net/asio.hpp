#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace watertight {

namespace asio = boost::asio;

} // namespace watertight
