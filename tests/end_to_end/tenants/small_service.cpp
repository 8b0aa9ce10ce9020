#include "tests/end_to_end/tenants/small_service.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <thread>

namespace watertight::test {

namespace {

nlohmann::json body_of(std::string const& request)
{
    return nlohmann::json::parse(request.substr(request.find("\r\n\r\n") + 4), nullptr, false);
}

std::string header(std::string const& request, std::string const& name)
{
    auto const begin = request.find("\r\n" + name + ": ");
    if (begin == std::string::npos) return {};
    auto const value = begin + name.size() + 4;
    return request.substr(value, request.find("\r\n", value) - value);
}

std::string json_id(std::string const& id)
{
    return nlohmann::json{{"id", id}}.dump();
}

} // namespace

small_service::small_service(behaviour how)
    : how_{std::move(how)}, server_{[this](peer& client, std::size_t) { serve(client); }}
{
}

void small_service::serve(peer& client)
{
    for (;;) {
        auto const request = client.read_request();
        if (request.empty()) return;
        auto const a = handle(request);
        client.send(fmt::format(
            "HTTP/1.1 {} Whatever\r\n{}Content-Length: {}\r\n\r\n{}",
            a.status,
            a.headers,
            a.body.size(),
            a.body
        ));
    }
}

small_service::answer small_service::handle(std::string const& request)
{
    {
        std::scoped_lock const lock{mutex_};
        busy_max_ = std::max(busy_max_, ++busy_);
    }
    std::this_thread::sleep_for(how_.delay);
    std::scoped_lock const lock{mutex_};
    --busy_;
    auto const space = request.find(' ');
    auto const path_end = request.find(' ', space + 1);
    return route(
        request.substr(0, space), request.substr(space + 1, path_end - space - 1), request
    );
}

small_service::answer
small_service::route(std::string const& method, std::string const& path, std::string const& request)
{
    ++counts_[method + " " + path.substr(0, path.find('/', 1))];
    auto const is_admin = header(request, "X-Admin") == "key";
    auto const last = path.substr(path.rfind('/') + 1);
    if (path.starts_with("/tenants") || path == "/users") {
        if (!is_admin) return {401, R"({"error":"not the admin"})", {}};
        if (method == "POST" && path == "/tenants") return make_tenant(request);
        if (method == "DELETE") return {tenants_.erase(last) == 1 ? 204 : 404, {}, {}};
        auto const body = body_of(request);
        passwords_[body["email"]] = body["password"];
        return {
            201,
            json_id(fmt::format("user-{:08x}-abcdef-{}", ++serial_, body["email"].size())),
            {}};
    }
    if (path == "/login") {
        auto const body = body_of(request);
        auto const known = passwords_.find(body["email"]);
        if (known == passwords_.end() || known->second != body["password"]) return {401, "{}", {}};
        return {200, nlohmann::json{{"token", new_token()}}.dump(), {}};
    }
    if (!has_session(request)) return {401, R"({"error":"no session"})", {}};
    if (path == "/refresh") return {200, nlohmann::json{{"token", new_token()}}.dump(), {}};
    if (method == "POST") return make_item(request);
    if (method == "DELETE") return {items_.erase(last) == 1 ? 204 : 404, {}, {}};
    if (method == "GET" && items_.contains(last)) {
        return {200, nlohmann::json{{"id", last}, {"link", "/l/" + last}}.dump(), {}};
    }
    return {404, "{}", {}};
}

small_service::answer small_service::make_tenant(std::string const& request)
{
    std::string const slug = body_of(request)["slug"];
    if (how_.refused.contains(slug)) {
        return {422, R"({"error":"no such plan","password":"hunter2secret"})", {}};
    }
    if (how_.throttles_first && throttled_.insert(slug).second) {
        return {429, "{}", "Retry-After: 0.02\r\n"};
    }
    if (tenants_.contains(slug)) return {409, "{}", {}};
    tenants_[slug] = fmt::format("tenant-{:08x}-0123456789ab", ++serial_);
    return {201, json_id(tenants_[slug]), {}};
}

small_service::answer small_service::make_item(std::string const& request)
{
    last_item_ = request;
    auto const is_too_long = how_.item_bytes_max > 0 &&
                             request.size() - request.find("\r\n\r\n") - 4 > how_.item_bytes_max;
    if (is_too_long) return {422, R"({"error":"name: at most 20 characters"})", {}};
    auto const id = fmt::format("item-{:08x}-fedcba9876", ++serial_);
    items_[id] = request;
    return {201, R"({"data":)" + json_id(id) + "}", {}};
}

std::string small_service::new_token()
{
    auto token = fmt::format("token-{:08x}-qwertyuiopasdf", ++serial_);
    tokens_[token] = std::chrono::steady_clock::now() + how_.token_life;
    return token;
}

bool small_service::has_session(std::string const& request) const
{
    auto const value = header(request, "Authorization");
    if (!value.starts_with("Bearer ")) return false;
    auto const known = tokens_.find(value.substr(7));
    return known != tokens_.end() && std::chrono::steady_clock::now() < known->second;
}

std::size_t small_service::tenants() const
{
    std::scoped_lock const lock{mutex_};
    return tenants_.size();
}

std::size_t small_service::items() const
{
    std::scoped_lock const lock{mutex_};
    return items_.size();
}

std::size_t small_service::count(std::string const& route) const
{
    std::scoped_lock const lock{mutex_};
    auto const found = counts_.find(route);
    return found == counts_.end() ? 0 : found->second;
}

std::size_t small_service::concurrency_max() const
{
    std::scoped_lock const lock{mutex_};
    return busy_max_;
}

std::string small_service::last_item() const
{
    std::scoped_lock const lock{mutex_};
    return last_item_;
}

} // namespace watertight::test
