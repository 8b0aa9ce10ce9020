#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

using nlohmann::json;

static json describe_hook(webhook const& one)
{
    return {{"id", one.id}, {"tenantId", one.tenant_id}, {"url", one.url}};
}

static asio::awaitable<response> create_webhook(call& c)
{
    auto const body = read_object(c.in);
    webhook one{random_uuid(), c.on->id, required_text(body, "url", 500)};
    auto const answer = describe_hook(one);
    c.process().webhooks.add(std::move(one));
    co_return json_response(201, answer);
}

static asio::awaitable<response> list_webhooks(call& c)
{
    auto list = json::array();
    for (auto const& one : c.process().webhooks.of(c.on->id)) list.push_back(describe_hook(one));
    co_return json_response(200, {{"webhooks", std::move(list)}});
}

static asio::awaitable<response> delete_webhook(call& c)
{
    if (!c.process().webhooks.erase(c.on->id, c.id_parameter("id"))) not_found();
    response out;
    out.status = 204;
    co_return out;
}

void add_webhooks(routes& to)
{
    to.add("GET", "/api/v1/webhooks", {access::admin, list_webhooks});
    to.add("POST", "/api/v1/webhooks", {access::admin, create_webhook});
    to.add("DELETE", "/api/v1/webhooks/{id}", {access::admin, delete_webhook});
}

} // namespace watertight::lab::mis
