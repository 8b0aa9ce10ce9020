#include "harness/drill/fingerprint.hpp"
#include "harness/lint/tenancy_facts.hpp"

namespace watertight::drill {

// Names of the columns that the tenancy knows by number.
static std::map<std::string, std::string>
columns_named(lint::database_shape const& shape, lint::tenancy const& found)
{
    std::map<lint::oid, std::string> tables;
    for (auto const& r : shape.relations) tables.emplace(r.id, r.schema + "." + r.name);
    std::map<std::string, std::string> out;
    for (auto const& t : found.tables) {
        auto const table = tables.find(t.id);
        // Several columns together name a tenant of a place: no single one does.
        if (t.columns.size() != 1 || table == tables.end()) continue;
        for (auto const& c : shape.columns) {
            if (c.of == t.id && c.number == t.columns[0]) out.emplace(table->second, c.name);
        }
        for (auto const& k : shape.keys) {
            if (k.from == t.id && k.numbers == t.columns) out.emplace(table->second, k.names[0]);
        }
    }
    return out;
}

asio::awaitable<result<std::map<std::string, std::string>>>
find_tenant_columns(stores::postgres& db, std::string hint)
{
    lint::postgres_options o;
    if (!hint.empty()) o.tenant_columns.push_back(std::move(hint));
    auto const facts = co_await lint::read_database(db, o);
    if (facts.has_error()) co_return facts.error();
    auto found = lint::find_tenancy(facts->shape, o.tenant_columns);
    // The column may be there only in one of the two states, or be called otherwise here.
    if (found.tables.empty()) found = lint::find_tenancy(facts->shape, {});
    co_return columns_named(facts->shape, found);
}

} // namespace watertight::drill
