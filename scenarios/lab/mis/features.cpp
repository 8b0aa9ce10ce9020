#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace watertight::lab::mis {

using nlohmann::json;

static constexpr std::array all_features{
    "biometric_auth",
    "ai_verification",
    "advanced_analytics",
    "custom_branding",
    "priority_support"};

static void require_feature(call const& c, std::string_view feature)
{
    // Whether the tenant switched it off is still asked; what it pays for is not.
    if (c.faults().on("N9") && feature == "advanced_analytics") return;
    if (c.on->may(feature)) return;
    throw refusal{403, "FEATURE_NOT_IN_PLAN", fmt::format("the plan has no {}", feature)};
}

static asio::awaitable<response> list_features(call& c)
{
    json features;
    for (auto const* const f : all_features) features[f] = c.on->may(f);
    co_return json_response(
        200,
        {
            {"plan", c.on->on_plan->name},
            {"features", features},
            {"limits",
             {{"users", c.on->users_max},
              {"storageBytes", c.on->storage_bytes_max},
              {"uploadBytes", c.on->upload_bytes_max},
              {"requestsPerDay", c.on->requests_per_day},
              {"sessionSeconds", c.on->session_s}}},
        }
    );
}

static asio::awaitable<response> enrol(call& c)
{
    require_feature(c, "biometric_auth");
    auto const body = read_object(c.in);
    auto const user_id = text_member(body, "userId", 36).value_or(c.user_id);
    auto const sample = required_text(body, "template", 100'000);
    if (!is_uuid(user_id)) not_found();

    auto tx = co_await begin(c);
    sql_values values{c.on->id, user_id, sha256_hex(sample)};
    auto const rows = co_await tx.query(
        "INSERT INTO biometric_enrolments (tenant_id, user_id, template_sha256) "
        "SELECT tenant_id, id, $3 FROM users WHERE tenant_id = $1 AND id = $2 "
        "ON CONFLICT (tenant_id, user_id) DO UPDATE SET template_sha256 = excluded.template_sha256 "
        "RETURNING id",
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    audit(tx, c, "biometric.enrol", "user/" + user_id);
    co_await tx.commit();
    co_return json_response(
        201, {{"success", true}, {"id", rows.values[0][0].value()}, {"userId", user_id}}
    );
}

// The share of the document's words that are also in the user's name.
static double likeness(std::string_view document, std::string_view name)
{
    auto const text = to_lower(document);
    double words = 0;
    double found = 0;
    auto const lower = to_lower(name);
    for (auto const word : split(lower, ' ')) {
        if (word.empty()) continue;
        words += 1;
        if (text.find(word) != std::string::npos) found += 1;
    }
    return words > 0 ? found / words : 0;
}

static asio::awaitable<response> verify(call& c)
{
    require_feature(c, "ai_verification");
    auto const body = read_object(c.in);
    auto const user_id = text_member(body, "userId", 36).value_or(c.user_id);
    auto const document = required_text(body, "document", 100'000);
    if (!is_uuid(user_id)) not_found();

    auto tx = co_await begin(c);
    sql_values values{c.on->id, user_id};
    auto const rows = co_await tx.query(
        "SELECT name FROM users WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    auto const score = likeness(document, rows.values[0][0].value());
    audit(tx, c, "ai.verify", "user/" + user_id);
    co_await tx.commit();
    co_return json_response(
        200, {{"success", true}, {"userId", user_id}, {"score", score}, {"verified", score >= 0.5}}
    );
}

static asio::awaitable<response> analytics(call& c)
{
    require_feature(c, "advanced_analytics");
    sql_values values{c.on->id};
    auto rows = co_await c.core.main.query(
        "SELECT json_build_object('users', (SELECT count(*) FROM users WHERE tenant_id = $1 "
        "AND deleted_at IS NULL), 'usersByRole', (SELECT coalesce(json_object_agg(role, n), '{}') "
        "FROM (SELECT role, count(*) AS n FROM users WHERE tenant_id = $1 GROUP BY role) r), "
        "'media', (SELECT count(*) FROM media WHERE tenant_id = $1), "
        "'mediaBytes', (SELECT coalesce(sum(size_bytes), 0) FROM media WHERE tenant_id = $1), "
        "'files', (SELECT count(*) FROM files WHERE tenant_id = $1))",
        std::move(values)
    );
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

static asio::awaitable<response> put_branding(call& c)
{
    require_feature(c, "custom_branding");
    auto const body = read_object(c.in);
    json const branding{
        {"primaryColor", text_member(body, "primaryColor", 32).value_or("")},
        {"logoText", text_member(body, "logoText", 255).value_or("")},
    };
    auto tx = co_await begin(c);
    sql_values values{c.on->id, branding.dump()};
    co_await tx.query(
        "UPDATE tenants SET settings = jsonb_set(settings, '{branding}', $2::jsonb), "
        "updated_at = clock_timestamp() WHERE id = $1",
        std::move(values)
    );
    audit(tx, c, "branding.update", "tenant/" + c.on->id);
    co_await tx.commit();
    co_return json_response(200, {{"success", true}, {"branding", branding}});
}

static asio::awaitable<response> get_branding(call& c)
{
    require_feature(c, "custom_branding");
    sql_values values{c.on->id};
    auto rows = co_await c.core.main.query(
        "SELECT json_build_object('branding', settings->'branding') FROM tenants WHERE id = $1",
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

void add_features(routes& to)
{
    to.add("GET", "/api/v1/features", {access::user, list_features});
    to.add("POST", "/api/v1/biometric/enrol", {access::user, enrol});
    to.add("POST", "/api/v1/ai/verify", {access::user, verify});
    to.add("GET", "/api/v1/analytics", {access::user, analytics});
    to.add("GET", "/api/v1/branding", {access::user, get_branding});
    to.add("PUT", "/api/v1/branding", {access::admin, put_branding});
}

} // namespace watertight::lab::mis
