#include "harness/base/text.hpp"
#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"

#include <algorithm>

namespace watertight::draft {

namespace {

/// What is known of one word for an owner.
struct candidate {
    double weight = 0;
    std::map<std::pair<channel_kind, std::string>, tenant_channel> channels;
    std::size_t in_paths = 0;
    std::size_t in_queries = 0;
    bool has_header = false;
    bool has_host = false;
};

using candidates = std::map<std::string, candidate>;

/// The word for what a parameter of a path identifies: its own name's, or that before it.
owner_word word_at(std::vector<segment> const& path, std::size_t index)
{
    auto const own = owner_word_of(path[index].name);
    if (own.weight > 0 || !is_generic_id(path[index].name) || index == 0) return own;
    return path[index - 1].is_parameter() ? owner_word{} : owner_word_of(path[index - 1].text);
}

void note(candidates& all, owner_word const& w, channel_kind kind, parameter const& p)
{
    auto& c = all[w.stem];
    c.weight = w.weight;
    auto& channel = c.channels[{kind, p.name}];
    channel.kind = kind;
    channel.name = p.name;
    ++channel.operations;
    if (p.is_required) ++channel.required;
    if (kind == channel_kind::path) ++c.in_paths;
    if (kind == channel_kind::query) ++c.in_queries;
    c.has_header = c.has_header || kind == channel_kind::header;
    c.has_host = c.has_host || kind == channel_kind::host;
}

void survey_call(candidates& all, call const& c)
{
    auto const path = segments_of(c.path);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (!path[i].is_parameter()) continue;
        auto const w = word_at(path, i);
        if (w.weight > 0 && seen.insert(w.stem).second) {
            note(all, w, channel_kind::path, {path[i].name, parameter_place::path, true, {}});
        }
    }
    for (auto const& p : c.parameters) {
        auto const w = owner_word_of(p.name);
        if (w.weight == 0) continue;
        if (p.in == parameter_place::header) note(all, w, channel_kind::header, p);
        if (p.in == parameter_place::query) note(all, w, channel_kind::query, p);
    }
}

/// "https://{subdomain}.example.com": where each customer has a host of its own.
bool is_customers_label(std::string_view url, std::string_view variable)
{
    static constexpr std::string_view words[] = {
        "subdomain", "yoursubdomain", "domain", "yourdomain", "site", "instance", "shop", "store"};
    auto const begins = "//{" + std::string{variable} + "}.";
    return url.find(begins) != url.npos && std::ranges::count(words, plain_word(variable)) != 0;
}

/// Keys that are sent as a security scheme say may name the tenant, too: X-Org-Id.
void survey_schemes(candidates& all, description const& api)
{
    for (auto const& s : api.schemes) {
        auto const w = owner_word_of(s.key_name);
        if (s.kind != scheme_kind::key_in_header || w.weight == 0) continue;
        note(all, w, channel_kind::header, {s.key_name, parameter_place::header, true, {}});
    }
    for (auto const& s : api.servers) {
        for (auto const& variable : s.variables) {
            auto w = owner_word_of(variable);
            if (is_customers_label(s.url, variable)) w = {"subdomain", 2};
            auto const host_end = s.url.find('/', s.url.find("//") + 2);
            auto const is_host = s.url.find("{" + variable + "}") < host_end;
            if (w.weight >= 2 && is_host) {
                note(all, w, channel_kind::host, {s.url, parameter_place::path, true, {}});
            }
        }
    }
}

/// Whether a word is more than one kind of object among others.
double score_of(candidate const& c, std::size_t calls)
{
    auto const share = [&](std::size_t n) {
        return static_cast<double>(n) / static_cast<double>(std::max<std::size_t>(calls, 1));
    };
    auto const least = c.weight >= 6 ? 0.02 : c.weight >= 3 ? 0.2 : 0.4;
    double out = 0;
    if (share(c.in_paths) >= least) out += c.weight * share(c.in_paths);
    if (share(c.in_queries) >= std::max(least, 0.1)) out += c.weight * share(c.in_queries) / 2;
    if (c.has_header && c.weight >= 2) out += c.weight;
    if (c.has_host) out += c.weight;
    return out;
}

} // namespace

bool tenancy::has(channel_kind kind) const
{
    return std::ranges::count(channels, kind, &tenant_channel::kind) != 0;
}

bool tenancy::is_named_by(std::vector<segment> const& path, std::size_t index) const
{
    return !word.empty() && has(channel_kind::path) && word_at(path, index).stem == word;
}

tenancy find_owner(description const& api)
{
    candidates all;
    for (auto const& c : api.calls) survey_call(all, c);
    survey_schemes(all, api);
    tenancy out;
    double best = 0;
    candidate const* chosen = nullptr;
    for (auto const& [stem, c] : all) {
        auto const score = score_of(c, api.calls.size());
        if (score <= best) continue;
        best = score;
        out.word = stem;
        chosen = &c;
    }
    if (chosen == nullptr) return out;
    auto const least_queries = std::max<std::size_t>(3, api.calls.size() / 10);
    // What most operations have comes first: of the names in paths it is the one that is shown.
    std::vector<tenant_channel> all_channels;
    for (auto const& [key, channel] : chosen->channels) all_channels.push_back(channel);
    std::ranges::stable_sort(all_channels, std::ranges::greater{}, &tenant_channel::operations);
    for (auto const& channel : all_channels) {
        auto const is_rare =
            channel.kind == channel_kind::query && channel.operations < least_queries;
        auto const is_further_path =
            channel.kind == channel_kind::path && out.has(channel_kind::path);
        if (!is_rare && !is_further_path) out.channels.push_back(channel);
    }
    return out;
}

} // namespace watertight::draft
