// The way to tenants and back: backup, move, restore. The data is held meanwhile; requests wait.
#include "harness/base/clock.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/time.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <set>
#include <utility>

namespace watertight::lab::zoptal {

using namespace std::chrono_literals;

static constexpr std::string_view backup_database = "zoptal_backup";
static constexpr auto drain_budget = 10s;
// A write takes its time before it is stored: one that was under way during the backup may bear an
// earlier time than the backup and not be in it. No request takes longer than this.
static constexpr std::int64_t margin_ms = 60'000;

static mongo_place original_place(std::string_view kind)
{
    return {std::string{common_database}, std::string{kind}};
}

static mongo_place backup_place(std::string_view kind)
{
    return {std::string{backup_database}, std::string{kind}};
}

static mongo_place moved_place(std::string_view kind)
{
    return {std::string{common_database}, fmt::format("tenant_default_{}", kind)};
}

// As they are, so that they can be written again as they were.
static asio::awaitable<std::vector<mongo_document>> read_exactly(core_state& core, mongo_place at)
{
    mongo_query everything;
    everything.exact = true;
    return core.mongo.find(std::move(at), std::move(everything));
}

static asio::awaitable<void>
write_all(core_state& core, mongo_place at, std::vector<mongo_document> all)
{
    if (all.empty()) co_return;
    mongo_document words;
    words["insert"] = at.collection;
    words["documents"] = mongo_document::array();
    for (auto& d : all) words["documents"].push_back(std::move(d));
    co_await core.mongo.command(at.database, std::move(words));
}

// A collection that is not there is none to drop.
static asio::awaitable<void> drop(core_state& core, mongo_place at)
{
    mongo_document words;
    words["drop"] = at.collection;
    try {
        co_await core.mongo.command(at.database, std::move(words));
    } catch (store_error const& e) {
        static constexpr std::string_view no_such_collection = "26";
        if (e.detail != no_such_collection) throw;
    }
}

static std::int64_t number(mongo_document const& d, char const* name)
{
    auto const at = d.find(name);
    if (at == d.end()) return 0;
    if (at->is_number()) return at->get<std::int64_t>();
    for (auto const* const type : {"$numberLong", "$numberInt"}) {
        if (!at->is_object() || !at->contains(type)) continue;
        auto const digits = at->at(type).get<std::string>();
        std::int64_t n = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), n);
        return n;
    }
    return 0;
}

static asio::awaitable<void> drain(process_state& process)
{
    auto const end = steady::now() + drain_budget;
    while (!process.release.drained()) {
        if (steady::now() > end) throw refusal{503, "BUSY", "requests did not end in time"};
        co_await pause(2ms);
    }
}

static response done(char const* step)
{
    json const out{{"step", step}, {"done", true}};
    return json_response(200, out);
}

// From when on what is written may not be in the backup.
static asio::awaitable<response> mark(call& c)
{
    mongo_document stamp;
    stamp["_id"] = "backup";
    stamp["at"] = now_ms() - margin_ms;
    co_await drop(c.core, backup_place("stamp"));
    co_await c.core.mongo.insert(backup_place("stamp"), std::move(stamp));
    co_return done("mark");
}

static asio::awaitable<response> back_up(call& c)
{
    co_await mark(c);
    for (auto const kind : kinds) {
        auto all = co_await read_exactly(c.core, original_place(kind));
        co_await drop(c.core, backup_place(kind));
        co_await write_all(c.core, backup_place(kind), std::move(all));
    }
    co_return done("backup");
}

static mongo_document default_tenant()
{
    mongo_document out;
    out["_id"] = random_uuid();
    out["slug"] = "default";
    out["name"] = "Default tenant";
    out["contact"] = mongo_document{{"name", "Operations"}, {"email", "ops@example.com"}};
    out["subscription"] = mongo_document{{"plan", "enterprise"}, {"status", "active"}};
    out["isolationStrategy"] = "schema";
    out["customDomain"] = "";
    out["createdAt"] = now_ms();
    return out;
}

static asio::awaitable<std::string> make_default_tenant(core_state& core)
{
    auto const known = co_await find_tenant(core, "default");
    if (known) co_return known->id;
    auto made = default_tenant();
    auto id = made.at("_id").get<std::string>();
    mongo_place const tenants{std::string{common_database}, "tenants"};
    co_await core.mongo.insert(tenants, std::move(made));
    core.process.tenants.forget(id);
    co_return id;
}

static asio::awaitable<response> migrate(call& c)
{
    hold const held{c.process()};
    c.process().release.set(true);
    co_await drain(c.process());
    auto const id = co_await make_default_tenant(c.core);
    for (auto const kind : kinds) {
        mongo_change change;
        change.change["$set"] = mongo_document{{"tenantId", id}, {"migratedAt", now_ms()}};
        change.many = true;
        co_await c.core.mongo.update(original_place(kind), std::move(change));
        co_await drop(c.core, moved_place(kind));
        mongo_document words;
        words["renameCollection"] = fmt::format("{}.{}", common_database, kind);
        words["to"] = fmt::format("{}.tenant_default_{}", common_database, kind);
        co_await c.core.mongo.command("admin", std::move(words));
    }
    co_return done("migrate");
}

static std::string id_of(mongo_document const& d)
{
    return d.at("_id").dump();
}

// The backup, and on it what the tenants' system did since.
static std::vector<mongo_document> merged(
    std::vector<mongo_document> backup, std::vector<mongo_document> now, std::int64_t backed_up_at
)
{
    std::set<std::string> present;
    std::set<std::string> newer;
    std::vector<mongo_document> out;
    for (auto& d : now) {
        present.insert(id_of(d));
        if (number(d, "updatedAt") < backed_up_at) continue;
        newer.insert(id_of(d));
        d.erase("tenantId");
        d.erase("migratedAt");
        out.push_back(std::move(d));
    }
    for (auto& d : backup) {
        auto const id = id_of(d);
        if (present.contains(id) && !newer.contains(id)) out.push_back(std::move(d));
    }
    return out;
}

static asio::awaitable<void>
restore_kind(core_state& core, std::string_view kind, std::int64_t backed_up_at)
{
    auto backup = co_await read_exactly(core, backup_place(kind));
    auto now = co_await read_exactly(core, moved_place(kind));
    // With the defect, what was written since the backup is forgotten.
    auto restored = core.process.faults.on("R7")
                        ? std::move(backup)
                        : merged(std::move(backup), std::move(now), backed_up_at);
    co_await drop(core, original_place(kind));
    co_await write_all(core, original_place(kind), std::move(restored));
    co_await drop(core, moved_place(kind));
}

// With the defect a restore does not ask what state it finds.
static asio::awaitable<void> put_backup_in_place(core_state& core)
{
    for (auto const kind : kinds) {
        auto backup = co_await read_exactly(core, backup_place(kind));
        co_await drop(core, original_place(kind));
        co_await write_all(core, original_place(kind), std::move(backup));
    }
}

static asio::awaitable<response> restore(call& c)
{
    // A second restore finds everything in its place.
    if (!c.process().release.multi()) {
        if (c.faults().on("R13")) co_await put_backup_in_place(c.core);
        co_return done("restore");
    }
    mongo_query query;
    query.filter["_id"] = "backup";
    auto const stamp = co_await c.core.mongo.find_one(backup_place("stamp"), std::move(query));
    if (!stamp) throw refusal{409, "NO_BACKUP", "there is nothing to restore"};
    hold const held{c.process()};
    c.process().release.set(false);
    co_await drain(c.process());
    for (auto const kind : kinds) co_await restore_kind(c.core, kind, number(*stamp, "at"));
    mongo_document filter;
    filter["slug"] = "default";
    mongo_place const tenants{std::string{common_database}, "tenants"};
    auto const t = co_await find_tenant(c.core, "default");
    co_await c.core.mongo.remove(tenants, std::move(filter));
    if (t) c.process().tenants.forget(t->id);
    // Nothing of the tenants' release may be met again by a later one.
    co_await c.core.redis.remove_prefix("zoptal:default:");
    co_return done("restore");
}

static asio::awaitable<response> migration(call& c)
{
    auto const body = read_object(c.in);
    auto const step = required_text(body, "step", 16);
    if (step == "mark") co_return co_await mark(c);
    if (step == "backup") co_return co_await back_up(c);
    if (step == "migrate") co_return co_await migrate(c);
    if (step == "restore") co_return co_await restore(c);
    throw refusal{400, "VALIDATION", "step is mark, backup, migrate or restore"};
}

// Which services the gateway sends the default host to.
static asio::awaitable<response> switch_release(call& c)
{
    auto const body = read_object(c.in);
    auto const release = required_text(body, "release", 16);
    if (release != "multi" && release != "single") {
        throw refusal{400, "VALIDATION", "release is single or multi"};
    }
    co_await c.process().front.set_release(release == "multi");
    json const out{{"release", release}};
    co_return json_response(200, out);
}

void add_migration(routes& to)
{
    to.add("POST", "/_lab/migration", {access::platform, migration});
    to.add("POST", "/_lab/release", {access::platform, switch_release});
}

} // namespace watertight::lab::zoptal
