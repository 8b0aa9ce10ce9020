#include "harness/target/model.hpp"

#include <algorithm>

namespace watertight::target {

bool operation::accepts(int status) const noexcept
{
    return std::ranges::any_of(expect, [status](status_range const& range) {
        return status >= range.first && status <= range.last;
    });
}

static bool is_redirect(status_range const& range)
{
    return range.first >= 300 && range.last <= 399;
}

bool operation::may_redirect() const noexcept
{
    return std::ranges::any_of(expect, is_redirect);
}

bool operation::ends_in_redirect() const noexcept
{
    return !expect.empty() && std::ranges::all_of(expect, is_redirect);
}

bool operation::mentions(std::string_view slot) const noexcept
{
    auto const in_header = [slot](auto const& header) { return header.second.mentions(slot); };
    auto const in_part = [slot](body_part const& part) {
        return part.content.mentions(slot) || part.file_name.mentions(slot);
    };
    return path.mentions(slot) || body_text.mentions(slot) ||
           std::ranges::any_of(headers, in_header) || std::ranges::any_of(parts, in_part);
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

operation const* model::find_operation(std::string_view name) const
{
    for (auto const& r : resources) {
        for (auto const* const op : {&r.create, &r.read, &r.list, &r.update, &r.remove}) {
            if (*op && (*op)->name == name) return &**op;
        }
        auto const other = std::ranges::find(r.others, name, &operation::name);
        if (other != r.others.end()) return &*other;
    }
    auto const found = std::ranges::find(operations, name, &operation::name);
    return found == operations.end() ? nullptr : &*found;
}

credential const* model::find_credential(std::string_view name) const
{
    auto const found = std::ranges::find(credentials, name, &credential::name);
    return found == credentials.end() ? nullptr : &*found;
}

} // namespace watertight::target
