#include "harness/tenants/sql.hpp"

#include "harness/base/text.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace watertight::tenants {

namespace {

bool is_name_character(char c) noexcept
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// What surrounds the end of the text written so far: a quote character, or 0 outside quotes.
char quote_after(std::string_view literal, char quote)
{
    for (char const c : literal) {
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '\'' || c == '"') {
            quote = c;
        }
    }
    return quote;
}

bool begins_with_name(std::vector<target::template_text::piece> const& pieces, std::size_t i)
{
    return i < pieces.size() && pieces[i].slot.empty() && !pieces[i].literal.empty() &&
           is_name_character(pieces[i].literal.front());
}

} // namespace

result<std::string> render_sql(target::template_text const& statement, target::scope const& s)
{
    std::string out;
    std::string hold;
    char quote = 0;
    auto const& pieces = statement.pieces();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i].slot.empty()) {
            out += pieces[i].literal;
            quote = quote_after(pieces[i].literal, quote);
            continue;
        }
        auto const value = target::find_value(s, pieces[i].slot, hold);
        if (!value) {
            return failure{
                errc::malformed, "SQL: nothing is known as {" + pieces[i].slot + "}", {}};
        }
        auto const adjoins =
            (!out.empty() && is_name_character(out.back())) || begins_with_name(pieces, i + 1);
        if (quote != 0) {
            out += replace_all(std::string{*value}, std::string(1, quote), std::string(2, quote));
        } else if (!adjoins) {
            out += stores::quote_literal(*value);
        } else if (std::ranges::all_of(*value, is_name_character)) {
            out += *value;
        } else {
            return failure{
                errc::malformed,
                fmt::format(
                    "SQL: {{{}}} is part of a name and holds other characters", pieces[i].slot
                ),
                {}};
        }
    }
    return out;
}

asio::awaitable<result<stores::postgres_rows>> store_pool::run(std::string store, std::string sql)
{
    auto const url = urls_.find(store);
    if (url == urls_.end()) {
        co_return failure{errc::malformed, "no store is called " + store, {}};
    }
    auto& mine = places_[store];
    if (!mine) mine = std::make_unique<place>();
    auto& p = *mine;
    co_await p.gate.enter();
    passage const held{p.gate};
    if (!p.connection || !p.connection->is_open()) {
        auto const executor = co_await asio::this_coro::executor;
        auto address = url->second;
        auto connected = co_await stores::postgres::connect(
            executor, std::move(address), std::chrono::seconds{10}
        );
        if (!connected) co_return connected.error();
        p.connection = std::move(*connected);
    }
    auto rows = co_await p.connection->script(std::move(sql));
    co_return rows;
}

asio::awaitable<result<target::values>>
run_sql(store_pool& stores, sql_step const& step, target::scope s)
{
    auto text = render_sql(step.statement, s);
    if (!text) co_return text.error();
    auto store = step.store;
    auto const rows = co_await stores.run(std::move(store), std::move(*text));
    if (!rows) co_return rows.error();
    target::values out;
    for (auto const& name : step.capture) {
        if (std::ranges::find(rows->columns, name) == rows->columns.end() || rows->values.empty()) {
            co_return failure{errc::malformed, "the statement returned no column " + name, {}};
        }
    }
    if (rows->values.empty()) co_return out;
    for (std::size_t i = 0; i < rows->columns.size(); ++i) {
        auto const& name = rows->columns[i];
        auto const wanted =
            step.capture.empty() || std::ranges::find(step.capture, name) != step.capture.end();
        auto const& value = rows->values.front()[i];
        if (wanted && value) out.set(name, *value);
    }
    co_return out;
}

} // namespace watertight::tenants
