#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

static constexpr char const* media_json =
    "json_build_object('id', id, 'tenantId', tenant_id, 'ownerId', owner_id, 'title', title, "
    "'caption', caption, 'sizeBytes', size_bytes, 'createdAt', created_at, 'updatedAt', "
    "updated_at)";

struct media_fields {
    std::optional<std::string> title;
    std::optional<std::string> caption;
    std::optional<std::string> size_bytes;
};

static media_fields read_fields(call const& c)
{
    auto const body = read_object(c.in);
    media_fields out{text_member(body, "title", 255), text_member(body, "caption", 100'000), {}};
    auto const size = integer_member(body, "sizeBytes");
    if (size && *size < 0) throw refusal{400, "VALIDATION", "sizeBytes is negative"};
    if (size) out.size_bytes = std::to_string(*size);
    return out;
}

static asio::awaitable<response> create_media(call& c)
{
    auto const f = read_fields(c);
    if (!f.title || f.title->empty()) throw refusal{400, "VALIDATION", "title is required"};

    auto const id = random_uuid();
    auto tx = co_await begin(c);
    sql_values values{id, c.on->id, c.user_id, f.title, f.caption, f.size_bytes.value_or("0")};
    auto rows = co_await tx.query(
        fmt::format(
            "INSERT INTO media (id, tenant_id, owner_id, title, caption, size_bytes) "
            "VALUES ($1, $2, (SELECT id FROM users WHERE tenant_id = $2 AND id = $3), "
            "$4, $5, $6) RETURNING {}",
            media_json
        ),
        std::move(values)
    );
    audit(tx, c, "media.create", "media/" + id);
    co_await tx.commit();
    response out;
    out.status = 201;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

static asio::awaitable<response> list_media(call& c)
{
    page_query page{
        .name = "media",
        .item = media_json,
        .table = "media",
        .where = "tenant_id = $1",
        .values = {c.on->id},
    };
    co_return co_await read_page(c, std::move(page));
}

// A small picture of it, as far as this service has any: work for a few milliseconds.
static std::string render_preview(std::string text)
{
    for (int i = 0; i < 4000; ++i) text = sha256_hex(text);
    return text;
}

// The defect: the preview is made of whatever the id leads to, and thrown away if it is another's.
static asio::awaitable<void> prepare_preview(call& c, std::string id)
{
    sql_values values{std::move(id)};
    auto const rows =
        co_await c.core.main.query("SELECT title FROM media WHERE id = $1", std::move(values));
    if (!rows.values.empty()) render_preview(rows.values[0][0].value());
}

static asio::awaitable<response> get_media(call& c)
{
    auto const id = c.id_parameter("id");
    if (c.faults().on("K19") && c.process().versions.confirms(id, c.in)) co_return not_modified();
    if (c.faults().on("A20")) co_await prepare_preview(c, id);
    sql_values values{c.on->id, id};
    auto rows = co_await c.core.main.query(
        fmt::format("SELECT {} FROM media WHERE tenant_id = $1 AND id = $2", media_json),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    response out;
    out.body = std::move(rows.values[0][0].value());
    add_validator(c.in, out);
    if (c.faults().on("K19")) c.process().versions.keep(id, out);
    co_return out;
}

static asio::awaitable<response> update_media(call& c)
{
    auto const id = c.id_parameter("id");
    auto const f = read_fields(c);
    auto tx = co_await begin(c);
    sql_values values{c.on->id, id, f.title, f.caption, f.size_bytes};
    auto rows = co_await tx.query(
        fmt::format(
            "UPDATE media SET title = coalesce($3, title), caption = coalesce($4, caption), "
            "size_bytes = coalesce($5, size_bytes), updated_at = clock_timestamp() "
            "WHERE tenant_id = $1 AND id = $2 RETURNING {}",
            media_json
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    audit(tx, c, "media.update", "media/" + id);
    co_await tx.commit();
    response out;
    out.body = std::move(rows.values[0][0].value());
    co_return out;
}

static asio::awaitable<response> delete_media(call& c)
{
    auto const id = c.id_parameter("id");
    auto tx = co_await begin(c);
    sql_values values{c.on->id, id};
    auto const gone =
        co_await tx.query("DELETE FROM media WHERE tenant_id = $1 AND id = $2", std::move(values));
    if (gone.affected == 0) not_found();
    audit(tx, c, "media.delete", "media/" + id);
    co_await tx.commit();
    response out;
    out.status = 204;
    co_return out;
}

void add_media(routes& to)
{
    to.add("GET", "/api/v1/media", {access::user, list_media});
    to.add("POST", "/api/v1/media", {access::user, create_media});
    to.add("GET", "/api/v1/media/{id}", {access::user, get_media});
    to.add("PATCH", "/api/v1/media/{id}", {access::user, update_media});
    to.add("DELETE", "/api/v1/media/{id}", {access::user, delete_media});
}

} // namespace watertight::lab::mis
