#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace watertight::drill {

/// How long something took with data of one size.
struct timed_size {
    double size = 0;
    double seconds = 0;
};

/// What a straight line through the measurements says of another size.
struct continued {
    double size = 0;
    double seconds = 0;
    /// The 95 % prediction interval; never below zero.
    double low = 0;
    double high = 0;
    /// Standard error of the measurements about the line, in seconds.
    double error = 0;
    /// By what power of the size the time grows, from the logarithms: 1 is proportional.
    double power = 0;
};

/// @param measured  three or more sizes, not all alike.
continued continue_to(std::vector<timed_size> const& measured, double size);

/// "extrapolation, not a measurement: execution of 10000000 rows would take ..."
std::string
describe(std::string const& what, std::vector<timed_size> const& measured, continued const& c);

} // namespace watertight::drill
