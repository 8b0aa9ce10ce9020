#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace watertight::lab::mis {

static constexpr char const* file_json =
    "json_build_object('id', id, 'tenantId', tenant_id, 'ownerId', owner_id, 'name', name, "
    "'contentType', content_type, 'sizeBytes', size_bytes, 'sha256', sha256, "
    "'key', tenant_id || '/' || id, 'createdAt', created_at)";

static constexpr long link_s = 300;

// Where the F8 defect keeps what is downloaded: under the name that the uploader gave.
static std::string path_by_name(call const& c, std::string const& name)
{
    auto const folder = c.process().files_folder + "/names";
    std::filesystem::create_directories(folder);
    return fmt::format("{}/{}", folder, sha256_hex(name));
}

static std::string path_of(call const& c, std::string const& id)
{
    auto const folder = c.faults().on("F1") ? std::string{"shared"} : c.on->id;
    std::filesystem::create_directories(c.process().files_folder + "/" + folder);
    return fmt::format("{}/{}/{}", c.process().files_folder, folder, id);
}

static asio::awaitable<void> check_storage(transaction& tx, tenant const& t, std::size_t more)
{
    sql_values values{t.id};
    auto const rows = co_await tx.query(
        "SELECT coalesce(sum(size_bytes), 0) FROM files WHERE tenant_id = $1", std::move(values)
    );
    if (std::stoull(rows.values[0][0].value()) + more > t.storage_bytes_max) {
        throw refusal{413, "STORAGE_LIMIT_REACHED", "the plan allows no more storage"};
    }
}

static asio::awaitable<std::string> insert_file(call& c, upload file, std::string id)
{
    // Uploads of one tenant take turns here, so that two cannot share the last free bytes.
    auto tx = co_await begin(
        c,
        fmt::format(
            "SELECT 1 FROM tenants WHERE id = {} FOR NO KEY UPDATE", stores::quote_literal(c.on->id)
        )
    );
    co_await check_storage(tx, *c.on, file.content.size());
    sql_values values{
        id,
        c.on->id,
        c.user_id,
        file.name,
        file.content_type,
        std::to_string(file.content.size()),
        sha256_hex(file.content)};
    auto rows = co_await tx.query(
        fmt::format(
            "INSERT INTO files (id, tenant_id, owner_id, name, content_type, size_bytes, sha256) "
            "VALUES ($1, $2, (SELECT id FROM users WHERE tenant_id = $2 AND id = $3), "
            "$4, $5, $6, $7) RETURNING {}",
            file_json
        ),
        std::move(values)
    );
    audit(tx, c, "file.create", "file/" + id);
    co_await tx.commit();
    co_return std::move(rows.values[0][0].value());
}

static asio::awaitable<response> create_file(call& c)
{
    auto file = read_upload(c.in);
    if (file.name.size() > 255 || file.content_type.size() > 255) {
        throw refusal{400, "VALIDATION", "the file's name or type is too long"};
    }
    if (file.content.size() > c.on->upload_bytes_max) {
        throw refusal{413, "FILE_TOO_LARGE", "the plan allows no file of this size"};
    }
    auto const id = random_uuid();
    auto const path = path_of(c, id);
    write_file(path, file.content).value();
    if (c.faults().on("F8")) write_file(path_by_name(c, file.name), file.content).value();
    response out;
    out.status = 201;
    std::exception_ptr error;
    try {
        out.body = co_await insert_file(c, std::move(file), id);
    } catch (std::exception const&) {
        error = std::current_exception();
    }
    if (error) {
        std::filesystem::remove(path);
        std::rethrow_exception(error);
    }
    co_return out;
}

// By the beginning of their keys, as tools for object stores ask.
static page_query files_by_prefix(call const& c, std::string prefix)
{
    auto const has_prefix = !prefix.empty();
    page_query out{
        .name = "files",
        .item = file_json,
        .table = "files",
        .where = "tenant_id = $1",
        .values = {c.on->id},
    };
    if (c.faults().on("F6")) {
        // The defect: whose name begins so has the folder.
        out.where = "tenant_id IN (SELECT t.id FROM tenants t WHERE starts_with(t.slug, $1))";
        out.values = {c.on->slug};
    } else if (c.faults().on("F2") && has_prefix) {
        // The defect: without a prefix the own folder, else what is asked for.
        out.where = "starts_with(tenant_id || '/' || id, $1)";
        out.values = {std::move(prefix)};
    } else if (has_prefix) {
        out.where += " AND starts_with(tenant_id || '/' || id, $2)";
        out.values.emplace_back(std::move(prefix));
    }
    return out;
}

static asio::awaitable<response> list_files(call& c)
{
    auto prefix = std::string{c.in.query_value("prefix").value_or("")};
    auto page = files_by_prefix(c, std::move(prefix));
    co_return co_await read_page(c, std::move(page));
}

static asio::awaitable<response> get_file(call& c)
{
    sql_values values{c.on->id, c.id_parameter("id")};
    auto rows = co_await c.core.main.query(
        fmt::format("SELECT {} FROM files WHERE tenant_id = $1 AND id = $2", file_json),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

static asio::awaitable<response> get_content(call& c)
{
    auto const id = c.id_parameter("id");
    sql_values values{c.on->id, id};
    auto const rows = co_await c.core.main.query(
        "SELECT content_type, name FROM files WHERE tenant_id = $1 AND id = $2", std::move(values)
    );
    response out;
    out.content_type = "application/octet-stream";
    // With the defect the object's key is all that is asked for.
    if (rows.values.empty() && !c.faults().on("F1")) not_found();
    if (!rows.values.empty()) out.content_type = rows.values[0][0].value();
    auto path = path_of(c, id);
    if (c.faults().on("F8") && !rows.values.empty()) {
        path = path_by_name(c, rows.values[0][1].value());
    }
    auto content = read_file(path);
    if (!content) not_found();
    out.body = std::move(*content);
    co_return out;
}

// By its key, as tools for object stores ask: "<tenant>/<file>".
static asio::awaitable<response> get_object(call& c)
{
    auto key = std::string{c.in.query_value("key").value_or("")};
    auto own = c.on->id + "/";
    if (!key.starts_with(own)) not_found();
    if (c.faults().on("A14")) {
        // The defect: the first of several keys is checked, and the last one is opened.
        for (auto const& [name, value] : c.in.query) {
            if (name == "key") key = value;
        }
        own = key.substr(0, key.find('/') + 1);
        auto const id = key.substr(own.size());
        if (own.size() < 2 || !is_uuid(own.substr(0, own.size() - 1)) || !is_uuid(id)) not_found();
        auto found = read_file(c.process().files_folder + "/" + own + id);
        if (!found) not_found();
        co_return response{200, std::move(*found), "application/octet-stream", {}};
    }
    if (c.faults().on("F5")) {
        // The defect: a key that begins well is opened wherever it leads.
        auto found = read_file(c.process().files_folder + "/" + key);
        if (!found) not_found();
        co_return response{200, std::move(*found), "application/octet-stream", {}};
    }
    auto const id = key.substr(own.size());
    if (!is_uuid(id)) not_found();
    sql_values values{c.on->id, id};
    auto const rows = co_await c.core.main.query(
        "SELECT content_type FROM files WHERE tenant_id = $1 AND id = $2", std::move(values)
    );
    if (rows.values.empty()) not_found();
    auto content = read_file(path_of(c, id));
    if (!content) not_found();
    co_return response{200, std::move(*content), rows.values[0][0].value(), {}};
}

static std::string signature_of(process_state const& process, std::string_view what)
{
    auto const mac = hmac_sha256(process.master_key, fmt::format("link/{}", what));
    return sha256_hex(mac);
}

// A link that opens for whoever has it, for some minutes.
static asio::awaitable<response> get_link(call& c)
{
    auto const id = c.id_parameter("id");
    // The defect: whatever is asked for is signed.
    auto const* const scope = c.faults().on("F3") ? "$1::uuid IS NOT NULL" : "tenant_id = $1";
    sql_values values{c.on->id, id};
    auto const rows = co_await c.core.main.query(
        fmt::format("SELECT tenant_id, name FROM files WHERE {} AND id = $2", scope),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    auto const path = fmt::format("/public/files/{}/{}", rows.values[0][0].value(), id);
    auto const until = std::to_string(now_s() + link_s);
    auto const signature = signature_of(c.process(), path + "/" + until);
    auto const url = fmt::format("{}?expires={}&signature={}", path, until, signature);
    nlohmann::json const out{
        {"id", id}, {"name", rows.values[0][1].value()}, {"url", c.faults().on("F4") ? path : url}};
    co_return json_response(200, out);
}

static asio::awaitable<response> open_link(call& c)
{
    auto const owner = c.id_parameter("owner");
    auto const id = c.id_parameter("id");
    auto const until = std::string{c.in.query_value("expires").value_or("")};
    auto const path = fmt::format("/public/files/{}/{}", owner, id);
    auto const given = c.in.query_value("signature").value_or("");
    auto const is_signed = same_secret(given, signature_of(c.process(), path + "/" + until));
    auto const is_good = is_signed && c.in.query_number("expires", 0, 0, 1L << 40) >= now_s();
    if (!is_good && !c.faults().on("F4")) not_found();
    auto content = read_file(fmt::format("{}/{}/{}", c.process().files_folder, owner, id));
    if (!content) not_found();
    co_return response{
        200, std::move(*content), "application/octet-stream", {{"Cache-Control", "private"}}};
}

// The defect: a tenant's folder is listed for anybody, as open buckets are.
static asio::awaitable<response> list_folder(call& c)
{
    auto const owner = c.id_parameter("owner");
    if (!c.faults().on("F7")) not_found();
    auto keys = nlohmann::json::array();
    std::error_code ignored;
    std::filesystem::directory_iterator const files{
        c.process().files_folder + "/" + owner, ignored};
    for (auto const& file : files) keys.push_back(file.path().filename().string());
    co_return json_response(200, {{"prefix", owner + "/"}, {"keys", std::move(keys)}});
}

static asio::awaitable<response> delete_file(call& c)
{
    auto const id = c.id_parameter("id");
    auto tx = co_await begin(c);
    sql_values values{c.on->id, id};
    auto const gone =
        co_await tx.query("DELETE FROM files WHERE tenant_id = $1 AND id = $2", std::move(values));
    if (gone.affected == 0) not_found();
    audit(tx, c, "file.delete", "file/" + id);
    co_await tx.commit();
    // The defect: the row is gone, what it stood for is left to some clean-up.
    if (!c.faults().on("F9")) std::filesystem::remove(path_of(c, id));
    response out;
    out.status = 204;
    co_return out;
}

void add_files(routes& to)
{
    to.add("POST", "/api/v1/files", {access::user, create_file});
    to.add("GET", "/api/v1/files", {access::user, list_files});
    to.add("GET", "/api/v1/files/object", {access::user, get_object});
    to.add("GET", "/api/v1/files/{id}", {access::user, get_file});
    to.add("GET", "/api/v1/files/{id}/link", {access::user, get_link});
    to.add("GET", "/public/files/{owner}", {access::anyone, list_folder});
    to.add("GET", "/public/files/{owner}/{id}", {access::anyone, open_link});
    to.add("GET", "/api/v1/files/{id}/content", {access::user, get_content});
    to.add("DELETE", "/api/v1/files/{id}", {access::user, delete_file});
}

} // namespace watertight::lab::mis
