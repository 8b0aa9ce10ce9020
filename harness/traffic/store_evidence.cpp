#include "harness/traffic/store_evidence.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/reproduction.hpp"
#include "harness/stores/postgres.hpp"

#include <fmt/format.h>

namespace watertight::traffic {

using kind = target::store_operation::kind;

// The fields of a request, each of which ends with a NUL; redacted.
static std::vector<std::string> fields_of(observed const& x)
{
    std::vector<std::string> out;
    auto rest = x.request;
    while (!rest.empty()) {
        auto const end = rest.find('\0');
        out.push_back(x.secrets.redact(rest.substr(0, end)));
        rest.remove_prefix(std::min(end, rest.size() - 1) + 1);
    }
    return out;
}

// As one psql would run it, in the transaction that held the context; nothing of it stays.
static std::string sql_text(observed const& x)
{
    auto const fields = fields_of(x);
    auto const& context = x.model.postgres->context;
    std::size_t next = 1;
    std::string out = "begin; ";
    if (!context.empty()) {
        auto const name = stores::quote_literal(context);
        auto const value = stores::quote_literal(fields.at(next++));
        out += fmt::format("select set_config({}, {}, true); ", name, value);
    }
    auto sql = x.secrets.redact(x.what.what->store->sql);
    while (sql.ends_with(';') || sql.ends_with('\n') || sql.ends_with(' ')) sql.pop_back();
    if (next == fields.size()) return out + sql;
    std::vector<std::string> arguments;
    for (; next < fields.size(); ++next) {
        arguments.push_back(stores::quote_literal(fields[next]));
    }
    return out + fmt::format("prepare p as {}; execute p({})", sql, join(arguments, ", "));
}

std::string store_request_text(observed const& x)
{
    if (x.what.what->store->on == kind::postgres) return sql_text(x);
    std::vector<std::string> words;
    for (auto const& field : fields_of(x)) words.push_back(shell_quote(field));
    return join(words, " ");
}

std::string store_reproduction(observed const& x)
{
    if (x.what.what->store->on == kind::postgres) {
        return evidence::psql_command("POSTGRES_URL", sql_text(x));
    }
    return evidence::redis_command("REDIS_URL", fields_of(x));
}

} // namespace watertight::traffic
