#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace watertight {

/// What long work tells a person while it goes on. Called from the control thread only;
/// the implementation decides how often anything is drawn.
class progress {
public:
    virtual ~progress() = default;

    /// A phase begins. @param total  units of work in it, 0 if unknown.
    virtual void begin(std::string_view phase, std::uint64_t total) = 0;
    /// So many units are done; `detail` is a short state such as "480/s, p95 12 ms, 0 errors".
    virtual void update(std::uint64_t done, std::string_view detail) = 0;
    virtual void end(std::string_view summary) = 0;
    /// A line that must not be lost: a warning, a finding as it happens.
    virtual void note(std::string_view line) = 0;
};

/// Says nothing.
class silent_progress final : public progress {
public:
    void begin(std::string_view, std::uint64_t) override {}
    void update(std::uint64_t, std::string_view) override {}
    void end(std::string_view) override {}
    void note(std::string_view) override {}
};

} // namespace watertight
