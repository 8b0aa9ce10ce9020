#include "scenarios/lab/core/access_log.hpp"

#include "scenarios/lab/core/time.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab {

void access_log::write(access_line const& what)
{
    nlohmann::ordered_json const line{
        {"at", now_s()},
        {"tenant", what.tenant},
        {"user", what.user},
        {"method", what.method},
        {"path", what.path},
        {"status", what.status}};
    auto const text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    std::lock_guard const lock{mutex_};
    out_ << text << '\n' << std::flush;
}

} // namespace watertight::lab
