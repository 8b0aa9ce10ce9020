#include "scenarios/lab/zoptal/call.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <chrono>

namespace watertight::lab::zoptal {

// What the defect keeps of a tenant's name, as a system does that fears for its limits on names.
static constexpr std::size_t cut_to = 6;

mongo_place tenant::place(std::string_view kind) const
{
    auto const& begin = kind == "projects" ? projects_prefix : prefix;
    if (strategy == "database") return {begin + "_db", std::string{kind}};
    return {std::string{common_database}, fmt::format("{}_{}", begin, kind)};
}

std::string tenant::key(std::string_view rest) const
{
    return fmt::format("zoptal:{}:{}", slug, rest);
}

static std::string text(mongo_document const& from, char const* name)
{
    auto const at = from.find(name);
    return at != from.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

std::shared_ptr<tenant const> to_tenant(mongo_document const& from, fault_set const& faults)
{
    auto out = std::make_shared<tenant>();
    out->id = text(from, "_id");
    out->slug = text(from, "slug");
    out->name = text(from, "name");
    out->strategy = text(from, "isolationStrategy");
    out->domain = text(from, "customDomain");
    auto const subscription = from.find("subscription");
    if (subscription != from.end()) {
        out->status = text(*subscription, "status");
        out->on_plan = find_plan(text(*subscription, "plan"));
    }
    if (out->on_plan == nullptr) out->on_plan = find_plan("starter");
    auto const begin_of = [](std::string name) {
        return "tenant_" + replace_all(std::move(name), "-", "_");
    };
    out->prefix = begin_of(out->slug);
    out->projects_prefix = out->prefix;
    if (faults.on("MG12")) out->projects_prefix = begin_of(out->slug.substr(0, cut_to));
    return out;
}

mongo_place tenants_place()
{
    return {std::string{common_database}, "tenants"};
}

static asio::awaitable<std::shared_ptr<tenant const>>
read_tenant(core_state& core, mongo_document filter)
{
    auto const read_at = core.process.tenants.now();
    mongo_query query;
    query.filter = std::move(filter);
    auto const found = co_await core.mongo.find_one(tenants_place(), std::move(query));
    if (!found) co_return nullptr;
    auto out = to_tenant(*found, core.process.faults);
    core.process.tenants.put(out, read_at);
    co_return out;
}

asio::awaitable<std::shared_ptr<tenant const>> find_tenant(core_state& core, std::string slug)
{
    auto const id = core.process.tenants.id_of(slug);
    auto known = id.empty() ? nullptr : core.process.tenants.find(id);
    if (known) co_return known;
    mongo_document filter{{"slug", slug}};
    co_return co_await read_tenant(core, std::move(filter));
}

asio::awaitable<std::optional<mongo_document>> tenant_document(core_state& core, std::string id)
{
    mongo_query query;
    query.filter["_id"] = std::move(id);
    co_return co_await core.mongo.find_one(tenants_place(), std::move(query));
}

asio::awaitable<std::vector<std::shared_ptr<tenant const>>> all_tenants(core_state& core)
{
    mongo_query everything;
    auto const found = co_await core.mongo.find(tenants_place(), std::move(everything));
    std::vector<std::shared_ptr<tenant const>> out;
    for (auto const& one : found) out.push_back(to_tenant(one, core.process.faults));
    co_return out;
}

std::int64_t now_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string session_key(tenant const& t, std::string_view user_id)
{
    return t.key(fmt::format("session:{}", user_id));
}

} // namespace watertight::lab::zoptal
