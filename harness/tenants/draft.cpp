#include "harness/tenants/draft.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::tenants {

namespace {

std::string
rendered(target::template_text const& text, target::scope const& s, std::string_view what)
{
    std::string out;
    std::string hold;
    auto const values = [&](std::string_view name) { return target::find_value(s, name, hold); };
    if (auto const missing = text.render(values, out)) {
        throw usage_error{fmt::format("{}: nothing is known as {{{}}} there", what, *missing)};
    }
    return out;
}

void set_if_missing(target::values& attributes, std::string_view name, std::string value)
{
    if (!attributes.find(name)) attributes.set(name, std::move(value));
}

/// One password a run, of the kinds of characters that policies ask for. It follows from the run's
/// id, so that a clean-up can log in where the run itself could not clean up any more.
std::string default_password(std::string const& run_id)
{
    return "Wt-" + sha256_hex("password of " + run_id).substr(0, 20) + "-A9";
}

void draft_user(bench& b, target::tenant& t, user_plan const& p)
{
    target::actor a;
    a.index = actor_index{static_cast<std::uint32_t>(t.actors.size())};
    a.tenant = t.index;
    a.role = p.role;
    for (auto const& [name, text] : p.attributes) {
        a.attributes.set(name, rendered(text, scope_of(b.w, t, &a), "users." + name));
    }
    // Long enough in one word to be recognised where somebody else is shown it.
    auto const handle = fmt::format("user-{}-{}", a.index.value, to_lower(t.slug));
    set_if_missing(
        a.attributes, "email", fmt::format("{}@{}.example.com", handle, to_lower(t.slug))
    );
    set_if_missing(a.attributes, "password", default_password(b.w.made.run_id));
    set_if_missing(a.attributes, "name", "User " + handle);
    for (auto const& attribute : a.attributes.all()) {
        note_value(b, attribute, {t.index, a.index, {}}, "users");
    }
    t.actors.push_back(std::move(a));
}

} // namespace

void draft_users(bench& b, target::tenant& t, std::size_t last_role_max)
{
    for (auto const& p : b.w.how.users) {
        auto const is_last = &p == &b.w.how.users.back();
        auto const count = is_last ? std::min(p.count, last_role_max) : p.count;
        for (std::size_t i = 0; i < count; ++i) draft_user(b, t, p);
    }
    note_names(b, t);
}

target::tenant& draft_tenant(bench& b, std::string plan_name)
{
    further_tenant const like{.plan = std::move(plan_name)};
    return draft_tenant(b, like);
}

target::tenant& draft_tenant(bench& b, further_tenant const& like)
{
    auto& made = b.w.made;
    auto const& how = b.w.how;
    auto& t = made.tenants.emplace_back();
    t.index = tenant_index{static_cast<std::uint32_t>(made.tenants.size() - 1)};
    t.plan = like.plan;
    made.objects.resize(made.tenants.size());
    // Before the names are rendered, which may hold it.
    t.attributes.set("canary", b.w.mint.text({t.index, {}, evidence::serial_of_tenants}));
    auto const s = scope_of(b.w, t);
    t.slug = how.slug.empty() ? fmt::format("wt-{}-{}", to_lower(made.run_id), t.index.value)
                              : rendered(how.slug, s, "tenants.slug");
    if (!like.slug.empty()) t.slug = like.slug;
    t.name = how.name.empty() ? "Watertight " + t.slug : rendered(how.name, s, "tenants.name");
    for (auto const& [name, text] : how.attributes) {
        auto const given =
            std::ranges::find(like.attributes, name, [](auto const& a) { return a.first; });
        auto const value =
            given == like.attributes.end() ? rendered(text, s, "tenants." + name) : given->second;
        t.attributes.set(name, value);
        if (is_secret_name(name)) note_value(b, {name, value}, {t.index, {}, {}}, "tenants");
    }
    draft_users(b, t, like.last_role_max);
    return t;
}

user_plan const* plan_of(plan const& how, target::actor const& a)
{
    std::size_t end = 0;
    for (auto const& p : how.users) {
        end += p.count;
        if (a.index.value < end) return &p;
    }
    return nullptr;
}

} // namespace watertight::tenants
