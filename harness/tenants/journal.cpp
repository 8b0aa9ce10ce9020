#include "harness/tenants/journal.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/journal_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace watertight::tenants {

using json = nlohmann::ordered_json;

struct journal::state {
    journal_file file;
};

namespace {

std::string as_line(json const& line)
{
    return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string line_of(std::string_view what, journal_entry const& e)
{
    json line{{"do", what}, {"kind", e.kind}, {"key", e.key}};
    auto& attributes = line["attributes"] = json::object();
    for (auto const& [name, value] : e.attributes) attributes[name] = value;
    return as_line(line);
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
    journal_file file{path, "the journal"};
    if (!file.create()) {
        throw run_error{
            "the journal " + path + " of an earlier run is still there: run clean-up first"};
    }
    json const head{
        {"journal", 1}, {"run", run_id}, {"scenario", scenario_path}, {"target", target}};
    file.write(as_line(head));
    file.flush();
    return journal{std::make_unique<state>(std::move(file))};
}

journal journal::reopen(std::string const& path)
{
    journal_file file{path, "the journal"};
    file.open();
    file.cut_torn_line();
    return journal{std::make_unique<state>(std::move(file))};
}

void journal::intend(journal_entry const& e)
{
    intend(std::span{&e, 1});
}

void journal::intend(std::span<journal_entry const> entries)
{
    std::string text;
    for (auto const& e : entries) text += line_of("intend", e);
    state_->file.write(text);
    state_->file.flush();
}

void journal::made(journal_entry const& e)
{
    state_->file.write(line_of("made", e));
}

void journal::removed(std::string_view kind, std::string_view key)
{
    json const line{{"do", "removed"}, {"kind", kind}, {"key", key}};
    state_->file.write(as_line(line));
}

void journal::finish()
{
    if (state_->file.remove()) return;
    throw run_error{fmt::format("cannot delete the journal {}: {}", path(), std::strerror(errno))};
}

std::string const& journal::path() const noexcept
{
    return state_->file.path();
}

result<journal::leftovers> journal::read(std::string const& path)
{
    reading all;
    auto const whole = read_journal(path, [&](std::string_view text) {
        auto const line = json::parse(text, nullptr, false);
        return line.is_object() ? all.take(line) : std::string{"not a JSON object"};
    });
    if (whole.has_error()) return whole.error();
    if (all.out.run_id.empty()) {
        return failure{errc::malformed, path + " is no journal: its first line names no run", {}};
    }
    std::ranges::reverse(all.out.entries);
    return std::move(all.out);
}

} // namespace watertight::tenants
