#include "harness/probe/targets.hpp"

#include <algorithm>

namespace watertight::probe {

bool is_tenants_own(target::model const& m, target::operation const& op)
{
    return op.as.empty() || (op.as != "anonymous" && m.find_credential(op.as) == nullptr);
}

static bool is_get(target::operation const& op)
{
    return op.method == "GET";
}

static bool names_object(target::operation const& op)
{
    return op.path.mentions("id") || op.path_pattern.find("{object.") != std::string::npos;
}

static std::vector<target::operation const*> reads_of(target::resource const& r)
{
    std::vector<target::operation const*> out;
    for (auto const* slot : {&r.read, &r.list}) {
        if (*slot) out.push_back(&**slot);
    }
    for (auto const& other : r.others) {
        if (is_get(other)) out.push_back(&other);
    }
    return out;
}

static std::vector<target_operation> reads(target::model const& m, bool of_object)
{
    std::vector<target_operation> out;
    for (auto const& r : m.resources) {
        if (r.is_shared) continue;
        for (auto const* op : reads_of(r)) {
            if (is_tenants_own(m, *op) && names_object(*op) == of_object) out.push_back({&r, op});
        }
    }
    if (of_object) return out;
    for (auto const& op : m.operations) {
        if (is_get(op) && is_tenants_own(m, op) && !names_object(op)) out.push_back({nullptr, &op});
    }
    return out;
}

std::vector<target_operation> object_reads(target::model const& m)
{
    return reads(m, true);
}

std::vector<target_operation> collection_reads(target::model const& m)
{
    return reads(m, false);
}

std::vector<target::resource const*> resources_with(
    target::model const& m,
    std::vector<std::optional<target::operation> target::resource::*> const& has
)
{
    std::vector<target::resource const*> out;
    for (auto const& r : m.resources) {
        auto const usable = [&](auto member) {
            return (r.*member).has_value() && is_tenants_own(m, *(r.*member));
        };
        if (!r.is_shared && std::ranges::all_of(has, usable)) out.push_back(&r);
    }
    return out;
}

std::string render_for(context& ctx, target::template_text const& text, tenant_index t)
{
    auto const& tenant = ctx.tenant(t);
    target::scope s{.in_tenant = &tenant};
    if (!tenant.actors.empty()) s.as_actor = &tenant.actors.front();
    s.run_id = ctx.population().run_id;
    std::string hold;
    std::string out;
    target::lookup const values = [&](std::string_view name) {
        return target::find_value(s, name, hold);
    };
    text.render(values, out);
    return out;
}

std::vector<std::pair<std::size_t, std::string>> identity_of(context& ctx, tenant_index t)
{
    std::vector<std::pair<std::size_t, std::string>> out;
    auto const& channels = ctx.model().identity;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        if (channels[i].is_default) out.emplace_back(i, render_for(ctx, channels[i].value, t));
    }
    return out;
}

asio::awaitable<exchange> send_as_intruder(
    context& ctx, target::operation const& op, tenant_pair pair, request_options options
)
{
    options.slots_of = &ctx.tenant(pair.victim);
    if (!options.changes.identity) options.changes.identity = identity_of(ctx, pair.intruder);
    co_return co_await ctx.send(op, ctx.actor(pair.intruder), std::move(options));
}

target::object const*
pick_object(context& ctx, tenant_index t, target::resource const& r, std::size_t turn)
{
    auto const living = ctx.population().living(t, r.name);
    return living.empty() ? nullptr : living[turn % living.size()];
}

target::object const* parent_of(context& ctx, target::object const& o)
{
    if (!o.parent) return nullptr;
    return &ctx.population().objects[o.tenant.value][o.parent->value];
}

request_options about(context& ctx, target::object const& o)
{
    request_options options;
    options.object = &o;
    options.parent = parent_of(ctx, o);
    return options;
}

static char twin_of(char c, rng& random)
{
    static constexpr std::string_view hex_digits = "0123456789abcdef";
    static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
    if (hex_digits.find(c) != std::string_view::npos) return hex_digits[random.below(16)];
    if (c >= 'a' && c <= 'z') return letters[random.below(26)];
    if (c >= 'A' && c <= 'F') {
        auto const twin = hex_digits[random.below(16)];
        return twin >= 'a' ? static_cast<char>(twin - 'a' + 'A') : twin;
    }
    if (c >= 'A' && c <= 'Z') return static_cast<char>(letters[random.below(26)] - 'a' + 'A');
    return c;
}

std::string absent_twin(std::string_view id, rng& random)
{
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!id.empty() && std::ranges::all_of(id, is_digit)) {
        // Same length where that leaves room, and too high for a young sequence.
        std::string out{id};
        if (out.size() < 7) out = "7" + std::string(7 - 1, '0');
        out.front() = '9';
        for (std::size_t i = out.size() - 4; i < out.size(); ++i) {
            out[i] = static_cast<char>('0' + random.below(10));
        }
        return out;
    }
    std::string out{id};
    auto const is_uuid = id.size() == 36 && id[8] == '-' && id[13] == '-';
    for (std::size_t i = 0; i < out.size(); ++i) {
        // Version and variant of a UUID stay what they are, or it would be refused as malformed.
        if (!is_uuid || (i != 14 && i != 19)) out[i] = twin_of(out[i], random);
    }
    return out;
}

std::string id_of(target::object const& o)
{
    return std::string{o.attributes.find("id").value_or("")};
}

} // namespace watertight::probe
