#include "harness/tenants/journal.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace watertight::tenants {

using json = nlohmann::ordered_json;

struct journal::state {
    std::string path;
    int file = -1;

    ~state()
    {
        if (file >= 0) ::close(file);
    }
};

namespace {

[[noreturn]] void fail(std::string const& what, std::string const& path)
{
    throw run_error{fmt::format("cannot {} the journal {}: {}", what, path, std::strerror(errno))};
}

void write_all(int file, std::string_view text, std::string const& path)
{
    while (!text.empty()) {
        auto const written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write", path);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void flush(int file, std::string const& path)
{
    if (::fdatasync(file) != 0) fail("flush", path);
}

std::string line_of(std::string_view what, journal_entry const& e)
{
    json line{{"do", what}, {"kind", e.kind}, {"key", e.key}};
    auto& attributes = line["attributes"] = json::object();
    for (auto const& [name, value] : e.attributes) attributes[name] = value;
    return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

/// The state of the things named so far, oldest first.
class reading {
public:
    /// @return what is wrong with the line; empty if nothing is.
    std::string take(json const& line)
    try {
        if (out.run_id.empty() && line.contains("run")) {
            out.run_id = line.at("run").get<std::string>();
            out.scenario_path = line.at("scenario").get<std::string>();
            out.target = line.at("target").get<std::string>();
            return {};
        }
        journal_entry e{line.at("kind").get<std::string>(), line.at("key").get<std::string>(), {}};
        auto const known = std::ranges::find_if(out.entries, [&](journal_entry const& other) {
            return other.kind == e.kind && other.key == e.key;
        });
        if (line.at("do") == "removed") {
            if (known != out.entries.end()) out.entries.erase(known);
            return {};
        }
        for (auto const& [name, value] : line.at("attributes").items()) {
            e.attributes.emplace_back(name, value.get<std::string>());
        }
        known == out.entries.end() ? out.entries.push_back(std::move(e)) : merge(*known, e);
        return {};
    } catch (json::exception const& error) {
        return error.what();
    }

    journal::leftovers out;

private:
    static void merge(journal_entry& into, journal_entry const& from)
    {
        for (auto const& [name, value] : from.attributes) {
            auto const known = std::ranges::find_if(into.attributes, [&](auto const& a) {
                return a.first == name;
            });
            if (known == into.attributes.end())
                into.attributes.emplace_back(name, value);
            else
                known->second = value;
        }
    }
};

} // namespace

journal::journal(std::unique_ptr<state> s) : state_{std::move(s)}
{
}
journal::journal(journal&&) noexcept = default;
journal& journal::operator=(journal&&) noexcept = default;
journal::~journal() = default;

journal journal::create(
    std::string const& path,
    std::string_view run_id,
    std::string_view scenario_path,
    std::string_view target
)
{
    auto s = std::make_unique<state>();
    s->path = path;
    s->file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (s->file < 0 && errno == EEXIST) {
        throw run_error{
            "the journal " + path + " of an earlier run is still there: run clean-up first"};
    }
    if (s->file < 0) fail("create", path);
    json const head{
        {"journal", 1}, {"run", run_id}, {"scenario", scenario_path}, {"target", target}};
    write_all(s->file, head.dump(-1, ' ', false, json::error_handler_t::replace) + "\n", path);
    flush(s->file, path);
    return journal{std::move(s)};
}

journal journal::reopen(std::string const& path)
{
    auto const text = read_file(path);
    if (!text) throw run_error{text.error().message};
    auto s = std::make_unique<state>();
    s->path = path;
    s->file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (s->file < 0) fail("open", path);
    auto const end = text->rfind('\n');
    auto const whole = end == std::string::npos ? 0 : end + 1;
    if (::ftruncate(s->file, static_cast<off_t>(whole)) != 0) fail("mend", path);
    return journal{std::move(s)};
}

void journal::intend(journal_entry const& e)
{
    intend(std::span{&e, 1});
}

void journal::intend(std::span<journal_entry const> entries)
{
    std::string text;
    for (auto const& e : entries) text += line_of("intend", e);
    write_all(state_->file, text, state_->path);
    flush(state_->file, state_->path);
}

void journal::made(journal_entry const& e)
{
    write_all(state_->file, line_of("made", e), state_->path);
}

void journal::removed(std::string_view kind, std::string_view key)
{
    json const line{{"do", "removed"}, {"kind", kind}, {"key", key}};
    write_all(
        state_->file, line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n", state_->path
    );
}

void journal::finish()
{
    if (state_->file < 0) return;
    ::close(state_->file);
    state_->file = -1;
    if (::unlink(state_->path.c_str()) != 0 && errno != ENOENT) fail("delete", state_->path);
}

std::string const& journal::path() const noexcept
{
    return state_->path;
}

result<journal::leftovers> journal::read(std::string const& path)
{
    auto const text = read_file(path);
    if (!text) return text.error();
    reading all;
    auto lines = split(*text, '\n');
    // What follows the last line break was torn off by a crash; it never took effect.
    lines.pop_back();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto const line = json::parse(lines[i], nullptr, false);
        auto const wrong = line.is_object() ? all.take(line) : std::string{"not a JSON object"};
        if (!wrong.empty()) {
            return failure{errc::malformed, fmt::format("{}:{}: {}", path, i + 1, wrong), {}};
        }
    }
    if (all.out.run_id.empty()) {
        return failure{errc::malformed, path + " is no journal: its first line names no run", {}};
    }
    std::ranges::reverse(all.out.entries);
    return std::move(all.out);
}

} // namespace watertight::tenants
