#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::cursor {

/// Where a page says that the list goes on.
struct next_page {
    /// "/nextCursor", "header Link", for people.
    std::string from{};
    /// A token for a parameter, or an address.
    std::string token{};
    bool is_address = false;
};

/// What in a page leads to the next one, by the names that such members usually have.
std::vector<next_page> next_of(std::string_view head, std::string_view body);

/// The next page of the victim's list, asked for by the victim and by the intruder.
struct trial {
    std::string from{};
    /// The victim's first page, which handed out the token.
    probe::exchange first{};
    probe::exchange control{};
    /// The victim goes on by the same token, in pages of the usual length.
    probe::exchange rest{};
    /// Whether the control shows other objects than the first page.
    bool goes_on = false;
    probe::exchange hostile{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::cursor
