#include "harness/base/text.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

namespace watertight::lab::zoptal {

static asio::awaitable<response> list_files(call& c)
{
    co_return co_await list_records(c, "files");
}

static asio::awaitable<response> create_file(call& c)
{
    auto file = read_upload(c.in);
    auto const size = file.content.size();
    co_await take_of_plan(c, "storage", c.on->on_plan->storage_bytes_max, size);
    mongo_document fields;
    fields["name"] = std::move(file.name);
    fields["contentType"] = std::move(file.content_type);
    fields["size"] = size;
    // Documents hold text alone; bytes of any kind come back as they were.
    fields["content"] = base64(file.content);
    auto const made = co_await create_record(c, "files", std::move(fields));
    co_return json_response(201, shown(made));
}

static asio::awaitable<response> get_file(call& c)
{
    auto id = c.id_parameter("id");
    auto const found = co_await read_record(c, "files", std::move(id));
    co_return json_response(200, shown(found));
}

static asio::awaitable<response> get_content(call& c)
{
    auto id = c.id_parameter("id");
    auto const found = co_await read_record(c, "files", std::move(id));
    response out;
    out.content_type = found.value("contentType", std::string{"application/octet-stream"});
    out.body = base64_decode(found.value("content", std::string{})).value_or("");
    // The gateway keeps what may be kept.
    out.headers.emplace_back("Cache-Control", "private, no-cache");
    co_return out;
}

static asio::awaitable<response> remove_file(call& c)
{
    auto const id = c.id_parameter("id");
    auto const found = co_await read_record(c, "files", id);
    co_await remove_record(c, "files", id);
    co_await give_back(c, "storage", found.value("size", std::uint64_t{0}));
    response out;
    out.status = 204;
    co_return out;
}

void add_files(routes& to)
{
    to.add("GET", "/api/files", {access::user, list_files});
    to.add("POST", "/api/files", {access::user, create_file});
    to.add("GET", "/api/files/{id}", {access::user, get_file});
    to.add("GET", "/api/files/{id}/content", {access::user, get_content});
    to.add("DELETE", "/api/files/{id}", {access::user, remove_file});
}

} // namespace watertight::lab::zoptal
