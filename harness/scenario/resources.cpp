#include "harness/scenario/compile.hpp"
#include "harness/scenario/sentences.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::scenario {

namespace {

using target::foreign_access;

foreign_access compile_foreign(std::string const& word)
{
    if (word == "denied") return foreign_access::denied;
    if (word == "not_found") return foreign_access::not_found;
    return word == "empty" ? foreign_access::empty : foreign_access::harmless;
}

target::resource compile_resource(compiler& c, node const& from, std::string const& name)
{
    target::resource out;
    out.name = name;
    out.place = c.place(from);
    out.parent = text_of(from, "parent");
    if (!out.parent.empty()) c.known.parents[name] = out.parent;
    auto& captures = c.known.objects[name];
    auto const compile = [&](std::string_view key, slot_scope where) {
        std::optional<target::operation> op;
        if (auto const* const value = from.find(key)) {
            op = compile_operation(
                c, *value, {fmt::format("{}.{}", name, key), where, name, &captures}
            );
        }
        return op;
    };
    out.create = compile("create", slot_scope::new_object);
    out.read = compile("read", slot_scope::object);
    out.list = compile("list", slot_scope::object);
    out.update = compile("update", slot_scope::object);
    out.remove = compile("remove", slot_scope::object);
    if (auto const* const others = from.find("others")) {
        for (auto const& m : others->members) {
            if (m.value.is_bad) continue;
            out.others.push_back(compile_operation(
                c, m.value, {fmt::format("{}.{}", name, m.key), slot_scope::object, name, &captures}
            ));
        }
    }
    out.count = count_of(from, "count", 1);
    out.per_tenant = text_of(from, "per") == "tenant";
    out.expect_foreign = compile_foreign(text_of(from, "foreign"));
    out.is_shared = flag_of(from, "shared");
    // Objects that exist before the run bring it; of those that are made, a run finds it in the
    // usual places of the answer (target::learn_id) if no capture names it.
    captures.insert("id");
    return out;
}

std::vector<std::string> resource_names(node const& resources)
{
    std::vector<std::string> out;
    for (auto const& m : resources.members) out.push_back(m.key);
    return out;
}

void check_parent(compiler& c, node const& resources, member const& m)
{
    auto const* const parent = m.value.find("parent");
    if (parent == nullptr) return;
    auto const names = resource_names(resources);
    if (std::ranges::find(names, parent->text) == names.end()) {
        c.fault(
            *parent,
            fmt::format(
                "{} is {}, which is no resource{}",
                dotted(parent->pointer),
                parent->text,
                suggestion(parent->text, names)
            )
        );
        return;
    }
    // A chain that is longer than there are resources goes in a circle.
    auto name = m.key;
    for (std::size_t steps = 0; c.known.parents.contains(name); ++steps) {
        name = c.known.parents.at(name);
        if (steps <= names.size()) continue;
        c.fault(*parent, fmt::format("{} leads back to {}", dotted(parent->pointer), m.key));
        return;
    }
}

/// Parents are created before what lives under them.
std::size_t depth_of(compiler const& c, std::string name, std::size_t resources)
{
    std::size_t depth = 0;
    while (c.known.parents.contains(name) && depth <= resources) {
        name = c.known.parents.at(name);
        ++depth;
    }
    return depth;
}

std::vector<std::string> names_of(target::model const& m)
{
    std::vector<std::string> out;
    for (auto const& r : m.resources) out.push_back(r.name);
    return out;
}

void compile_streams(compiler& c, node const& root)
{
    auto const* const streams = root.find("streams");
    if (streams == nullptr) return;
    auto& model = c.out.target;
    for (auto const& m : streams->members) {
        if (m.value.is_bad) continue;
        target::event_stream out;
        auto const name = "streams." + m.key;
        out.open = compile_operation(c, m.value, {name, slot_scope::free, {}, &c.known.free});
        out.is_websocket = text_of(m.value, "kind") == "websocket";
        out.follows = text_of(m.value, "follows");
        auto const* const followed = m.value.find("follows");
        auto const* const made = model.find_resource(out.follows);
        if (followed != nullptr && (made == nullptr || !made->create)) {
            c.fault(
                *followed,
                fmt::format(
                    "{} is {}, which is no resource with `create`{}",
                    dotted(followed->pointer),
                    out.follows,
                    suggestion(out.follows, names_of(model))
                )
            );
        }
        model.streams.push_back(std::move(out));
    }
}

} // namespace

void compile_resources(compiler& c, node const& root)
{
    auto& out = c.out.target;
    if (auto const* const resources = root.find("resources")) {
        for (auto const& m : resources->members) {
            if (!m.value.is_bad) out.resources.push_back(compile_resource(c, m.value, m.key));
        }
        for (auto const& m : resources->members) check_parent(c, *resources, m);
        std::ranges::stable_sort(out.resources, {}, [&](target::resource const& r) {
            return depth_of(c, r.name, out.resources.size());
        });
    }
    compile_streams(c, root);
    if (auto const* const operations = root.find("operations")) {
        for (auto const& m : operations->members) {
            if (m.value.is_bad) continue;
            out.operations.push_back(
                compile_operation(c, m.value, {m.key, slot_scope::free, {}, &c.known.free})
            );
        }
    }
}

void compile_sharing(compiler& c, node const& from)
{
    for (auto const& item : from.items) {
        if (item.is_bad) continue;
        target::sharing rule{text_of(item, "role"), text_of(item, "resource"), {}};
        if (auto const* const resource = item.find("resource")) {
            std::vector<std::string> names;
            for (auto const& r : c.out.target.resources) names.push_back(r.name);
            if (std::ranges::find(names, rule.resource) == names.end()) {
                c.fault(
                    *resource,
                    fmt::format(
                        "{} is {}, which is no resource{}",
                        dotted(resource->pointer),
                        rule.resource,
                        suggestion(rule.resource, names)
                    )
                );
            }
        }
        if (auto const* const pairs = item.find("pairs")) {
            for (auto const& pair : pairs->items) {
                rule.pairs.emplace_back(text_of(pair, "owner"), text_of(pair, "viewer"));
            }
        }
        c.out.target.shared.push_back(std::move(rule));
    }
}

} // namespace watertight::scenario
