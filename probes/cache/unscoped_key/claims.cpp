#include "probes/cache/unscoped_key/claims.hpp"

#include "harness/probe/store_scan.hpp"
#include "harness/probe/tenant_labels.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::cache::unscoped_key {

std::set<std::string> labels_in(std::vector<probe::redis_part> const& fields)
{
    std::set<std::string> out;
    for (auto const& field : fields) {
        if (tenant_word(field.name)) out.insert(field.text);
    }
    return out;
}

static bool is_secret(std::string_view name, std::string_view value)
{
    static constexpr std::size_t size_min = 16;
    static constexpr std::string_view words[] = {
        "token", "session", "secret", "key", "sid", "cookie"};
    auto const lower = to_lower(name);
    return value.size() >= size_min &&
           std::ranges::any_of(words, [&](auto const w) { return lower.find(w) != lower.npos; });
}

claims::claims(probe::context& ctx) : ctx_{ctx}
{
    for (auto const& t : ctx.population().tenants) {
        auto& all = secrets_[t.index];
        for (auto const& actor : t.actors) {
            for (auto const& [name, value] : actor.attributes.all()) {
                if (is_secret(name, value)) all.push_back(value);
            }
            for (auto const pair : split(actor.cookies, ';')) {
                auto const value = trim(pair.substr(std::min(pair.find('='), pair.size() - 1) + 1));
                if (is_secret("cookie", value)) all.emplace_back(value);
            }
        }
    }
}

bool claims::fits(std::string const& name, tenant_index t) const
{
    return std::ranges::any_of(ctx_.redis_store().keys, [&](auto const& pattern) {
        return probe::glob_matches(probe::render_for(ctx_, pattern, t), name);
    });
}

// A short number may be anybody's id, and of anything.
bool claims::is_telling(tenant_index t) const
{
    static constexpr std::size_t size_min = 8;
    auto const& tenant = ctx_.tenant(t);
    auto const id = tenant.attributes.find("id");
    return tenant.slug.size() >= size_min && (!id || id->size() >= size_min);
}

bool claims::names(std::string_view text, tenant_index t) const
{
    auto const& tenant = ctx_.tenant(t);
    auto const id = tenant.attributes.find("id");
    return probe::names_word(text, tenant.slug) || (id && probe::names_word(text, *id));
}

bool claims::is_label(std::set<std::string> const& labels, tenant_index t) const
{
    auto const& tenant = ctx_.tenant(t);
    auto const id = tenant.attributes.find("id");
    return labels.contains(tenant.slug) || (id && labels.contains(std::string{*id}));
}

// What is kept under somebody's own token, or under what is made of it, nobody else can name.
bool claims::holds_secret(std::string_view key, tenant_index t)
{
    return std::ranges::any_of(secrets_[t], [&](std::string const& secret) {
        return key.find(secret) != key.npos || key.find(sha256_hex(secret)) != key.npos;
    });
}

claims::claim
claims::of(probe::redis_entry const& entry, probe::redis_part const* part, tenant_index owner)
{
    auto const key = entry.at.name();
    auto const is_field = entry.type == "hash";
    auto const inner = part == nullptr ? std::string{} : is_field ? part->name : part->text;
    auto const labels = is_field          ? labels_in(entry.parts)
                        : part == nullptr ? probe::tenant_labels_in(entry.value)
                                          : probe::tenant_labels_in(part->text);
    auto const is_key_of = [&](tenant_index t) {
        if (is_guessed() ? names(key, t) : fits(key, t)) return true;
        return part != nullptr && !is_guessed() && fits(key + " " + inner, t);
    };
    auto const is_inner_of = [&](tenant_index t) {
        return part != nullptr && is_telling(t) && names(inner, t);
    };
    claim out;
    // A member of a hash, and a key, lead to what they name; a label says whose it is of what many
    // share.
    auto const is_shared = part != nullptr && !is_field;
    out.names_owner = is_key_of(owner) || is_inner_of(owner) ||
                      (is_shared && is_label(labels, owner)) || holds_secret(key, owner);
    if (out.names_owner) return out;
    for (auto const t : ctx_.tenants()) {
        if (t == owner) continue;
        auto const by_key = is_key_of(t) && (!is_guessed() || is_telling(t));
        auto const by_label = is_label(labels, t) && !is_label(labels, owner);
        if (by_key || by_label || is_inner_of(t)) out.names_other = t;
        if (out.names_other) break;
    }
    return out;
}

} // namespace watertight::probes::cache::unscoped_key
