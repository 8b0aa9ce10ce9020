#pragma once

#include "harness/base/random.hpp"
#include "harness/net/http_parser.hpp"

#include <string>
#include <string_view>

namespace watertight::fuzz {

/// What the parser made of a response and the end of its connection; two ways of receiving the same
/// bytes must come to equal readings.
struct response_reading {
    bool whole = false;
    /// If it is not whole.
    errc error{};
    int status = 0;
    std::string head;
    std::string body;
    std::string trailers;
    net::content_coding coding{};
    bool sets_cookie = false;
    /// Or something was left over.
    bool closes = false;

    bool operator==(response_reading const&) const = default;
};

inline constexpr std::size_t body_bytes_max = 4096;

/// @param pieces  cuts the bytes into pieces at random; null: as many at once as there is room for.
response_reading read_response(std::string_view wire, bool is_head, rng* pieces);

} // namespace watertight::fuzz
