#include "scenarios/lab/core/faults.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::lab {

fault_set::fault_set(std::vector<std::string> on, std::span<fault const> known) : on_(std::move(on))
{
    for (auto const& id : on_) {
        if (std::ranges::find(known, id, &fault::id) != known.end()) continue;

        std::vector<std::string> names;
        for (auto const& f : known) names.emplace_back(f.id);
        auto const near = nearest(id, names);
        throw usage_error{fmt::format(
            "no fault '{}'{}", id, near ? fmt::format("; did you mean {}?", *near) : ""
        )};
    }
}

bool fault_set::on(std::string_view id) const noexcept
{
    return std::ranges::find(on_, id) != on_.end();
}

std::string describe(std::span<fault const> known, bool as_json)
{
    if (!as_json) {
        std::string out;
        for (auto const& f : known)
            out += fmt::format(
                "{:<5} {:<6} {:<12} {:<16} {}\n", f.id, f.dialect, f.layer, f.guarantee, f.title
            );
        return out;
    }
    auto list = nlohmann::ordered_json::array();
    for (auto const& f : known) {
        nlohmann::ordered_json one;
        one["id"] = f.id;
        one["dialect"] = f.dialect;
        one["title"] = f.title;
        one["layer"] = f.layer;
        one["guarantee"] = f.guarantee;
        one["channel"] = f.channel;
        list.push_back(std::move(one));
    }
    return list.dump(2) + "\n";
}

} // namespace watertight::lab
