#include "harness/cli/display.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace watertight::cli {

// Redrawing more often than a person can read only costs the terminal.
static constexpr auto redraw_interval = std::chrono::milliseconds{100};

terminal look_at_terminal(int descriptor)
{
    terminal t;
    t.is_terminal = ::isatty(descriptor) == 1;
    auto const* const no_colour = std::getenv("NO_COLOR");
    auto const* const kind = std::getenv("TERM");
    auto const is_dumb = kind != nullptr && std::string_view{kind} == "dumb";
    t.colour = t.is_terminal && !is_dumb && (no_colour == nullptr || *no_colour == '\0');
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) t.width = size.ws_col;
    if (auto const* const columns = std::getenv("COLUMNS"); columns != nullptr) {
        if (auto const n = std::strtoul(columns, nullptr, 10); n >= 20) t.width = n;
    }
    return t;
}

display::display(terminal t) : terminal_{t}
{
}

display::~display()
{
    clear();
}

void display::clear()
{
    if (shown_) fmt::print(stderr, "\r\x1b[K");
    shown_ = false;
}

void display::draw()
{
    if (!terminal_.is_terminal) return;
    auto line = total_ > 0 ? fmt::format("{}  {}/{}", phase_, done_, total_)
                           : fmt::format("{}  {}", phase_, done_);
    auto const elapsed = steady::now() - begun_;
    if (total_ > 0 && done_ > 0 && done_ < total_ && elapsed > std::chrono::seconds{2}) {
        auto const share = static_cast<double>(total_ - done_) / static_cast<double>(done_);
        auto const left = std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed * share);
        line += fmt::format("  {} left", human(left));
    }
    if (!detail_.empty()) line += "  " + detail_;
    if (line.size() >= terminal_.width) line.resize(terminal_.width - 1);
    fmt::print(stderr, "\r\x1b[K{}", line);
    std::fflush(stderr);
    shown_ = true;
    drawn_ = steady::now();
}

void display::begin(std::string_view phase, std::uint64_t total)
{
    phase_ = phase;
    detail_.clear();
    total_ = total;
    done_ = 0;
    begun_ = steady::now();
    draw();
}

void display::update(std::uint64_t done, std::string_view detail)
{
    done_ = done;
    if (!detail.empty()) detail_ = detail;
    if (steady::now() - drawn_ >= redraw_interval) draw();
}

void display::end(std::string_view summary)
{
    clear();
    fmt::print(stderr, "{}: {} ({})\n", phase_, summary, human(steady::now() - begun_));
}

void display::note(std::string_view line)
{
    clear();
    fmt::print(stderr, "{}\n", line);
    if (terminal_.is_terminal && !phase_.empty()) draw();
}

std::unique_ptr<progress> make_display(bool quiet)
{
    if (quiet) return std::make_unique<silent_progress>();
    return std::make_unique<display>(look_at_terminal(STDERR_FILENO));
}

} // namespace watertight::cli
