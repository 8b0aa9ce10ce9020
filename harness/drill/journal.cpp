#include "harness/drill/journal.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/journal_file.hpp"
#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace watertight::drill {

using json = nlohmann::ordered_json;

struct journal::state {
    journal_file file;
    std::size_t writes = 0;
};

namespace {

journal_file file_at(std::string const& path)
{
    return {path, "the drill's journal"};
}

// On disk before whatever it announces.
void write_line(journal_file& file, json const& line)
{
    file.write(line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
    file.flush();
}

json head_line(journal_head const& h)
{
    return {
        {"drill_journal", 1},
        {"run", h.run_id},
        {"seed", h.seed},
        {"scenario", h.scenario_path},
        {"target", h.target},
        {"plan", h.plan_digest},
        {"lab", h.lab},
    };
}

journal_head head_of(json const& line)
{
    return {
        line.at("run").get<std::string>(),
        line.at("seed").get<std::uint64_t>(),
        line.at("scenario").get<std::string>(),
        line.at("target").get<std::string>(),
        line.at("plan").get<std::string>(),
        line.at("lab").get<bool>(),
    };
}

json line_of(kept_write const& w)
{
    json out{{"do", "write"}, {"operation", w.operation}, {"serial", w.serial}};
    if (!w.tenant.empty()) out["tenant"] = w.tenant;
    if (w.user != 0) out["user"] = w.user;
    if (w.object != w.serial) out["object"] = w.object;
    out["result"] = static_cast<int>(w.result);
    out["at"] = w.at_ms;
    if (!w.captured.empty()) out["captured"] = w.captured;
    return out;
}

kept_write write_of(json const& line)
{
    kept_write out;
    line.at("operation").get_to(out.operation);
    out.tenant = line.value("tenant", "");
    out.user = line.value("user", 0U);
    line.at("serial").get_to(out.serial);
    out.object = line.value("object", out.serial);
    out.result = static_cast<evidence::outcome>(line.at("result").get<int>());
    line.at("at").get_to(out.at_ms);
    if (line.contains("captured")) line.at("captured").get_to(out.captured);
    return out;
}

// What a write came to follows what was sent, which is not far back.
void take_write(kept_write w, std::vector<kept_write>& all)
{
    static constexpr std::size_t far_back = 8192;
    auto const n = std::min(all.size(), far_back);
    auto const sent = std::find_if(
        all.rbegin(),
        all.rbegin() + static_cast<std::ptrdiff_t>(n),
        [&](auto const& o) { return o.serial == w.serial; }
    );
    if (n > 0 && sent != all.rbegin() + static_cast<std::ptrdiff_t>(n)) {
        *sent = std::move(w);
    } else {
        all.push_back(std::move(w));
    }
}

/// @return what is wrong with the line; empty if nothing is.
std::string take(json const& line, unfinished& out)
try {
    if (line.contains("drill_journal")) {
        out.head = head_of(line);
        return {};
    }
    auto const what = line.at("do").get<std::string>();
    if (what == "keep") {
        out.kept[line.at("name").get<std::string>()] = line.at("text").get<std::string>();
        return {};
    }
    if (what == "write") {
        take_write(write_of(line), out.writes);
        return {};
    }
    if (what == "start") {
        out.process = {line.at("pid").get<pid_t>(), line.at("at").get<std::uint64_t>()};
        return {};
    }
    auto const key =
        std::pair{line.at("phase").get<std::string>(), line.at("step").get<std::size_t>()};
    if (what == "begin") {
        out.steps[key] = step_state::begun;
    } else {
        out.process.reset();
        out.steps[key] = line.at("ok").get<bool>() ? step_state::done : step_state::failed;
    }
    return {};
} catch (json::exception const& error) {
    return error.what();
}

[[noreturn]] void refuse_running(std::string const& path)
{
    throw usage_error{"another drill is going on with the journal " + path + ": wait for its end"};
}

} // namespace

step_state unfinished::state_of(std::string const& phase, std::size_t step) const
{
    auto const at = steps.find({phase, step});
    return at == steps.end() ? step_state::untouched : at->second;
}

bool unfinished::has_begun(std::string const& phase) const
{
    auto const at = steps.lower_bound({phase, 0});
    return at != steps.end() && at->first.first == phase;
}

std::string unfinished::kept_as(std::string const& name) const
{
    auto const at = kept.find(name);
    return at == kept.end() ? std::string{} : at->second;
}

std::optional<std::uint64_t> start_of(pid_t process)
{
    auto const text = read_file(fmt::format("/proc/{}/stat", process));
    if (text.has_error()) return std::nullopt;
    // The program's name, in brackets, may hold anything; the 20th field after it is the start.
    auto const name_end = text->rfind(") ");
    if (name_end == std::string::npos) return std::nullopt;
    auto const fields = split(std::string_view{*text}.substr(name_end + 2), ' ');
    std::uint64_t out = 0;
    if (fields.size() < 20) return std::nullopt;
    std::from_chars(fields[19].data(), fields[19].data() + fields[19].size(), out);
    return out;
}

journal::journal(std::unique_ptr<state> s) : state_{std::move(s)}
{
}
journal::journal(journal&&) noexcept = default;
journal& journal::operator=(journal&&) noexcept = default;
journal::~journal() = default;

void journal::refuse_unfinished(std::string const& path)
{
    if (::access(path.c_str(), F_OK) != 0) return;
    if (journal_file::is_held(path)) refuse_running(path);
    auto const left = read(path);
    if (left.has_value() && left->head.lab) return;
    throw usage_error{
        "a drill was begun and not brought to its end (" + path +
        "): `watertight drill SCENARIO --abort` brings the system back, `--resume` goes on"};
}

journal journal::create(std::string const& path, journal_head const& head)
{
    refuse_unfinished(path);
    // What is left now is a lab's that is gone.
    ::unlink(path.c_str());
    auto file = file_at(path);
    if (!file.create() || !file.lock()) refuse_running(path);
    write_line(file, head_line(head));
    return journal{std::make_unique<state>(std::move(file))};
}

journal journal::reopen(std::string const& path)
{
    auto file = file_at(path);
    file.open();
    if (!file.lock()) refuse_running(path);
    file.cut_torn_line();
    return journal{std::make_unique<state>(std::move(file))};
}

result<unfinished> journal::read(std::string const& path)
{
    unfinished out;
    auto const whole = read_journal(path, [&](std::string_view text) {
        auto const line = json::parse(text, nullptr, false);
        return line.is_object() ? take(line, out) : std::string{"not a JSON object"};
    });
    if (whole.has_error()) return whole.error();
    if (out.head.run_id.empty()) {
        return failure{errc::malformed, path + " is no journal of a drill", {}};
    }
    return out;
}

void journal::begin(std::string_view phase, std::size_t step, std::string_view name)
{
    json const line{{"do", "begin"}, {"phase", phase}, {"step", step}, {"name", name}};
    write_line(state_->file, line);
}

void journal::end(std::string_view phase, std::size_t step, bool ok)
{
    json const line{{"do", "end"}, {"phase", phase}, {"step", step}, {"ok", ok}};
    write_line(state_->file, line);
}

void journal::started(pid_t process)
{
    json const line{{"do", "start"}, {"pid", process}, {"at", start_of(process).value_or(0)}};
    write_line(state_->file, line);
}

void journal::keep(std::string_view name, std::string_view text)
{
    json const line{{"do", "keep"}, {"name", name}, {"text", text}};
    write_line(state_->file, line);
}

void journal::wrote(kept_write const& w)
{
    if (state_->writes++ >= writes_max) return;
    state_->file.write(line_of(w).dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

void journal::finish() noexcept
{
    state_->file.remove();
}

std::string const& journal::path() const noexcept
{
    return state_->file.path();
}

} // namespace watertight::drill
