#include "harness/tenants/existing.hpp"

#include "harness/base/fatal.hpp"
#include "harness/tenants/document.hpp"
#include "harness/tenants/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace watertight::tenants {

namespace {

using kind = document_node::kind;

/// One file while it is read.
struct reader {
    bench& b;
    std::string const& file;
    std::set<std::string> slugs;

    [[noreturn]] void fail(document_node const& at, std::string const& what) const
    {
        throw usage_error{fmt::format("{}:{}: {}", file, at.line, what)};
    }

    [[noreturn]] void fail_empty(document_node const& at, std::string const& name) const
    {
        fail(at, name + " is empty: give it a value, or take the line out");
    }

    std::string text(document_node const& value, std::string const& name) const
    {
        if (value.is != kind::scalar) fail(value, name + " must be a text or a number");
        return value.text;
    }

    void user(target::tenant& t, document_node const& from)
    {
        if (from.is != kind::mapping) fail(from, "a user must be a mapping of attributes");
        target::actor a;
        a.index = actor_index{static_cast<std::uint32_t>(t.actors.size())};
        a.tenant = t.index;
        for (auto const& [name, given] : from.members) {
            if (given.is == kind::null) fail_empty(given, name);
            auto value = text(given, name);
            evidence::owner const who{t.index, a.index, {}};
            note_value(b, {name, value}, who, "users");
            if (name == "role")
                a.role = std::move(value);
            else if (name == "cookies")
                a.cookies = std::move(value);
            else
                a.attributes.set(name, std::move(value));
        }
        t.actors.push_back(std::move(a));
    }

    void objects(target::tenant& t, std::string const& resource, document_node const& list)
    {
        if (b.w.model.find_resource(resource) == nullptr) {
            fail(list, "no resource is called " + resource);
        }
        if (list.is != kind::list) fail(list, "objects must be lists by resource");
        auto& all = b.w.made.objects[t.index.value];
        for (auto const& from : list.items) {
            if (from.is != kind::mapping) fail(from, "an object must be a mapping of attributes");
            target::object o;
            o.serial = object_serial{static_cast<std::uint32_t>(all.size())};
            o.tenant = t.index;
            o.resource = resource;
            for (auto const& [name, given] : from.members) {
                auto value = text(given, name);
                note_value(b, {name, value}, {t.index, {}, o.serial}, resource);
                o.attributes.set(name, std::move(value));
            }
            all.push_back(std::move(o));
        }
    }

    void member(target::tenant& t, std::string const& name, document_node const& value)
    {
        if (value.is == kind::null && (name == "users" || name == "objects")) return;
        if (value.is == kind::null) fail_empty(value, name);
        if (name == "users") {
            if (value.is != kind::list) fail(value, "users must be a list");
            for (auto const& one : value.items) user(t, one);
        } else if (name == "objects") {
            if (value.is != kind::mapping) {
                fail(value, "objects must be a mapping from resource to list");
            }
            for (auto const& [resource, list] : value.members) objects(t, resource, list);
        } else if (name == "slug") {
            t.slug = text(value, name);
        } else if (name == "name") {
            t.name = text(value, name);
        } else if (name == "plan") {
            t.plan = text(value, name);
        } else {
            t.attributes.set(name, text(value, name));
            note_value(b, {name, text(value, name)}, {t.index, {}, {}}, "tenants");
        }
    }

    void tenant(document_node const& from)
    {
        if (from.is != kind::mapping) fail(from, "a tenant must be a mapping with a slug");
        auto& made = b.w.made;
        auto& t = made.tenants.emplace_back();
        t.index = tenant_index{static_cast<std::uint32_t>(made.tenants.size() - 1)};
        t.is_foreign = true;
        made.objects.resize(made.tenants.size());
        for (auto const& [name, value] : from.members) member(t, name, value);
        if (t.slug.empty()) fail(from, "the tenant has no slug");
        if (t.name.empty()) t.name = t.slug;
        if (!slugs.insert(t.slug).second) fail(from, "two tenants have the slug " + t.slug);
        if (t.actors.empty()) {
            draft_users(b, t);
        } else {
            note_names(b, t);
            b.with_users.insert(&t);
        }
    }
};

} // namespace

void load_existing(bench& b, std::string const& file)
{
    auto const document = read_document(file);
    auto const* const list =
        document.is == document_node::kind::mapping ? document.find("tenants") : &document;
    if (list == nullptr || list->is != document_node::kind::list) {
        throw usage_error{
            file + ": expected a list of tenants, or a mapping with one under tenants"};
    }
    reader r{b, file, {}};
    for (auto const& one : list->items) r.tenant(one);
}

} // namespace watertight::tenants
