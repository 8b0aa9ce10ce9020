#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/progress.hpp"

#include <memory>
#include <string>

namespace watertight::cli {

/// What the process's standard error can show.
struct terminal {
    bool is_terminal = false;
    bool colour = false;
    std::size_t width = 80;
};

/// Reads isatty, COLUMNS or the window size, NO_COLOR and TERM.
terminal look_at_terminal(int descriptor);

/// Progress on standard error: one line redrawn in place on a terminal, a line per phase elsewhere.
class display final : public progress {
public:
    explicit display(terminal t);
    ~display() override;

    void begin(std::string_view phase, std::uint64_t total) override;
    void update(std::uint64_t done, std::string_view detail) override;
    void end(std::string_view summary) override;
    void note(std::string_view line) override;

private:
    void draw();
    void clear();

    terminal terminal_;
    std::string phase_;
    std::string detail_;
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
    steady::time_point begun_{};
    steady::time_point drawn_{};
    bool shown_ = false;
};

std::unique_ptr<progress> make_display(bool quiet);

} // namespace watertight::cli
