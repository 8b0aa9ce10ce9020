#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace watertight::probe {

/// What was and was not examined, as the run goes.
class coverage {
public:
    struct item {
        bool examined = false;
        /// Probes that examined it, or why none did.
        std::set<std::string> by;
    };

    /// It exists and ought to be examined.
    void expect(std::string_view kind, std::string_view name);
    /// It was examined by this probe.
    void examined(std::string_view kind, std::string_view name, std::string_view probe);
    /// It was not, and why.
    void skipped(std::string_view kind, std::string_view name, std::string_view why);

    std::map<std::pair<std::string, std::string>, item> const& items() const noexcept
    {
        return items_;
    }

private:
    std::map<std::pair<std::string, std::string>, item> items_;
};

} // namespace watertight::probe
