#include "harness/base/text.hpp"
#include "harness/scenario/compile.hpp"
#include "harness/target/render.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::scenario {

namespace {

using target::escape;
using target::template_text;

bool has_slots(template_text const& text)
{
    return std::ranges::any_of(text.pieces(), [](auto const& piece) {
        return !piece.slot.empty();
    });
}

bool is_one_slot(template_text const& text)
{
    return text.pieces().size() == 1 && !text.pieces().front().slot.empty();
}

std::string plain(template_text const& text)
{
    std::string out;
    text.render([](std::string_view) { return std::optional<std::string_view>{""}; }, out);
    return out;
}

/// "Basic " and the credentials in base64. Those of users are encoded when they are known: the slot
/// {basic.user.email.user.password} stands for base64 of "{user.email}:{user.password}".
template_text
compile_basic(compiler& c, node const& basic, slot_scope where, std::string const& resource)
{
    auto const* const user = basic.find("user");
    auto const* const password = basic.find("password");
    if (user == nullptr || password == nullptr) return {};
    auto const name = c.text(*user, escape::none, where, resource);
    auto const secret = c.text(*password, escape::none, where, resource);
    if (!has_slots(name) && !has_slots(secret)) {
        auto encoded = base64(plain(name) + ":" + plain(secret));
        c.derived_secrets.emplace_back(dotted(basic.pointer), encoded);
        return template_text::compile("Basic " + encoded, escape::none);
    }
    // A key that is sent as the name, with no password or a fixed one, or the other way round.
    auto const part = [](template_text const& text) {
        return is_one_slot(text) ? text.pieces().front().slot : target::fixed_slot(plain(text));
    };
    auto const is_whole = [](template_text const& text) {
        return is_one_slot(text) || !has_slots(text);
    };
    if (is_whole(name) && is_whole(secret)) {
        // Shorter ones are no secrets, and hexadecimal digits that anything may hold.
        static constexpr std::size_t secret_min = 6;
        if (!has_slots(secret) && plain(secret).size() >= secret_min) {
            c.derived_secrets.emplace_back(dotted(basic.pointer), part(secret));
        }
        return template_text::compile(
            fmt::format("Basic {{basic.{}.{}}}", part(name), part(secret)), escape::none
        );
    }
    c.fault(
        basic,
        fmt::format(
            "{} mixes slots and text; each of user and password is one slot or has none",
            dotted(basic.pointer)
        )
    );
    return {};
}

} // namespace

header_templates
compile_headers(compiler& c, node const& from, slot_scope where, std::string const& resource)
{
    header_templates out;
    if (auto const* const headers = from.find("headers")) {
        for (auto const& m : headers->members) {
            if (m.value.is_bad) continue;
            out.emplace_back(m.key, c.text(m.value, escape::none, where, resource));
            if (m.value.text.find_first_of("\r\n") != std::string::npos) {
                c.fault(
                    m.value, dotted(m.value.pointer) + " holds a line break; a header is one line"
                );
            }
        }
    }
    if (auto const* const basic = from.find("basic")) {
        auto const is_given = std::ranges::any_of(out, [](auto const& h) {
            return iequals(h.first, "Authorization");
        });
        if (is_given)
            c.fault(*basic, dotted(basic->pointer) + " is given beside an Authorization header");
        out.emplace_back("Authorization", compile_basic(c, *basic, where, resource));
    }
    return out;
}

} // namespace watertight::scenario
