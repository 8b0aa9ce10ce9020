#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

using nlohmann::json;

// A key of the tenant's own: neither another tenant's nor another version's opens its values.
static std::string key_of(call const& c, int version)
{
    auto const label = fmt::format("tenant-configuration/{}/{}", c.on->id, version);
    return hmac_sha256(c.process().master_key, label);
}

static json
encrypt(call const& c, int version, std::string const& config_key, std::string const& plain)
{
    auto const bound = c.on->id + "/" + config_key;
    return {{"keyVersion", version}, {"sealed", base64(seal(key_of(c, version), plain, bound))}};
}

static json decrypt(call const& c, std::string const& config_key, json const& stored)
{
    auto const sealed = base64_decode(stored.at("sealed").get<std::string>());
    auto const bound = c.on->id + "/" + config_key;
    auto const key = key_of(c, stored.at("keyVersion").get<int>());
    auto const plain = sealed ? unseal(key, *sealed, bound) : std::nullopt;
    if (!plain) throw std::runtime_error{"a configuration cannot be decrypted"};
    return json::parse(*plain);
}

// The version that holds until the transaction ends: a rotation has to wait for it.
static asio::awaitable<int> lock_key_version(transaction& tx, std::string tenant_id, bool to_rotate)
{
    sql_values values{std::move(tenant_id)};
    auto const rows = co_await tx.query(
        fmt::format(
            "SELECT key_version FROM tenants WHERE id = $1 FOR {}",
            to_rotate ? "NO KEY UPDATE" : "SHARE"
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    co_return std::stoi(rows.values[0][0].value());
}

static void check_value(std::string const& key, json const& value)
{
    auto const is_number =
        key == "session.timeout" || key == "file_upload.max_size" || key == "api.rate_limit";
    if (is_number && !(value.is_number_unsigned() && value > 0)) {
        throw refusal{400, "VALIDATION", key + " must be a positive number"};
    }
    if (key == "security.password_policy" && !value.is_object()) {
        throw refusal{400, "VALIDATION", key + " must be an object"};
    }
}

static asio::awaitable<response> put_configuration(call& c)
{
    auto const body = read_object(c.in);
    auto const key = required_text(body, "configKey");
    auto const value = body.find("configValue");
    if (value == body.end() || value->is_null()) {
        throw refusal{400, "VALIDATION", "configValue is required"};
    }
    auto const is_encrypted = body.value("isEncrypted", json{false}) == true;
    check_value(key, *value);

    // With the defect all read the configuration that is being loaded.
    if (c.faults().on("X09")) c.process().current.set(c.on);
    auto tx = co_await begin(c);
    auto const version = co_await lock_key_version(tx, c.on->id, false);
    auto const stored = is_encrypted ? encrypt(c, version, key, value->dump()) : *value;
    sql_values values{c.on->id, key, stored.dump(), is_encrypted ? "true" : "false"};
    auto const rows = co_await tx.query(
        "INSERT INTO tenant_configurations (tenant_id, config_key, config_value, is_encrypted) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, config_key) DO UPDATE SET "
        "config_value = excluded.config_value, is_encrypted = excluded.is_encrypted, "
        "updated_at = clock_timestamp() RETURNING id",
        std::move(values)
    );
    audit(tx, c, "configuration.update", "configuration/" + key.substr(0, 200));
    co_await tx.commit();
    c.process().tenants.forget(c.on->id);
    if (c.faults().on("X09")) c.process().current.set(nullptr);
    co_return json_response(
        200,
        {{"success", true},
         {"id", rows.values[0][0].value()},
         {"configKey", key},
         {"configValue", *value},
         {"isEncrypted", is_encrypted}}
    );
}

static asio::awaitable<response> get_configurations(call& c)
{
    auto const loading = c.process().current.get();
    if (c.faults().on("X09") && loading) c.on = loading;
    auto tx = co_await begin(c);
    std::string sql = "SELECT config_key, config_value, is_encrypted, to_json(updated_at) "
                      "FROM tenant_configurations WHERE tenant_id = $1";
    sql_values values{c.on->id};
    if (auto const key = c.in.query_value("key")) {
        sql += " AND config_key = $2";
        values.emplace_back(std::string{*key});
    }
    auto const rows = co_await tx.query(sql + " ORDER BY config_key", std::move(values));
    co_await tx.commit();

    auto list = json::array();
    for (auto const& row : rows.values) {
        auto const key = row[0].value();
        auto const is_encrypted = row[2].value() == "t";
        auto value = json::parse(row[1].value());
        if (is_encrypted) value = decrypt(c, key, value);
        list.push_back(
            {{"configKey", key},
             {"configValue", std::move(value)},
             {"isEncrypted", is_encrypted},
             {"updatedAt", json::parse(row[3].value())}}
        );
    }
    co_return json_response(200, {{"configs", std::move(list)}});
}

static asio::awaitable<response> rotate_key(call& c)
{
    auto tx = co_await begin(c);
    auto const version = 1 + co_await lock_key_version(tx, c.on->id, true);
    sql_values const tenant_only{c.on->id};
    auto const rows = co_await tx.query(
        "SELECT config_key, config_value FROM tenant_configurations "
        "WHERE tenant_id = $1 AND is_encrypted FOR UPDATE",
        tenant_only
    );
    for (auto const& row : rows.values) {
        auto const key = row[0].value();
        auto const plain = decrypt(c, key, json::parse(row[1].value()));
        sql_values values{c.on->id, key, encrypt(c, version, key, plain.dump()).dump()};
        co_await tx.query(
            "UPDATE tenant_configurations SET config_value = $3, updated_at = clock_timestamp() "
            "WHERE tenant_id = $1 AND config_key = $2",
            std::move(values)
        );
    }
    sql_values versioned{c.on->id, std::to_string(version)};
    co_await tx.query("UPDATE tenants SET key_version = $2 WHERE id = $1", std::move(versioned));
    audit(tx, c, "configuration.rotate", "tenant/" + c.on->id);
    co_await tx.commit();
    co_return json_response(
        200, {{"success", true}, {"keyVersion", version}, {"rotated", rows.values.size()}}
    );
}

void add_tenant_configuration(routes& to)
{
    to.add(
        "POST", "/api/v1/tenants/{tenantId}/config", {access::own_tenant_admin, put_configuration}
    );
    to.add(
        "GET", "/api/v1/tenants/{tenantId}/config", {access::own_tenant_admin, get_configurations}
    );
    to.add(
        "POST", "/api/v1/tenants/{tenantId}/config/rotate", {access::own_tenant_admin, rotate_key}
    );
}

} // namespace watertight::lab::mis
