#include "harness/probe/redirects.hpp"

#include "harness/base/text.hpp"
#include "harness/net/http.hpp"

#include <algorithm>
#include <array>

namespace watertight::probe {

static std::string_view path_of(std::string_view address)
{
    if (auto const scheme = address.find("://"); scheme != address.npos) {
        auto const slash = address.find('/', scheme + 3);
        address = slash == address.npos ? std::string_view{"/"} : address.substr(slash);
    }
    return address.substr(0, address.find_first_of("?#"));
}

static bool is_called_login(std::string_view path)
{
    static constexpr std::array<std::string_view, 7> names{
        "login", "log-in", "log_in", "signin", "sign-in", "sign_in", "session/new"};
    auto lower = to_lower(path);
    while (lower.ends_with('/')) lower.pop_back();
    return std::ranges::any_of(names, [&](auto const name) { return lower.ends_with(name); });
}

bool leads_to_login(exchange const& e, std::string_view login)
{
    if (!e.answered || e.status < 300 || e.status >= 400) return false;
    auto const address = net::find_header(e.head, "Location");
    if (!address) return false;
    auto const to = path_of(*address);
    // The log-in itself may lead back to where it stands.
    if (to == path_of(e.path)) return false;
    return is_called_login(to) || (!login.empty() && to == path_of(login));
}

} // namespace watertight::probe
