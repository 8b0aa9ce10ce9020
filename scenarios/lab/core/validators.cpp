#include "scenarios/lab/core/validators.hpp"

#include "harness/base/text.hpp"

namespace watertight::lab {

static std::string tag_of(response const& r)
{
    for (auto const& [name, value] : r.headers)
        if (name == "ETag") return value;
    return {};
}

response not_modified()
{
    response out;
    out.status = 304;
    return out;
}

void add_validator(request const& in, response& out)
{
    if (out.status != 200) return;
    auto const tag = "\"" + sha256_hex(out.body).substr(0, 24) + "\"";
    out.headers.emplace_back("ETag", tag);
    if (in.header("If-None-Match") != tag) return;
    out.status = 304;
    out.body.clear();
}

void version_book::keep(std::string const& id, response const& made)
{
    auto tag = tag_of(made);
    if (tag.empty()) return;
    std::lock_guard const lock{mutex_};
    tags_[id] = std::move(tag);
}

bool version_book::confirms(std::string const& id, request const& in) const
{
    auto const asked = in.header("If-None-Match");
    if (!asked) return false;
    std::lock_guard const lock{mutex_};
    auto const known = tags_.find(id);
    return known != tags_.end() && known->second == *asked;
}

} // namespace watertight::lab
