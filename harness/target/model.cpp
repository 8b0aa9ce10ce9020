#include "harness/target/model.hpp"

#include <algorithm>

namespace watertight::target {

bool operation::accepts(int status) const noexcept
{
    return std::ranges::any_of(expect, [status](status_range const& range) {
        return status >= range.first && status <= range.last;
    });
}

std::string identity_channel::describe() const
{
    switch (type) {
    case kind::header:
        return "header " + name;
    case kind::host:
        return "host";
    case kind::query:
        return "query " + name;
    case kind::cookie:
        return "cookie " + name;
    case kind::path:
        return "path";
    case kind::jwt:
        return "claim " + name;
    }
    return {};
}

resource const* model::find_resource(std::string_view name) const
{
    auto const found = std::ranges::find(resources, name, &resource::name);
    return found == resources.end() ? nullptr : &*found;
}

credential const* model::find_credential(std::string_view name) const
{
    auto const found = std::ranges::find(credentials, name, &credential::name);
    return found == credentials.end() ? nullptr : &*found;
}

} // namespace watertight::target
