#include "scenarios/lab/mis/media.hpp"

#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

using nlohmann::json;
using stores::quote_literal;

static constexpr char const* foreign_key_violation = "23503";

std::string media_item(fault_set const& faults)
{
    return fmt::format(
        "json_build_object('id', id, 'tenantId', tenant_id, 'ownerId', owner_id, 'title', title, "
        "'caption', caption, 'sizeBytes', size_bytes, 'status', status, "
        "'coverFileId', cover_file_id, 'cover', (SELECT json_build_object('id', f.id, "
        "'name', f.name) FROM files f WHERE {} f.id = media.cover_file_id), "
        "'createdAt', created_at, 'updatedAt', updated_at)",
        faults.on("A17") ? "" : "f.tenant_id = media.tenant_id AND"
    );
}

struct media_fields {
    std::optional<std::string> title;
    std::optional<std::string> caption;
    std::optional<std::string> size_bytes;
    std::optional<std::string> cover_file_id;
    bool is_size_negative = false;
};

static refusal negative_size()
{
    return {400, "VALIDATION", "sizeBytes is negative"};
}

static media_fields read_fields(call const& c)
{
    auto const body = read_object(c.in);
    media_fields out;
    out.title = text_member(body, "title", 255);
    out.caption = text_member(body, "caption", 100'000);
    auto const size = integer_member(body, "sizeBytes");
    out.is_size_negative = size && *size < 0;
    if (out.is_size_negative && !c.faults().on("A23")) throw negative_size();
    if (size) out.size_bytes = std::to_string(out.is_size_negative ? 0 : *size);
    out.cover_file_id = text_member(body, "coverFileId", 36);
    if (out.cover_file_id && !is_uuid(*out.cover_file_id)) {
        throw refusal{400, "VALIDATION", "coverFileId is no id"};
    }
    return out;
}

static response made(std::string body)
{
    response out;
    out.status = 201;
    out.body = std::move(body);
    return out;
}

// Requests with one key take turns, so that the second finds what the first has stored.
static std::string lock_key_sql(call const& c, std::string const& key)
{
    return fmt::format(
        "SELECT pg_advisory_xact_lock(hashtextextended({}, 0))", quote_literal(c.on->id + key)
    );
}

static asio::awaitable<std::optional<std::string>>
stored_answer(call& c, transaction& tx, std::string key)
{
    auto const* const scope =
        c.faults().on("A30") ? "$1::uuid IS NOT NULL AND key = $2" : "tenant_id = $1 AND key = $2";
    sql_values values{c.on->id, std::move(key)};
    auto rows = co_await tx.query(
        fmt::format("SELECT response FROM idempotency_keys WHERE {}", scope), std::move(values)
    );
    if (rows.values.empty()) co_return std::nullopt;
    co_return rows.values[0][0];
}

static asio::awaitable<std::string> insert_medium(call& c, transaction& tx, media_fields f)
{
    auto const id = random_uuid();
    sql_values values{
        id, c.on->id, c.user_id, f.title, f.caption, f.size_bytes.value_or("0"), f.cover_file_id};
    stores::postgres_rows rows;
    try {
        rows = co_await tx.query(
            fmt::format(
                "INSERT INTO media (id, tenant_id, owner_id, title, caption, size_bytes, "
                "cover_file_id) VALUES ($1, $2, (SELECT id FROM users WHERE tenant_id = $2 AND "
                "id = $3), $4, $5, $6, $7) RETURNING {}",
                media_item(c.faults())
            ),
            std::move(values)
        );
    } catch (store_error const& e) {
        if (e.detail == foreign_key_violation) {
            throw refusal{422, "UNKNOWN_FILE", "coverFileId is no file of yours"};
        }
        throw;
    }
    audit(tx, c, "media.create", "media/" + id);
    co_return std::move(rows.values[0][0].value());
}

static asio::awaitable<response> create_media(call& c)
{
    auto f = read_fields(c);
    if (!f.title || f.title->empty()) throw refusal{400, "VALIDATION", "title is required"};
    std::string const key{c.in.header("Idempotency-Key").value_or("")};
    if (key.size() > 255) throw refusal{400, "VALIDATION", "the key is too long"};
    auto const is_size_negative = f.is_size_negative;

    std::string lock;
    if (!key.empty()) lock = lock_key_sql(c, key);
    auto tx = co_await begin(c, std::move(lock));
    if (!key.empty()) {
        auto const stored = co_await stored_answer(c, tx, key);
        if (stored) co_return made(*stored);
    }
    auto body = co_await insert_medium(c, tx, std::move(f));
    if (!key.empty()) {
        sql_values values{c.on->id, key, body};
        co_await tx.query(
            "INSERT INTO idempotency_keys (tenant_id, key, response) VALUES ($1, $2, $3)",
            std::move(values)
        );
    }
    co_await tx.commit();
    // With the defect A23 this is noticed when everything is written.
    if (is_size_negative) throw negative_size();
    co_return made(std::move(body));
}

// Where a list goes on: whose it is, and how many came before.
struct list_position {
    std::string tenant_id;
    std::string offset;
};

static list_position read_cursor(std::string_view cursor)
{
    auto const plain = base64_decode(cursor).value_or("");
    auto const parts = split(plain, '|');
    if (parts.size() != 2 || !is_uuid(parts[0])) {
        throw refusal{400, "VALIDATION", "cursor is none of ours"};
    }
    return {std::string{parts[0]}, std::string{parts[1]}};
}

static void add_cursor(response& out, std::string const& tenant_id, page_window window)
{
    auto body = json::parse(out.body);
    auto const next = window.offset + window.limit;
    if (body["total"].get<long>() <= next) return;
    body["nextCursor"] = base64url(fmt::format("{}|{}", tenant_id, next));
    out.body = body.dump();
}

// Without a tenant in its context the code that adds the filter has none to add.
static asio::awaitable<response> list_media_of(call& c, std::shared_ptr<tenant const> whose)
{
    auto owner = whose ? whose->id : c.on->id;
    if (auto const cursor = c.in.query_value("cursor")) {
        auto const from = read_cursor(*cursor);
        if (from.tenant_id != owner && !c.faults().on("A31")) {
            throw refusal{400, "VALIDATION", "cursor is none of yours"};
        }
        owner = from.tenant_id;
        c.in.query.insert(c.in.query.begin(), {"offset", from.offset});
    }
    page_query page{
        .name = "media",
        .item = media_item(c.faults()),
        .table = "media",
        .where = whose ? "tenant_id = $1" : "$1::uuid IS NULL",
        .values = {whose ? std::optional{owner} : std::nullopt},
    };
    auto const window = read_window(c.in);
    auto out = co_await read_page(c, std::move(page));
    if (c.in.query_value("limit")) add_cursor(out, owner, window);
    co_return out;
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

static asio::awaitable<response> list_media(call& c)
{
    auto const loses = c.faults().on("X02");
    if (!loses && !c.faults().on("X03")) co_return co_await list_media_of(c, c.on);

    helper_pool<std::shared_ptr<tenant const>>::work const work = [&c](auto whose) {
        return list_media_of(c, std::move(whose));
    };
    auto const rule = loses ? handed_over::never : handed_over::at_the_start;
    co_return co_await c.core.shared.helpers.run(c.on, work, rule);
}

// With the defect the ids of several requests are one query, of the tenant that came first.
static asio::awaitable<batch_loader::found> load_media(call& c, std::vector<std::string> ids)
{
    sql_values values{c.on->id, fmt::format("{{{}}}", fmt::join(ids, ","))};
    auto const rows = co_await c.core.main.query(
        fmt::format(
            "SELECT id, {} FROM media WHERE tenant_id = $1 AND id = ANY($2)", media_item(c.faults())
        ),
        std::move(values)
    );
    batch_loader::found out;
    for (auto const& row : rows.values) out[row[0].value()] = row[1].value();
    co_return out;
}

static asio::awaitable<response> get_media_by_batch(call& c)
{
    batch_loader::load const load = [&c](auto ids) { return load_media(c, std::move(ids)); };
    auto found = co_await c.core.shared.batch.get(c.id_parameter("id"), load);
    if (!found) not_found();
    response out;
    out.body = std::move(*found);
    co_return out;
}

// The defect: an object of the process remembers what it has read, and not for whom.
static std::optional<response> remembered(call const& c, std::string const& id)
{
    if (!c.faults().on("K20")) return std::nullopt;
    auto kept = c.process().media.find(id);
    if (!kept) return std::nullopt;
    response out;
    out.body = std::move(*kept);
    add_validator(c.in, out);
    return out;
}

static asio::awaitable<response> get_media(call& c)
{
    if (c.faults().on("A25")) co_return co_await get_media_by_batch(c);
    auto const id = c.id_parameter("id");
    if (c.faults().on("K19") && c.process().versions.confirms(id, c.in)) co_return not_modified();
    if (c.faults().on("A20")) co_await prepare_preview(c, id);
    if (auto kept = remembered(c, id)) co_return std::move(*kept);
    sql_values values{c.on->id, id};
    auto rows = co_await c.core.main.query(
        fmt::format("SELECT {} FROM media WHERE {}", media_item(c.faults()), own_medium),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    response out;
    out.body = std::move(rows.values[0][0].value());
    if (c.faults().on("K20")) c.process().media.keep(id, out.body);
    add_validator(c.in, out);
    if (c.faults().on("K19")) c.process().versions.keep(id, out);
    co_return out;
}

static asio::awaitable<response> update_media(call& c)
{
    auto const id = c.id_parameter("id");
    auto const f = read_fields(c);
    auto tx = co_await begin(c);
    sql_values values{c.on->id, id, f.title, f.caption, f.size_bytes, f.cover_file_id};
    stores::postgres_rows rows;
    try {
        rows = co_await tx.query(
            fmt::format(
                "UPDATE media SET title = coalesce($3, title), caption = coalesce($4, caption), "
                "size_bytes = coalesce($5, size_bytes), "
                "cover_file_id = coalesce($6, cover_file_id), updated_at = clock_timestamp() "
                "WHERE {} RETURNING {}",
                own_medium,
                media_item(c.faults())
            ),
            std::move(values)
        );
    } catch (store_error const& e) {
        if (e.detail == foreign_key_violation) {
            throw refusal{422, "UNKNOWN_FILE", "coverFileId is no file of yours"};
        }
        throw;
    }
    if (rows.values.empty()) not_found();
    audit(tx, c, "media.update", "media/" + id);
    co_await tx.commit();
    c.process().media.forget(id);
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
        co_await tx.query(fmt::format("DELETE FROM media WHERE {}", own_medium), std::move(values));
    if (gone.affected == 0) not_found();
    audit(tx, c, "media.delete", "media/" + id);
    co_await tx.commit();
    c.process().media.forget(id);
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
