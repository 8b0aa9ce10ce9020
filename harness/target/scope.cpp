#include "harness/base/clock.hpp"
#include "harness/base/text.hpp"
#include "harness/target/render.hpp"

#include <fmt/format.h>

#include <charconv>

namespace watertight::target {

namespace {

using found = std::optional<std::string_view>;

found in_tenant(scope const& s, std::string_view name, std::string& hold)
{
    if (s.in_tenant == nullptr) return std::nullopt;
    auto const& t = *s.in_tenant;
    // {tenant.labels.id} of a task is a label of its own project.
    auto const* const o = s.object_in_question;
    auto const is_others = name.find('.') != name.npos;
    if (is_others && o != nullptr && o->tenant == t.index) {
        hold = "tenant." + std::string{name};
        if (auto const value = o->attributes.find(hold)) return value;
    }
    // What the target itself said of the tenant wins: it may have chosen another slug.
    if (auto const value = t.attributes.find(name)) return value;
    if (name == "slug") return t.slug;
    if (name == "name") return t.name;
    if (name == "plan") return t.plan;
    if (name == "index") return hold = fmt::to_string(t.index.value);
    if (s.as_actor != nullptr) return s.as_actor->attributes.find("tenant." + std::string{name});
    return std::nullopt;
}

found in_actor(actor const* who, std::string_view name, std::string& hold)
{
    if (who == nullptr) return std::nullopt;
    auto const& a = *who;
    if (auto const value = a.attributes.find(name)) return value;
    if (name == "role") return a.role;
    if (name == "index") return hold = fmt::to_string(a.index.value);
    return std::nullopt;
}

// A day for each serial, from 1970 to 2024: for what a service keeps one of a day.
std::string day_of(std::uint64_t serial)
{
    static constexpr std::uint64_t days = 20'000;
    std::chrono::sys_days const day{std::chrono::days{serial % days}};
    return rfc3339(day).substr(0, std::string_view{"2024-12-31"}.size());
}

found in_object(object const* o, std::string_view name, std::string& hold)
{
    if (o == nullptr) return std::nullopt;
    if (auto const value = o->attributes.find(name)) return value;
    if (name == "canary") return o->canary;
    if (name == "canary.number") return hold = fmt::to_string(o->canary_number);
    if (name == "serial") return hold = fmt::to_string(o->serial.value);
    if (name == "serial.date") return hold = day_of(o->serial.value);
    return std::nullopt;
}

found of_write(scope const& s, std::string_view name, std::string& hold)
{
    if (s.canary.empty()) return std::nullopt;
    if (name == "canary") return s.canary;
    if (name == "canary.number") return hold = fmt::to_string(s.canary_number);
    if (name == "serial") return hold = fmt::to_string(s.serial);
    if (name == "serial.date") return hold = day_of(s.serial);
    return std::nullopt;
}

} // namespace

// "basic.<user>.<password>", each part a slot's name of its own: what Basic authentication sends.
static std::optional<std::string_view>
basic_credentials(scope const& s, std::string_view names, std::string& hold)
{
    for (auto at = names.find('.'); at != std::string_view::npos; at = names.find('.', at + 1)) {
        std::string held_user;
        std::string held_password;
        auto const user = find_value(s, names.substr(0, at), held_user);
        auto const password = find_value(s, names.substr(at + 1), held_password);
        if (!user || !password) continue;
        hold = base64(fmt::format("{}:{}", *user, *password));
        return hold;
    }
    return std::nullopt;
}

static constexpr std::string_view fixed_prefix = "fixed.";

std::string fixed_slot(std::string_view text)
{
    std::string out{fixed_prefix};
    for (char const c : text) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out;
}

static std::optional<std::string_view> fixed_text(std::string_view digits, std::string& hold)
{
    hold.clear();
    for (; digits.size() >= 2; digits.remove_prefix(2)) {
        unsigned value = 0;
        auto const parsed = std::from_chars(digits.data(), digits.data() + 2, value, 16);
        if (parsed.ec != std::errc{}) return std::nullopt;
        hold += static_cast<char>(value);
    }
    return hold;
}

// "padding.2000": so many letters, for bodies of a size.
static std::optional<std::string_view> padding(std::string_view digits, std::string& hold)
{
    static constexpr std::size_t bytes_max = 64U << 20;
    std::size_t size = 0;
    auto const parsed = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (parsed.ec != std::errc{} || size > bytes_max) return std::nullopt;
    hold.assign(size, 'x');
    return hold;
}

std::optional<std::string_view> find_value(scope const& s, std::string_view name, std::string& hold)
{
    if (s.extra != nullptr) {
        if (auto const value = s.extra->find(name)) return value;
    }
    if (name.starts_with("basic.")) return basic_credentials(s, name.substr(6), hold);
    if (name.starts_with(fixed_prefix)) return fixed_text(name.substr(fixed_prefix.size()), hold);
    if (name.starts_with("padding.")) return padding(name.substr(8), hold);
    if (name.starts_with("tenant.")) return in_tenant(s, name.substr(7), hold);
    if (name.starts_with("user.")) return in_actor(s.as_actor, name.substr(5), hold);
    // The token of a form goes with the session that the form is sent with.
    if (name.starts_with("sender.")) {
        auto const* const who = s.sender == nullptr ? s.as_actor : s.sender;
        return in_actor(who, name.substr(7), hold);
    }
    if (name.starts_with("object.")) return in_object(s.object_in_question, name.substr(7), hold);
    if (name.starts_with("parent.") && s.parent != nullptr) {
        return in_object(s.parent, name.substr(7), hold);
    }
    if (name == "run" && !s.run_id.empty()) return s.run_id;
    if (auto const value = of_write(s, name, hold)) return value;
    return in_object(s.object_in_question, name, hold);
}

} // namespace watertight::target
