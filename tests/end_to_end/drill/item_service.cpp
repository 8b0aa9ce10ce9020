#include "tests/end_to_end/drill/item_service.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

namespace watertight::test {

using connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using rows = std::unique_ptr<PGresult, decltype(&PQclear)>;

static connection connect(std::string const& url)
{
    return {PQconnectdb(url.c_str()), &PQfinish};
}

static rows query(PGconn* db, std::string const& text, std::string const& parameter)
{
    char const* const values[] = {parameter.c_str()};
    auto* const r = PQexecParams(db, text.c_str(), 1, nullptr, values, nullptr, nullptr, 0);
    return {r, &PQclear};
}

std::string sql(std::string const& url, std::string const& text)
{
    auto const db = connect(url);
    rows const r{PQexec(db.get(), text.c_str()), &PQclear};
    auto const status = PQresultStatus(r.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        throw std::runtime_error{PQerrorMessage(db.get())};
    }
    return PQntuples(r.get()) > 0 ? PQgetvalue(r.get(), 0, 0) : "";
}

static std::string response(int status, std::string const& body)
{
    return fmt::format(
        "HTTP/1.1 {} -\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        status,
        body.size(),
        body
    );
}

static std::string with_version(std::string text, char version)
{
    auto const line_end = text.find("\r\n") + 2;
    return text.insert(line_end, std::string{"X-Version: "} + version + "\r\n");
}

static std::string one_value(rows const& r, int status_found)
{
    if (PQresultStatus(r.get()) != PGRES_TUPLES_OK) return response(500, "{}");
    if (PQntuples(r.get()) == 0) return response(404, "{}");
    return response(status_found, PQgetvalue(r.get(), 0, 0));
}

item_service::item_service(std::string database_url)
    : url_{std::move(database_url)}, server_{[this](peer& client, std::size_t) { serve(client); }}
{
}

void item_service::serve(peer& client)
{
    auto const db = connect(url_);
    for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
        auto const is_late = is_partial_ && answers_++ % 8 == 0;
        auto const version = is_new_ || is_late ? '2' : '1';
        client.send(with_version(answer(request, db.get()), version));
    }
}

void item_service::control(std::string const& verb)
{
    if (verb == "break" || verb == "mend") broken_ = verb == "break";
    if (verb == "new" || verb == "old" || verb == "partial") is_new_ = verb == "new";
    is_partial_ = verb == "partial" || (is_partial_ && verb != "old");
    keeps_ = keeps_ || verb.starts_with("keep");
    keeps_apart_ = keeps_apart_ || verb == "keep-apart";
    auto const is_well = verb == "well";
    is_slow_ = !is_well && (is_slow_ || verb == "slow");
    shows_all_ = !is_well && (shows_all_ || verb == "show-all");
    refuses_ann_ = !is_well && (refuses_ann_ || verb == "refuse-ann");
}

std::string item_service::read(std::string const& id, void* link)
{
    if (uses_cache()) {
        std::lock_guard const lock{cache_lock_};
        auto const kept = cache_.find(id);
        if (kept != cache_.end()) return kept->second;
    }
    auto out = one_value(
        query(
            static_cast<PGconn*>(link),
            "select json_build_object('name', name) from items where id = $1",
            id
        ),
        200
    );
    if (!uses_cache()) return out;
    std::lock_guard const lock{cache_lock_};
    return cache_[id] = out;
}

std::string item_service::change(std::string const& id, std::string const& name, void* link)
{
    // Held across both, or a read between them would keep the old name.
    std::lock_guard const lock{cache_lock_};
    char const* const values[] = {id.c_str(), name.c_str()};
    auto* const db = static_cast<PGconn*>(link);
    auto const* const text =
        "update items set name = $2 where id = $1 returning json_build_object('id', id)";
    rows const r{PQexecParams(db, text, 2, nullptr, values, nullptr, nullptr, 0), &PQclear};
    if (uses_cache()) cache_.erase(id);
    return one_value(r, 200);
}

static std::string name_in(std::string const& request)
{
    auto const body = nlohmann::json::parse(request.substr(request.find("\r\n\r\n")));
    auto const& name = body.at("name");
    return name.is_string() ? name.get<std::string>() : name.dump();
}

std::string item_service::answer(std::string const& request, void* link)
{
    if (request.starts_with("POST /control/")) {
        control(request.substr(14, request.find(' ', 14) - 14));
        return response(200, "{}");
    }
    if (broken_) return response(500, R"({"error": "the new version does not work"})");
    if (is_slow_) std::this_thread::sleep_for(std::chrono::milliseconds{80});
    if (request.starts_with("GET /mine/")) {
        auto const is_ann = request.starts_with("GET /mine/ann ");
        return response(refuses_ann_ && is_ann ? 500 : 200, "{}");
    }
    auto* const db = static_cast<PGconn*>(link);
    if (request.starts_with("POST /items ")) {
        return one_value(
            query(
                db,
                "insert into items (name) values ($1) returning json_build_object('id', id)",
                name_in(request)
            ),
            201
        );
    }
    auto const at = request.find(" /items/");
    if (at != std::string::npos) {
        auto const id = request.substr(at + 8, request.find(' ', at + 8) - at - 8);
        if (request.starts_with("PATCH ")) return change(id, name_in(request), link);
        return read(id, link);
    }
    auto const* const all = shows_all_
                                ? "select json_agg(name) from items where id > 500 or $1 = ''"
                                : "select json_agg(id) from items where id < $1";
    return one_value(query(db, all, "1000"), 200);
}

} // namespace watertight::test
