#include "harness/probe/mongo_scan.hpp"

#include "harness/base/text.hpp"
#include "harness/probe/redis_keys.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/probe/targets.hpp"
#include "harness/probe/tenant_labels.hpp"
#include "harness/stores/mongo_address.hpp"

#include <algorithm>

namespace watertight::probe {

static constexpr std::uint32_t batch_documents = 200;
static constexpr std::int64_t read_max = 2'000'000;
// Of a wide pattern's many values no more are told apart.
static constexpr std::size_t groups_max = 10'000;

std::string display(stores::mongo_place const& at)
{
    return at.database + "." + at.collection;
}

static bool is_excluded(target::mongo_store const& store, stores::mongo_place const& at)
{
    return std::ranges::any_of(store.exclude, [&](std::string const& pattern) {
        return glob_matches(pattern, at.collection) || glob_matches(pattern, display(at));
    });
}

asio::awaitable<result<std::vector<stores::mongo_place>>>
list_collections(stores::mongo& db, target::mongo_store const& store)
{
    auto const address = stores::parse_mongo_address(store.url);
    if (address.has_error()) co_return address.error();
    std::vector<std::string> databases;
    if (address->database.empty()) {
        auto all = co_await db.databases();
        if (all.has_error()) co_return all.error();
        databases = std::move(*all);
    } else {
        databases.push_back(address->database);
    }
    std::vector<stores::mongo_place> out;
    for (auto const& database : databases) {
        auto const names = co_await db.collections(database);
        if (names.has_error()) co_return names.error();
        for (auto const& name : *names) {
            stores::mongo_place at{database, name};
            if (!is_excluded(store, at)) out.push_back(std::move(at));
        }
    }
    co_return out;
}

mongo_homes::mongo_homes(context& ctx)
{
    auto const& store = ctx.mongo_store();
    for (auto const& t : ctx.population().tenants) {
        for (auto const& pattern : store.databases) {
            databases_.push_back({render_for(ctx, pattern, t.index), t.index});
        }
        for (auto const& pattern : store.collections) {
            collections_.push_back({render_for(ctx, pattern, t.index), t.index});
        }
    }
}

std::set<tenant_index> mongo_homes::owners_of(stores::mongo_place const& at) const
{
    std::set<tenant_index> out;
    for (auto const& h : databases_) {
        if (glob_matches(h.pattern, at.database)) out.insert(h.whose);
    }
    for (auto const& h : collections_) {
        if (glob_matches(h.pattern, at.collection)) out.insert(h.whose);
    }
    return out;
}

std::string stored_mongo_value(context& ctx, tenant_index t)
{
    return render_for(ctx, ctx.mongo_store().tenant_value, t);
}

// A UUID that is stored as what it is: binary of subtype 4, or 3 in older drivers.
static std::optional<std::string> uuid_text(stores::mongo_document const& value)
{
    auto const binary = value.find("$binary");
    if (binary == value.end() || !binary->is_object()) return std::nullopt;
    auto const subtype = binary->value("subType", "");
    auto const bytes = base64_decode(binary->value("base64", ""));
    if ((subtype != "04" && subtype != "03") || !bytes || bytes->size() != 16) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < bytes->size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += fmt::format("{:02x}", static_cast<unsigned char>((*bytes)[i]));
    }
    return out;
}

// What a URL or a header would show of it.
static std::string shown_text(stores::mongo_document const& value)
{
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_object()) return value.dump();
    if (auto uuid = uuid_text(value)) return *uuid;
    // A reference: {"$ref": "tenants", "$id": ...}.
    if (auto const id = value.find("$id"); id != value.end() && id->size() < value.size()) {
        return shown_text(*id);
    }
    // {"$oid": "..."} and the like.
    if (value.size() == 1 && value.begin()->is_string()) return value.begin()->get<std::string>();
    return value.dump();
}

std::vector<std::string> field_texts(stores::mongo_document const& document, std::string_view name)
{
    auto const* at = &document;
    for (auto const part : split(name, '.')) {
        if (!at->is_object()) return {};
        auto const found = at->find(std::string{part});
        if (found == at->end()) return {};
        at = &*found;
    }
    std::vector<std::string> out;
    if (at->is_array()) {
        for (auto const& one : *at) out.push_back(shown_text(one));
    } else if (!at->is_null()) {
        out.push_back(shown_text(*at));
    }
    return out;
}

// Of several, the owner's own if it is among them: what several share is the owner's, too.
static std::optional<std::string>
told_tenant(context& ctx, std::vector<std::string> const& values, tenant_index owner)
{
    if (values.empty()) return std::nullopt;
    auto const own = std::ranges::find(values, stored_mongo_value(ctx, owner));
    return own == values.end() ? values.front() : *own;
}

// What a document says itself where the scenario names no field: the owner's slug or id, if that
// stands in it anywhere, else another tenant's in a member that is called after one.
static std::optional<std::string>
name_among(context& ctx, std::string const& text, tenant_index owner)
{
    for (auto const& name : names_of_tenant(ctx.tenant(owner))) {
        if (text.find('"' + name + '"') != std::string::npos) return name;
    }
    auto const labels = tenant_labels_in(text);
    for (auto const& t : ctx.population().tenants) {
        for (auto const& name : names_of_tenant(t)) {
            if (labels.contains(name)) return name;
        }
    }
    return std::nullopt;
}

static void add_document(context& ctx, std::string const& text, marked_documents& out)
{
    auto seen = canaries_in(ctx, text);
    if (seen.empty()) return;
    auto const document = stores::mongo_document::parse(text, nullptr, false);
    auto const& field = ctx.mongo_store().tenant_field;
    auto const told = field.empty() ? std::vector<std::string>{} : field_texts(document, field);
    std::set<tenant_index> counted;
    for (auto& token : seen) {
        auto const owner = token.who.tenant;
        if (!counted.insert(owner).second) continue;
        auto const value =
            field.empty() ? name_among(ctx, text, owner) : told_tenant(ctx, told, owner);
        auto const key = std::pair{value, token.who.tenant};
        auto at = out.groups.find(key);
        if (at == out.groups.end()) {
            if (out.groups.size() >= groups_max) continue;
            marked_documents::group fresh;
            fresh.token = std::move(token);
            fresh.id = document.contains("_id") ? document["_id"].dump() : "null";
            at = out.groups.emplace(key, std::move(fresh)).first;
        }
        ++at->second.count;
    }
}

static bool is_object_id(std::string_view text)
{
    static constexpr std::string_view digits = "0123456789abcdef";
    return text.size() == 24 && text.find_first_not_of(digits) == text.npos;
}

// Where, beside the beginning, a run is most likely to have written.
static std::vector<stores::mongo_query> further_parts(context& ctx, marked_documents& out)
{
    static constexpr std::int64_t newest = 200'000;
    std::vector<stores::mongo_query> queries;
    auto const& field = ctx.mongo_store().tenant_field;
    if (!field.empty()) {
        auto values = stores::mongo_document::array({nullptr});
        for (auto const t : ctx.tenants()) {
            auto value = stored_mongo_value(ctx, t);
            // Of 24 hexadecimal digits it may be an object's id as well as a text.
            if (is_object_id(value)) values.push_back({{"$oid", value}});
            if (is_number(value) && value.size() < 19) values.push_back(std::stoll(value));
            values.push_back(std::move(value));
        }
        stores::mongo_query q;
        q.filter[field]["$in"] = std::move(values);
        queries.push_back(std::move(q));
    }
    stores::mongo_query q;
    q.sort["$natural"] = -1;
    q.limit = newest;
    queries.push_back(std::move(q));
    for (auto& each : queries) each.batch = batch_documents;
    out.bound = fmt::format(
        "more than {} documents: beside the first those were read that name a tenant of the run or "
        "none, and the {} newest",
        read_max,
        newest
    );
    return queries;
}

static asio::awaitable<result<void>> read_marked(
    context& ctx,
    stores::mongo& db,
    stores::mongo_place at,
    stores::mongo_query q,
    marked_documents& out
)
{
    auto cursor = co_await db.find(std::move(at), std::move(q));
    if (cursor.has_error()) co_return cursor.error();
    for (;;) {
        auto const batch = co_await cursor->next(std::chrono::seconds{30});
        if (batch.has_error()) co_return batch.error();
        if (batch->empty()) co_return boost::system::in_place_value;
        for (auto const& text : *batch) add_document(ctx, text, out);
        out.read += batch->size();
        ctx.tick();
    }
}

asio::awaitable<result<marked_documents>>
find_marked(context& ctx, stores::mongo& db, stores::mongo_place at)
{
    marked_documents out;
    stores::mongo_query first;
    first.batch = batch_documents;
    first.limit = read_max;
    auto const begun = co_await read_marked(ctx, db, at, std::move(first), out);
    if (begun.has_error()) co_return begun.error();
    if (out.read < static_cast<std::uint64_t>(read_max)) co_return out;
    auto queries = further_parts(ctx, out);
    for (auto& q : queries) {
        auto const done = co_await read_marked(ctx, db, at, std::move(q), out);
        if (done.has_error()) co_return done.error();
    }
    co_return out;
}

} // namespace watertight::probe
