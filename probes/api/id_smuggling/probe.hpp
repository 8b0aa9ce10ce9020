#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::id_smuggling {

/// The intruder's request for its own object with the victim's id smuggled in beside its own.
struct trial {
    /// "query parameter id", "second element of /ids", for people.
    std::string how{};
    /// The victim's own read of its object.
    probe::exchange control{};
    /// The same request without the second id: it works for the intruder.
    probe::exchange plain{};
    probe::exchange hostile{};
};

/// The intruder's change of its own object that names the victim's besides.
struct write_trial {
    std::string how{};
    probe::marks planted{};
    /// The victim's own read of its object, before and after.
    probe::exchange control{};
    probe::exchange hostile{};
    probe::exchange after{};
};

probe::conclusion judge(std::vector<trial> const& trials);
void judge_writes(std::vector<write_trial> const& trials, probe::conclusion& out);

/// "id", and what the id is called where it was captured: "number" of /result/item/number.
std::vector<std::string> parameter_names(target::resource const& r);

/// Changes of the intruder's own objects that name the victim's in the body or the query.
asio::awaitable<std::vector<write_trial>> try_writes(probe::context& ctx);

probe::unit unit();

} // namespace watertight::probes::api::id_smuggling
