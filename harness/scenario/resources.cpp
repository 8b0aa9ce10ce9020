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

/// An object keeps what its creation and its page show. An id alone may stand elsewhere, too: it
/// tells the drill that a request makes something.
void refuse_captures(compiler& c, node const& from)
{
    auto const* const captures = from.find("capture");
    if (captures == nullptr) return;
    for (auto const& m : captures->members) {
        if (m.key == "id") continue;
        c.fault(
            m.value,
            dotted(m.value.pointer) + " would be kept nowhere: an object keeps what its create and "
                                      "its read capture"
        );
    }
}

target::resource compile_resource(compiler& c, node const& from, std::string const& name)
{
    target::resource out;
    out.name = name;
    out.place = c.place(from);
    out.parent = text_of(from, "parent");
    if (!out.parent.empty()) c.known.parents[name] = out.parent;
    auto& captures = c.known.objects[name];
    auto const compile = [&](std::string_view key, slot_scope where, std::set<std::string>* kept_in
                         ) {
        std::optional<target::operation> op;
        if (auto const* const value = from.find(key)) {
            if (kept_in == nullptr) refuse_captures(c, *value);
            op = compile_operation(
                c, *value, {fmt::format("{}.{}", name, key), where, name, kept_in}
            );
        }
        return op;
    };
    out.create = compile("create", slot_scope::new_object, &captures);
    out.read = compile("read", slot_scope::object, &captures);
    out.list = compile("list", slot_scope::object, nullptr);
    out.update = compile("update", slot_scope::object, nullptr);
    out.remove = compile("remove", slot_scope::object, nullptr);
    if (auto const* const others = from.find("others")) {
        for (auto const& m : others->members) {
            if (m.value.is_bad) continue;
            refuse_captures(c, m.value);
            out.others.push_back(compile_operation(
                c, m.value, {fmt::format("{}.{}", name, m.key), slot_scope::object, name}
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

/// What lives under others, or refers to them, is created after them.
std::size_t depth_of(target::model const& m, target::resource const& r, std::size_t steps)
{
    std::size_t depth = 0;
    if (steps == 0) return depth;
    auto before = r.refers_to;
    before.push_back(r.parent);
    for (auto const& name : before) {
        if (auto const* const other = m.find_resource(name)) {
            depth = std::max(depth, 1 + depth_of(m, *other, steps - 1));
        }
    }
    return depth;
}

/// {tenant.tags.id}: of the first of the tenant's tags.
void note_references(compiler& c)
{
    auto& all = c.out.target.resources;
    for (auto& referred : all) {
        if (!referred.create) continue;
        auto const slots = "tenant." + referred.name + ".";
        for (auto const& name : c.known.objects[referred.name]) {
            c.known.tenant.insert(referred.name + "." + name);
        }
        for (auto& r : all) {
            auto const refers = [&](std::optional<target::operation> const& op) {
                return op && op->mentions(slots);
            };
            if (&r != &referred && refers(r.create)) r.refers_to.push_back(referred.name);
            auto const any = refers(r.create) || refers(r.read) || refers(r.list) ||
                             refers(r.update) || refers(r.remove) ||
                             std::ranges::any_of(r.others, [&](target::operation const& op) {
                                 return op.mentions(slots);
                             });
            referred.is_referred_to = referred.is_referred_to || any;
        }
    }
}

std::vector<std::string> names_of(target::model const& m)
{
    std::vector<std::string> out;
    for (auto const& r : m.resources) out.push_back(r.name);
    return out;
}

void compile_further_messages(
    compiler& c, node const& from, operation_owner const& owner, target::event_stream& to
)
{
    auto const* const then = from.find("then");
    if (then == nullptr) return;
    if (!to.is_websocket || to.open.body == target::body_kind::none) {
        c.fault(
            *then,
            fmt::format(
                "{} follows a first message: `kind: websocket` and `body` say it",
                dotted(then->pointer)
            )
        );
    }
    for (auto const& item : then->items) {
        if (item.is_bad) continue;
        auto next = to.open;
        compile_message(c, item, owner, next);
        to.then.push_back(std::move(next));
    }
}

// Whoever listens sends these, too, where they don't say otherwise.
std::vector<target::operation>
compile_steps(compiler& c, node const& from, std::string_view key, operation_owner const& owner)
{
    std::vector<target::operation> out;
    auto const* const steps = from.find(key);
    if (steps == nullptr) return out;
    for (auto const& item : steps->items) {
        if (item.is_bad) continue;
        auto one = owner;
        one.name += fmt::format(".{}", key);
        out.push_back(compile_operation(c, item, one));
        if (out.back().as.empty()) out.back().as = text_of(from, "as");
    }
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
        operation_owner const owner{"streams." + m.key, slot_scope::free, {}, &c.known.free};
        out.open = compile_operation(c, m.value, owner);
        out.is_websocket = text_of(m.value, "kind") == "websocket";
        compile_further_messages(c, m.value, owner, out);
        out.before = compile_steps(c, m.value, "before", owner);
        out.subscribe = compile_steps(c, m.value, "subscribe", owner);
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
        note_references(c);
        // Sorted by a copy: while it is sorted, nothing is found in it.
        auto const unsorted = out;
        auto const steps = std::min<std::size_t>(unsorted.resources.size(), 8);
        std::ranges::stable_sort(out.resources, {}, [&](target::resource const& r) {
            return depth_of(unsorted, r, steps);
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
