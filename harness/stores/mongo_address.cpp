#include "harness/stores/mongo_address.hpp"

#include <fmt/format.h>
#include <mongoc/mongoc.h>

#include <memory>
#include <string_view>

namespace watertight::stores {

static failure bad_address(std::string_view why)
{
    return {
        errc::malformed,
        fmt::format(
            "the MongoDB address {}; expected mongodb://user:password@host:port/?authSource=admin",
            why
        ),
        {}};
}

std::string mongo_address::describe() const
{
    auto const is_ipv6 = host.find(':') != std::string::npos;
    auto out = fmt::format("mongodb {}:{}", is_ipv6 ? "[" + host + "]" : host, port);
    return user.empty() ? out : out + " as " + user;
}

static std::string text_or_empty(char const* text)
{
    return text == nullptr ? std::string{} : std::string{text};
}

result<mongo_address> parse_mongo_address(std::string const& url)
{
    if (url.starts_with("mongodb+srv:")) {
        return bad_address("asks DNS for its servers (mongodb+srv), which could be any");
    }
    bson_error_t error{};
    std::unique_ptr<mongoc_uri_t, decltype(&mongoc_uri_destroy)> const uri{
        mongoc_uri_new_with_error(url.c_str(), &error), &mongoc_uri_destroy};
    if (!uri) return bad_address("is not a URL");
    auto const* const hosts = mongoc_uri_get_hosts(uri.get());
    if (hosts == nullptr) return bad_address("names no host");
    if (hosts->next != nullptr || mongoc_uri_get_replica_set(uri.get()) != nullptr) {
        return bad_address("leads to a replica set; name one member, with directConnection=true");
    }
    mongo_address out;
    out.url = url;
    out.host = hosts->host;
    out.port = hosts->port;
    out.database = text_or_empty(mongoc_uri_get_database(uri.get()));
    out.user = text_or_empty(mongoc_uri_get_username(uri.get()));
    return out;
}

} // namespace watertight::stores
