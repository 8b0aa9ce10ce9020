#include "harness/drill/shapes.hpp"

#include <algorithm>

namespace watertight::drill {

static bool needs_id(target::operation const& op)
{
    return op.mentions("id") || op.mentions("object.id");
}

static effect effect_of(target::operation const& op, bool needs_id)
{
    if (op.method == "DELETE") return needs_id ? effect::remove : effect::none;
    if (op.method == "PUT" || op.method == "PATCH") return effect::update;
    if (op.method != "POST") return effect::none;
    auto const keeps_id =
        std::ranges::any_of(op.captures, [](target::capture const& c) { return c.name == "id"; });
    if (keeps_id) return effect::create;
    return needs_id ? effect::update : effect::none;
}

static std::string path_of(target::operation const& op)
{
    return op.path_pattern.substr(0, op.path_pattern.find('?'));
}

static bool goes_below(target::operation const& op)
{
    auto const path = path_of(op);
    return path.find("{id}/") != path.npos || path.find("{object.id}/") != path.npos;
}

static bool is_read_of_one(target::operation const& op)
{
    return op.method == "GET" && (op.path.mentions("id") || op.path.mentions("object.id"));
}

// "/shifts" of "/shifts", "/shifts?limit=5", "/shifts/{id}" and "/shifts/{id}/close".
static std::string collection_of(target::operation const& op)
{
    auto path = path_of(op);
    for (auto const* const slot : {"/{id}", "/{object.id}"}) path = path.substr(0, path.find(slot));
    return path;
}

// Where what an operation creates stands.
static std::string kind_made_by(shape const& s)
{
    return s.needs_id ? path_of(*s.op) : collection_of(*s.op);
}

// Where objects of several kinds are created, a kind is told by the path below which it is; what is
// elsewhere belongs to what is created before it in the list.
static void tell_kinds_apart(std::vector<shape>& all)
{
    std::vector<std::string> kinds;
    for (auto const& s : all) {
        if (s.does != effect::create) continue;
        auto path = kind_made_by(s);
        if (std::ranges::find(kinds, path) == kinds.end()) kinds.push_back(std::move(path));
    }
    auto const share_a_name = std::ranges::all_of(all, [&](shape const& s) {
        return s.resource == all.front().resource;
    });
    if (kinds.size() < 2 || !share_a_name) return;
    auto latest = kinds.front();
    for (auto& s : all) {
        auto const path = s.does == effect::create ? kind_made_by(s) : collection_of(*s.op);
        if (s.does == effect::create) latest = path;
        auto const is_known = std::ranges::find(kinds, path) != kinds.end();
        s.resource = is_known ? path : latest;
    }
}

// What creates something below an object needs one of the kind that is made where its path begins.
static void tell_parents(std::vector<shape>& all)
{
    for (auto& s : all) {
        s.about = s.resource;
        if (s.does != effect::create || !s.needs_id) continue;
        auto const parent = std::ranges::find_if(all, [&](shape const& other) {
            return other.does == effect::create && !other.needs_id &&
                   collection_of(*other.op) == collection_of(*s.op);
        });
        if (parent != all.end()) s.about = parent->resource;
    }
}

static target::operation const*
find_twin(std::vector<shape> const& all, std::size_t of, target::model const& m)
{
    target::operation const* next = nullptr;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!is_read_of_one(*all[i].op)) continue;
        if (all[i].resource == all[of].resource) return all[i].op;
        if (i > of && next == nullptr) next = all[i].op;
    }
    if (next != nullptr) return next;
    auto const* const resource = m.find_resource(all[of].resource);
    return resource != nullptr && resource->read ? &*resource->read : nullptr;
}

std::vector<shape>
shapes_of(std::vector<target::operation> const& operations, target::model const& m)
{
    std::vector<shape> out;
    for (auto const& op : operations) {
        shape s{.op = &op, .resource = op.name.substr(0, op.name.find('.'))};
        s.needs_id = needs_id(op);
        s.is_write = op.method != "GET" && op.method != "HEAD" && op.method != "OPTIONS";
        s.does = effect_of(op, s.needs_id);
        s.goes_below = s.is_write && s.needs_id && goes_below(op);
        s.has_canary = op.mentions("canary") || op.mentions("canary.number");
        out.push_back(std::move(s));
    }
    tell_kinds_apart(out);
    tell_parents(out);
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (out[i].does == effect::create) out[i].twin = find_twin(out, i, m);
    }
    return out;
}

} // namespace watertight::drill
