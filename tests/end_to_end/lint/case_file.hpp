#pragma once

#include "harness/lint/postgres.hpp"
#include "tests/support/guarded_server.hpp"

#include <string>
#include <vector>

namespace watertight::test {

/// One block of cases.sql: a change to the sound schema, and what the lints must say of it.
struct lint_case {
    std::string title{};
    std::string sql{};
    /// "lint object"; the object may be "*". Nothing else of medium severity or more is reported.
    std::vector<std::string> expected{};
    /// Statements that undo what concerns the whole cluster.
    std::string undo{};
    std::vector<std::string> app_roles{};
    std::vector<std::string> tenant_columns{};
    /// May be reported as well: true, and not what the case is about.
    std::vector<std::string> allowed{};
};

std::vector<lint_case> read_cases(std::string const& path);

/// Fails the test that calls it where the report says less or more than the case expects.
void expect_case(lint_case const& c, lint::report const& r);

/// A cluster with the roles of sound.sql; databases are made from templates.
class lint_world {
public:
    lint_world();

    /// A database of its own with `sql` in it, made from `from`.
    /// @throws std::runtime_error with the server's words.
    std::string
    make(std::string const& name, std::string const& sql, std::string const& from) const;
    void run(std::string const& url, std::string const& sql) const;
    std::string url(std::string const& database) const;

    /// All lints of the catalogue.
    lint::report look(lint::postgres_options options) const;
    /// The same while another session has an open transaction in which it did `sql`.
    lint::report look_while(std::string const& url, std::string const& sql) const;

private:
    postgres_server server_{};
};

/// "lint object" for each suspicion of this severity or more, sorted.
std::vector<std::string>
suspected(lint::report const& r, evidence::severity least = evidence::severity::medium);

} // namespace watertight::test
