#include "harness/tenants/existing.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/tenants/draft.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>

namespace watertight::tenants {

namespace {

/// One file while it is read.
struct reader {
    bench& b;
    std::string const& file;
    std::set<std::string> slugs;

    [[noreturn]] void fail(YAML::Node const& at, std::string const& what) const
    {
        throw usage_error{fmt::format("{}:{}: {}", file, at.Mark().line + 1, what)};
    }

    std::string text(YAML::Node const& value, std::string const& name) const
    {
        if (!value.IsScalar()) fail(value, name + " must be a text or a number");
        return value.Scalar();
    }

    void user(target::tenant& t, YAML::Node const& from)
    {
        if (!from.IsMap()) fail(from, "a user must be a mapping of attributes");
        target::actor a;
        a.index = actor_index{static_cast<std::uint32_t>(t.actors.size())};
        a.tenant = t.index;
        for (auto const& member : from) {
            auto const name = member.first.Scalar();
            if (member.second.IsNull()) continue;
            auto value = text(member.second, name);
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

    void objects(target::tenant& t, std::string const& resource, YAML::Node const& list)
    {
        if (b.w.model.find_resource(resource) == nullptr) {
            fail(list, "no resource is called " + resource);
        }
        if (!list.IsSequence()) fail(list, "objects must be lists by resource");
        auto& all = b.w.made.objects[t.index.value];
        for (auto const& from : list) {
            if (!from.IsMap()) fail(from, "an object must be a mapping of attributes");
            target::object o;
            o.serial = object_serial{static_cast<std::uint32_t>(all.size())};
            o.tenant = t.index;
            o.resource = resource;
            for (auto const& member : from) {
                auto const name = member.first.Scalar();
                auto value = text(member.second, name);
                note_value(b, {name, value}, {t.index, {}, o.serial}, resource);
                o.attributes.set(name, std::move(value));
            }
            all.push_back(std::move(o));
        }
    }

    void member(target::tenant& t, std::string const& name, YAML::Node const& value)
    {
        if (value.IsNull()) return;
        if (name == "users") {
            if (!value.IsSequence()) fail(value, "users must be a list");
            for (auto const& one : value) user(t, one);
        } else if (name == "objects") {
            if (!value.IsMap()) fail(value, "objects must be a mapping from resource to list");
            for (auto const& one : value) objects(t, one.first.Scalar(), one.second);
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

    void tenant(YAML::Node const& from)
    {
        if (!from.IsMap()) fail(from, "a tenant must be a mapping with a slug");
        auto& made = b.w.made;
        auto& t = made.tenants.emplace_back();
        t.index = tenant_index{static_cast<std::uint32_t>(made.tenants.size() - 1)};
        t.is_foreign = true;
        made.objects.resize(made.tenants.size());
        for (auto const& one : from) member(t, one.first.Scalar(), one.second);
        if (t.slug.empty()) fail(from, "the tenant has no slug");
        if (t.name.empty()) t.name = t.slug;
        if (!slugs.insert(t.slug).second) fail(from, "two tenants have the slug " + t.slug);
        t.actors.empty() ? draft_users(b, t) : static_cast<void>(b.with_users.insert(&t));
    }
};

YAML::Node parse(std::string const& file)
{
    auto const text = read_file(file);
    if (!text) throw usage_error{text.error().message};
    try {
        return YAML::Load(*text);
    } catch (YAML::Exception const& error) {
        throw usage_error{fmt::format("{}:{}: {}", file, error.mark.line + 1, error.msg)};
    }
}

} // namespace

void load_existing(bench& b, std::string const& file)
{
    auto const document = parse(file);
    auto const list = document.IsMap() ? document["tenants"] : document;
    if (!list || !list.IsSequence()) {
        throw usage_error{
            file + ": expected a list of tenants, or a mapping with one under tenants"};
    }
    reader r{b, file, {}};
    for (auto const& one : list) r.tenant(one);
}

} // namespace watertight::tenants
