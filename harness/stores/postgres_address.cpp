#include "harness/stores/postgres_address.hpp"

#include <boost/asio/ip/address.hpp>
#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace watertight::stores {

std::string_view postgres_address::get(std::string_view keyword) const
{
    auto const at = std::ranges::find(settings, keyword, [](auto const& s) { return s.first; });
    return at == settings.end() ? std::string_view{} : std::string_view{at->second};
}

void postgres_address::set_default(std::string_view keyword, std::string value)
{
    if (get(keyword).empty()) settings.emplace_back(keyword, std::move(value));
}

std::string postgres_address::host_to_resolve() const
{
    auto const host = std::string{get("host")};
    if (host.empty() || host.starts_with('/') || host.starts_with('@')) return {};
    if (host.find(',') != std::string::npos || !get("hostaddr").empty()) return {};
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    return not_an_address ? host : std::string{};
}

result<postgres_address> parse_postgres_address(std::string const& url)
{
    auto const options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>{
        PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree};
    if (!options) {
        return failure{
            errc::malformed,
            "the PostgreSQL address is not of the form postgres://user:password@host:port/database",
            {}};
    }
    postgres_address out;
    for (auto const* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) out.settings.emplace_back(option->keyword, option->val);
    }
    return out;
}

result<postgres_address> complete_postgres_address(std::string const& url)
{
    auto address = parse_postgres_address(url);
    if (address.has_error()) return address;
    address->set_default("fallback_application_name", "watertight");
    address->set_default("client_encoding", "UTF8");
    // Else libpq looks for Kerberos tickets, which takes its time, before it tries anything.
    address->set_default("gssencmode", "disable");
    return address;
}

} // namespace watertight::stores
