#include "harness/stores/postgres_answer.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace watertight::stores {

static std::optional<std::string> value_at(PGresult const* answer, int row, int column)
{
    if (PQgetisnull(answer, row, column) == 1) return std::nullopt;
    auto const size = static_cast<std::size_t>(PQgetlength(answer, row, column));
    return std::string{PQgetvalue(answer, row, column), size};
}

// libpq's older accessors take a mutable result, though they only read it.
static std::uint64_t affected_by(PGresult const* answer)
{
    std::uint64_t count = 0;
    auto const text = std::string_view{PQcmdTuples(const_cast<PGresult*>(answer))};
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

postgres_rows rows_of(PGresult const* answer)
{
    postgres_rows out;
    auto const columns = PQnfields(answer);
    for (int column = 0; column < columns; ++column) {
        out.columns.emplace_back(PQfname(answer, column));
    }
    auto const rows = PQntuples(answer);
    out.values.resize(static_cast<std::size_t>(rows));
    for (int row = 0; row < rows; ++row) {
        auto& values = out.values[static_cast<std::size_t>(row)];
        values.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            values.push_back(value_at(answer, row, column));
        }
    }
    out.affected = affected_by(answer);
    return out;
}

static std::string field_of(PGresult const* answer, int code)
{
    auto const* const text = PQresultErrorField(answer, code);
    return text == nullptr ? std::string{} : std::string{text};
}

static errc code_of(std::string_view sqlstate)
{
    if (sqlstate.starts_with("28")) return errc::unauthorised;
    // Connection exceptions, and a server that shuts down, crashed or starts up.
    if (sqlstate.starts_with("08") || sqlstate.starts_with("57P0")) return errc::connection_lost;
    return errc::rejected;
}

failure failure_of(PGresult const* answer, std::string const& where)
{
    auto const sqlstate = field_of(answer, PG_DIAG_SQLSTATE);
    if (sqlstate.empty()) {
        auto const text = std::string{trim(PQresultErrorMessage(answer))};
        return {errc::connection_lost, where + ": " + replace_all(text, "\n", " "), {}};
    }
    auto message = where + ": " + field_of(answer, PG_DIAG_MESSAGE_PRIMARY);
    auto const more = field_of(answer, PG_DIAG_MESSAGE_DETAIL);
    if (!more.empty()) message += " (" + more + ")";
    return {code_of(sqlstate), std::move(message), sqlstate};
}

// A digit is in every one of them, and in no severity ("FATAL").
static bool is_sqlstate(std::string_view text)
{
    auto const fits = [&](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); };
    return text.size() == 5 && std::ranges::all_of(text, fits) &&
           std::ranges::any_of(text, is_digit);
}

// "…FATAL:  28P01: password authentication failed…": libpq has no accessor for this one.
static std::string_view sqlstate_in(std::string_view text)
{
    for (auto const part : split(text, ':')) {
        if (auto const word = trim(part); is_sqlstate(word)) return word;
    }
    return {};
}

// One line, without the code and without the line of the server's source that reported it.
static std::string sentence(std::string_view text, std::string_view sqlstate)
{
    std::string out;
    for (auto const line : split(text, '\n')) {
        auto const words = trim(line);
        if (words.empty() || words.starts_with("LOCATION:")) continue;
        if (!out.empty()) out += ' ';
        out += words;
    }
    if (sqlstate.empty()) return out;
    return replace_all(replace_all(out, fmt::format("{}: ", sqlstate), ""), "FATAL:  ", "");
}

failure connect_failure_of(std::string_view text, bool wants_password, std::string const& where)
{
    auto const sqlstate = std::string{sqlstate_in(text)};
    auto const refused = wants_password || sqlstate.starts_with("28");
    return {
        refused ? errc::unauthorised : errc::unreachable,
        fmt::format("cannot connect to {}: {}", where, sentence(text, sqlstate)),
        sqlstate};
}

std::string describe(PGconn const* handle, std::string_view named)
{
    auto const or_else = [](char const* text, char const* other) {
        return std::string{text == nullptr || *text == '\0' ? other : text};
    };
    auto const host = std::string{named.substr(0, named.find(','))};
    auto const shown = host.empty() ? or_else(PQhost(handle), "localhost") : host;
    auto const is_ipv6 = !shown.starts_with('/') && shown.find(':') != std::string::npos;
    auto const port = or_else(PQport(handle), "5432");
    return fmt::format(
        "postgres {}:{}/{} as {}",
        is_ipv6 ? "[" + shown + "]" : shown,
        port.substr(0, port.find(',')),
        or_else(PQdb(handle), "?"),
        or_else(PQuser(handle), "?")
    );
}

} // namespace watertight::stores
