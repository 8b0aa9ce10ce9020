#pragma once

#include "harness/base/text.hpp"
#include "harness/scenario/scenario.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace watertight::scenario {

/// A small scenario without a fault, to make faults in.
inline constexpr std::string_view shop = R"(watertight: 1
name: shop
target:
  url: http://127.0.0.1:8080
  identity:
    - {header: X-Tenant, value: "{tenant.id}"}
  auth:
    admin: {headers: {Authorization: Bearer secret}}
tenants:
  create: {post: /tenants, as: admin, body: {slug: "{tenant.slug}"}, capture: {id: /id}}
resources:
  notes:
    create: {post: /notes, body: {text: "{canary}"}, capture: {id: /id}}
    read: {get: "/notes/{id}"}
)";

/// `shop` with one text in place of another.
inline std::string shop_with(std::string_view from, std::string_view to)
{
    EXPECT_NE(shop.find(from), std::string_view::npos) << from;
    return replace_all(std::string{shop}, from, to);
}

inline std::string shop_and(std::string_view more)
{
    return std::string{shop} + std::string{more};
}

/// "line:column: sentence", one a line; empty if there is nothing wrong.
inline std::string problems_of(std::string_view yaml, load_options const& o = {})
{
    auto const out = load_text(yaml, "shop.yaml", o);
    if (out) return {};
    std::string lines;
    for (auto const& p : out.error()) {
        if (!lines.empty()) lines += '\n';
        lines += fmt::format("{}:{}: {}", p.line, p.column, p.what);
    }
    return lines;
}

/// The scenario of a document that must be good.
inline scenario good(std::string_view yaml, load_options const& o = {})
{
    auto out = load_text(yaml, "shop.yaml", o);
    if (out) return std::move(out->value);
    ADD_FAILURE() << problems_of(yaml, o);
    return {};
}

/// A template as it was written.
inline std::string written(target::template_text const& text)
{
    std::string out;
    for (auto const& piece : text.pieces()) {
        out += piece.slot.empty() ? piece.literal : "{" + piece.slot + "}";
    }
    return out;
}

} // namespace watertight::scenario
