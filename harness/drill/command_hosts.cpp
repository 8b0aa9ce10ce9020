#include "harness/drill/command_hosts.hpp"

#include "harness/base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace watertight::drill {

static bool is_of_word(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Up to what cannot stand in a host's name or address; brackets and ports are taken off.
static std::string host_at(std::string_view text)
{
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        return end == std::string_view::npos ? std::string{} : std::string{text.substr(1, end - 1)};
    }
    std::size_t n = 0;
    while (n < text.size() && (is_of_word(text[n]) || text[n] == '.' || text[n] == '-')) ++n;
    return std::string{text.substr(0, n)};
}

static void insert_host(std::string host, std::set<std::string>& out)
{
    // A number alone is a port or a count; a path is a socket on this machine.
    auto const is_number =
        std::ranges::all_of(host, [](unsigned char c) { return std::isdigit(c) != 0; });
    if (!host.empty() && !is_number) out.insert(std::move(host));
}

// Behind each "scheme://", and each host of a list there.
static void add_of_urls(std::string_view text, std::set<std::string>& out)
{
    for (auto at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
        auto scheme = at;
        while (scheme > 0 && (is_of_word(text[scheme - 1]) || text[scheme - 1] == '+')) --scheme;
        auto const name = text.substr(scheme, at - scheme);
        if (name.empty() || name == "file" || name == "unix" || name.ends_with("+unix")) continue;
        auto rest = text.substr(at + 3);
        rest = rest.substr(0, rest.find_first_of("/?# \t\n\"'`;|&<>)"));
        if (auto const user = rest.rfind('@'); user != std::string_view::npos) {
            rest = rest.substr(user + 1);
        }
        for (auto const one : split(rest, ',')) insert_host(host_at(one), out);
    }
}

// "host=db.example", "hostaddr=10.0.0.1", "PGHOST=db.example" in front of a command.
static void add_of_settings(std::string_view text, std::set<std::string>& out)
{
    static constexpr std::array<std::string_view, 6> names{
        "host=", "hostaddr=", "PGHOST=", "PGHOSTADDR=", "REDIS_HOST=", "MYSQL_HOST="};
    for (auto const name : names) {
        for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1))
        {
            if (at > 0 && (is_of_word(text[at - 1]) || text[at - 1] == '-')) continue;
            auto value = text.substr(at + name.size());
            if (value.starts_with('\'') || value.starts_with('"')) value.remove_prefix(1);
            if (value.starts_with('/') || value.find("://") < value.find(' ')) continue;
            insert_host(host_at(value), out);
        }
    }
}

static std::string_view program_of(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

static bool is_any_of(std::string_view program, std::initializer_list<std::string_view> names)
{
    return std::ranges::find(names, program) != names.end();
}

// What follows the options of clients that take a host in one.
static void add_of_options(
    std::vector<std::string_view> const& words, std::size_t from, std::set<std::string>& out
)
{
    for (std::size_t i = from; i < words.size(); ++i) {
        auto const word = words[i];
        auto const next = i + 1 < words.size() ? words[i + 1] : std::string_view{};
        if (word.starts_with("--host=")) {
            insert_host(host_at(word.substr(7)), out);
        } else if (word == "--host" || word == "-h") {
            if (!next.starts_with('-')) insert_host(host_at(next), out);
        } else if (word.starts_with("-h") && word.size() > 2 && !word.starts_with("-he")) {
            insert_host(host_at(word.substr(2)), out);
        }
    }
}

static void add_of_remote_shell(
    std::vector<std::string_view> const& words, std::size_t from, std::set<std::string>& out
)
{
    static constexpr std::string_view with_value = "bcDEeFIiJLlmOopPQRSWw";
    for (std::size_t i = from; i < words.size(); ++i) {
        auto const word = words[i];
        if (word.size() == 2 && word[0] == '-' && with_value.find(word[1]) != std::string::npos) {
            ++i;
            continue;
        }
        if (word.starts_with('-')) continue;
        auto const user = word.rfind('@', word.find(':'));
        insert_host(host_at(user == std::string_view::npos ? word : word.substr(user + 1)), out);
        return;
    }
}

// Of scp and rsync: whatever has a host before a colon.
static void add_of_copies(
    std::vector<std::string_view> const& words, std::size_t from, std::set<std::string>& out
)
{
    for (std::size_t i = from; i < words.size(); ++i) {
        auto const colon = words[i].find(':');
        if (colon == std::string_view::npos || words[i].find('/') < colon) continue;
        auto const place = words[i].substr(0, colon);
        insert_host(host_at(place.substr(place.find('@') + 1)), out);
    }
}

// The words as a command line: the program is the first that is no variable's setting.
static void add_of_words(std::vector<std::string_view> const& words, std::set<std::string>& out)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto const program = program_of(words[i]);
        if (is_any_of(
                program,
                {"psql",
                 "pg_dump",
                 "pg_restore",
                 "pg_dumpall",
                 "createdb",
                 "dropdb",
                 "vacuumdb",
                 "pgbench",
                 "redis-cli",
                 "mysql",
                 "mysqldump",
                 "mongosh",
                 "mongo",
                 "mongodump",
                 "mongorestore",
                 "clickhouse-client"}
            ))
        {
            add_of_options(words, i + 1, out);
        }
        if (is_any_of(program, {"ssh", "sftp", "mosh"})) add_of_remote_shell(words, i + 1, out);
        if (is_any_of(program, {"scp", "rsync"})) add_of_copies(words, i + 1, out);
    }
}

std::set<std::string> hosts_in_command(std::vector<std::string> const& arguments)
{
    std::set<std::string> out;
    for (auto const& argument : arguments) {
        add_of_urls(argument, out);
        add_of_settings(argument, out);
        auto const is_script = argument.find(' ') != std::string::npos;
        if (!is_script) continue;
        std::vector<std::string_view> words;
        for (auto const word : split(argument, ' ')) {
            auto const bare = trim(word);
            if (!bare.empty()) words.push_back(bare);
        }
        add_of_words(words, out);
    }
    add_of_words({arguments.begin(), arguments.end()}, out);
    return out;
}

std::set<std::string> hosts_in_variable(std::string_view name, std::string_view value)
{
    std::set<std::string> out;
    add_of_urls(value, out);
    static constexpr std::array<std::string_view, 6> hosts{
        "PGHOST", "PGHOSTADDR", "REDIS_HOST", "MYSQL_HOST", "DB_HOST", "DATABASE_HOST"};
    auto const is_host = std::ranges::find(hosts, name) != hosts.end();
    if (is_host && out.empty() && !value.starts_with('/')) {
        for (auto const one : split(value, ',')) insert_host(host_at(one), out);
    }
    if (out.empty() &&
        (value.starts_with("host=") || value.find(" host=") != std::string_view::npos))
        add_of_settings(value, out);
    return out;
}

static void
add_of_steps(std::vector<step> const& steps, bool& has_commands, std::set<std::string>& out)
{
    for (auto const& s : steps) {
        auto const* const command = std::get_if<command_step>(&s.action);
        if (command == nullptr) continue;
        has_commands = true;
        out.merge(hosts_in_command(command->arguments));
    }
}

std::set<std::string>
hosts_of_commands(plan const& p, std::map<std::string, std::string> const& environment)
{
    std::set<std::string> out;
    bool has_commands = false;
    for (auto const* steps : {&p.forward, &p.inject, &p.rollback, &p.finally}) {
        add_of_steps(*steps, has_commands, out);
    }
    for (auto const& stage : p.stages) add_of_steps(stage.steps, has_commands, out);
    if (p.extrapolate) add_of_steps(p.extrapolate->prepare, has_commands, out);
    if (!has_commands) return out;
    for (auto const& [name, value] : environment) out.merge(hosts_in_variable(name, value));
    // What a client takes from this program's own environment, unless it is given another.
    for (auto const* const name : {"PGHOST", "PGHOSTADDR"}) {
        auto const* const value = std::getenv(name);
        if (value != nullptr && !environment.contains(name)) {
            out.merge(hosts_in_variable(name, value));
        }
    }
    return out;
}

} // namespace watertight::drill
