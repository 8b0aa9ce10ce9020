#include "harness/scenario/compile.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::scenario {

namespace {

using target::escape;
using target::identity_channel;
using channel_kind = identity_channel::kind;

void set_value(compiler& c, identity_channel& out, node const& value)
{
    out.value = c.text(value, escape::none, slot_scope::user);
    out.value_pattern = value.text;
}

identity_channel compile_channel(compiler& c, node const& from)
{
    identity_channel out;
    out.place = c.place(from);
    out.is_required = text_of(from, "required") == "true";
    static constexpr std::pair<std::string_view, channel_kind> named[] = {
        {"header", channel_kind::header},
        {"query", channel_kind::query},
        {"cookie", channel_kind::cookie},
    };
    for (auto const& [key, type] : named) {
        if (auto const* const name = from.find(key)) {
            out.type = type;
            out.name = name->text;
        }
    }
    if (auto const* const value = from.find("value")) set_value(c, out, *value);
    if (auto const* const host = from.find("host")) {
        out.type = channel_kind::host;
        set_value(c, out, *host);
    }
    if (from.find("path") != nullptr) out.type = channel_kind::path;
    if (auto const* const jwt = from.find("jwt")) {
        out.type = channel_kind::jwt;
        out.name = text_of(*jwt, "claim");
        if (auto const* const value = jwt->find("value")) set_value(c, out, *value);
    }
    if (from.find("value") != nullptr &&
        (out.type == channel_kind::host || out.type == channel_kind::jwt))
    {
        c.fault(
            from,
            fmt::format("{} has a value of its own; leave \"value\" out", dotted(from.pointer))
        );
    }
    return out;
}

bool can_lead(identity_channel const& channel)
{
    return channel.type == channel_kind::header || channel.type == channel_kind::host ||
           channel.type == channel_kind::query || channel.type == channel_kind::cookie;
}

/// The first tenant slot that a path names: "tenant.slug" of /w/{tenant.slug}/projects.
void collect_path_slots(node const& from, std::vector<std::string>& out)
{
    static constexpr std::string_view request_keys[] = {
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "path",
    };
    for (auto const& m : from.members) {
        auto const is_path = std::ranges::find(request_keys, m.key) != std::end(request_keys);
        if (!is_path || m.value.type != node::kind::text) {
            collect_path_slots(m.value, out);
            continue;
        }
        auto const path = target::template_text::compile(m.value.template_source, escape::none);
        for (auto const& piece : path.pieces()) {
            auto const is_objects = piece.slot.find('.', 7) != piece.slot.npos;
            if (piece.slot.starts_with("tenant.") && !is_objects) out.push_back(piece.slot);
        }
    }
}

} // namespace

void compile_identity(compiler& c, node const& target)
{
    auto const* const list = target.find("identity");
    if (list == nullptr) return;
    auto& channels = c.out.target.identity;
    std::vector<std::optional<bool>> wishes;
    for (auto const& item : list->items) {
        if (item.is_bad) continue;
        channels.push_back(compile_channel(c, item));
        auto const* const wish = item.find("default");
        wishes.push_back(wish == nullptr ? std::nullopt : std::optional{wish->text == "true"});
    }
    auto const is_settled = std::ranges::any_of(wishes, [](auto w) { return w.value_or(false); });
    auto has_leader = is_settled;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        auto& channel = channels[i];
        // What stands in the path or in the token goes with every request that has them.
        auto const is_inherent =
            channel.type == channel_kind::path || channel.type == channel_kind::jwt;
        auto const leads = !has_leader && can_lead(channel) && wishes[i].value_or(true);
        channel.is_default = wishes[i].value_or(is_inherent || leads);
        has_leader = has_leader || leads;
    }
}

void complete_path_identity(compiler& c, node const& root)
{
    std::vector<std::string> slots;
    if (auto const* const resources = root.find("resources")) collect_path_slots(*resources, slots);
    if (auto const* const operations = root.find("operations"))
        collect_path_slots(*operations, slots);
    for (auto& channel : c.out.target.identity) {
        if (channel.type != channel_kind::path || !channel.value_pattern.empty()) continue;
        if (slots.empty()) {
            c.problems.add(
                channel.place.line,
                channel.place.column,
                "/target/identity",
                "target.identity says that the tenant stands in the path, but no path of resources "
                "or "
                "operations has a slot such as {tenant.id} or {tenant.slug}"
            );
            continue;
        }
        channel.value_pattern = "{" + slots.front() + "}";
        channel.value = target::template_text::compile(channel.value_pattern, escape::none);
    }
}

} // namespace watertight::scenario
