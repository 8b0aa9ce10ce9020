#include "harness/probe/targets.hpp"

#include "harness/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probe {

bool is_tenants_own(target::model const& m, target::operation const& op)
{
    return op.as.empty() || (op.as != "anonymous" && m.find_credential(op.as) == nullptr);
}

// What a POST may be called that only asks.
static constexpr std::string_view asking_words[] = {
    "search",
    "query",
    "find",
    "filter",
    "lookup",
    "list",
    "fetch",
    "get",
    "read",
    "export",
    "report",
    "download",
    "statistic",
    "preview",
    "view",
    "show",
    "stat",
    "count",
};

// "search-users", "usersSearch", "exports": their words, in lower case and in the singular.
static std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> out{""};
    for (char const c : text) {
        auto const is_upper = c >= 'A' && c <= 'Z';
        auto const is_letter = is_upper || (c >= 'a' && c <= 'z');
        if ((is_upper || !is_letter) && !out.back().empty()) out.emplace_back();
        if (is_letter) out.back() += c;
    }
    for (auto& word : out) {
        word = to_lower(word);
        if (word.size() > 4 && word.ends_with('s')) word.pop_back();
    }
    std::erase_if(out, [](auto const& word) { return word.empty(); });
    return out;
}

// The last part of a name or a path begins or ends with such a word.
static bool is_asking(std::string_view text)
{
    while (text.ends_with('/')) text.remove_suffix(1);
    auto const begin = text.find_last_of("/.:");
    auto const words = words_of(begin == std::string_view::npos ? text : text.substr(begin + 1));
    auto const is_in_list = [](std::string const& word) {
        return std::ranges::count(asking_words, word) != 0;
    };
    return !words.empty() && (is_in_list(words.front()) || is_in_list(words.back()));
}

// A JSON body as it is written, with slots as they stand in it.
static nlohmann::json body_as_written(target::operation const& op)
{
    if (op.body != target::body_kind::json) return nlohmann::json::value_t::discarded;
    std::string text;
    for (auto const& piece : op.body_text.pieces()) {
        text += piece.literal;
        // A number's slot stands alone, one within a text among other letters.
        if (!piece.slot.empty()) text += "0";
    }
    return nlohmann::json::parse(text, nullptr, false);
}

// Whether all methods that a body of requests names are those of reads, and there is one.
static void find_methods(nlohmann::json const& in, bool& has_read, bool& has_other)
{
    if (!in.is_structured()) return;
    for (auto const& [name, value] : in.items()) {
        if (to_lower(name) == "method" && value.is_string()) {
            auto const method = to_lower(value.get<std::string>());
            (method == "get" || method == "head" ? has_read : has_other) = true;
        }
        find_methods(value, has_read, has_other);
    }
}

// A batch of requests that only read, or a query of GraphQL that is no mutation.
static bool asks_in_body(target::operation const& op)
{
    auto const body = body_as_written(op);
    if (!body.is_object()) return false;
    if (auto const query = body.find("query"); query != body.end() && query->is_string()) {
        auto const text = query->get<std::string>();
        auto const begin = text.find_first_not_of(" \t\r\n");
        auto const rest = begin == text.npos ? std::string{} : text.substr(begin);
        return (rest.starts_with("query") || rest.starts_with("{")) &&
               rest.find("mutation") == rest.npos;
    }
    bool has_read = false;
    bool has_other = false;
    find_methods(body, has_read, has_other);
    return has_read && !has_other;
}

bool is_read(target::operation const& op)
{
    if (op.method == "GET") return true;
    // A job that is made and waited for leaves something behind.
    if (op.method != "POST" || op.poll.is_set()) return false;
    return is_asking(op.name) || is_asking(op.path_pattern) || asks_in_body(op);
}

template <class Predicate>
static bool any_slot(target::operation const& op, Predicate const& holds)
{
    auto const in = [&](target::template_text const& text) {
        return std::ranges::any_of(text.pieces(), [&](auto const& piece) {
            return !piece.slot.empty() && holds(std::string_view{piece.slot});
        });
    };
    auto const in_header = [&](auto const& header) { return in(header.second); };
    auto const in_part = [&](target::body_part const& part) {
        return in(part.content) || in(part.file_name);
    };
    return in(op.path) || in(op.body_text) || std::ranges::any_of(op.headers, in_header) ||
           std::ranges::any_of(op.parts, in_part);
}

bool names_tenant(target::operation const& op)
{
    // {tenant.tags.id} names an object of the tenant's.
    return any_slot(op, [](std::string_view slot) {
        return slot.starts_with("tenant.") && slot.find('.', 7) == slot.npos;
    });
}

bool names_parent(target::operation const& op)
{
    return op.mentions("parent.");
}

static bool is_term(std::string_view slot)
{
    return slot == "object.canary" || slot == "object.canary.number";
}

// What stands before the '?' addresses an object, by its name for instance; below /search/ it is
// a term there, too.
static bool addresses_by_term(target::operation const& op)
{
    std::string before;
    for (auto const& piece : op.path.pieces()) {
        before += piece.literal;
        if (before.find('?') != std::string::npos) return false;
        if (is_term(piece.slot)) return !is_asking(before);
    }
    return false;
}

bool is_search(target::operation const& op)
{
    return any_slot(op, is_term) && !addresses_by_term(op);
}

bool writes_canary(target::operation const& op)
{
    return any_slot(op, [](std::string_view slot) {
        return slot == "canary" || slot == "canary.number";
    });
}

std::vector<std::string> object_slots(target::operation const& op)
{
    static constexpr std::string_view others[] = {
        "canary", "canary.number", "serial", "serial.date", "run"};
    std::vector<std::string> out;
    auto const is_searched = is_search(op);
    any_slot(op, [&](std::string_view slot) {
        auto const is_elsewhere = slot.starts_with("tenant.") || slot.starts_with("user.") ||
                                  slot.starts_with("parent.") || slot.starts_with("basic.") ||
                                  (is_searched && is_term(slot)) ||
                                  std::ranges::count(others, slot) != 0;
        if (!is_elsewhere && std::ranges::count(out, slot) == 0) out.emplace_back(slot);
        return false;
    });
    return out;
}

static std::vector<target::operation const*> reads_of(target::resource const& r)
{
    std::vector<target::operation const*> out;
    for (auto const* slot : {&r.read, &r.list}) {
        if (*slot) out.push_back(&**slot);
    }
    for (auto const& other : r.others) {
        if (is_read(other)) out.push_back(&other);
    }
    return out;
}

enum class subject { object, collection, term };

static bool is_about(target::operation const& op, subject what)
{
    if (is_search(op)) return what == subject::term;
    auto const names_object = !object_slots(op).empty();
    // What stands below an object of the tenant is reached by that object's id.
    if (what == subject::object) return names_object || names_parent(op);
    return what == subject::collection && !names_object;
}

static std::vector<target_operation> reads(target::model const& m, subject what)
{
    std::vector<target_operation> out;
    for (auto const& r : m.resources) {
        if (r.is_shared) continue;
        for (auto const* op : reads_of(r)) {
            if (is_tenants_own(m, *op) && is_about(*op, what)) out.push_back({&r, op});
        }
    }
    if (what == subject::object) return out;
    for (auto const& op : m.operations) {
        if (is_read(op) && is_tenants_own(m, op) && is_about(op, what))
            out.push_back({nullptr, &op});
    }
    return out;
}

std::vector<target_operation> object_reads(target::model const& m)
{
    return reads(m, subject::object);
}

bool tells_state_alone(target_operation const& read)
{
    auto const& [of, op] = read;
    if (of == nullptr || !op->poll.tells_state()) return false;
    if (!of->create || writes_canary(*of->create)) return false;
    return std::ranges::any_of(reads_of(*of), [&](auto const* other) {
        return other != op && is_about(*other, subject::object);
    });
}

std::vector<target_operation> content_reads(target::model const& m)
{
    auto out = object_reads(m);
    std::erase_if(out, tells_state_alone);
    return out;
}

std::vector<target_operation> collection_reads(target::model const& m)
{
    return reads(m, subject::collection);
}

std::vector<target_operation> searches(target::model const& m)
{
    auto out = reads(m, subject::term);
    std::erase_if(out, [](target_operation const& one) { return one.of == nullptr; });
    return out;
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
    using kind = target::identity_channel::kind;
    std::vector<std::pair<std::size_t, std::string>> out;
    auto const& channels = ctx.model().identity;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        // Path and token are no channels of their own: they are what the request is about.
        if (channels[i].type == kind::path || channels[i].type == kind::jwt) continue;
        if (channels[i].is_default) out.emplace_back(i, render_for(ctx, channels[i].value, t));
    }
    return out;
}

target::object const*
pick_object(context& ctx, tenant_index t, target::resource const& r, std::size_t turn)
{
    auto const living = ctx.population().lasting(t, r.name);
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

// Same length where that leaves room, too high for a young sequence, and no higher than what a
// column of 32 or 64 bits holds that held the id: beyond that the target would fail instead.
static std::string absent_number(std::string_view id, rng& random)
{
    static constexpr std::string_view highest_of_32_bits = "2147483647";
    static constexpr std::size_t digits_of_64_bits = 19;
    static constexpr std::size_t ends = 4;
    std::string out{id};
    if (out.size() < 7) out = "7" + std::string(7 - 1, '0');
    out.front() = '9';
    if (out.size() == highest_of_32_bits.size() && id <= highest_of_32_bits) out = "2100000000";
    if (out.size() == digits_of_64_bits) out[1] = '1';
    // Unsigned: at most 18446744073709551615.
    if (out.size() == digits_of_64_bits + 1) out.replace(0, 2, "17");
    for (std::size_t i = out.size() - ends; i < out.size(); ++i) {
        out[i] = static_cast<char>('0' + random.below(10));
    }
    return out;
}

std::string absent_twin(std::string_view id, rng& random)
{
    if (is_number(id)) return absent_number(id, random);
    std::string out{id};
    auto const is_uuid = id.size() == 36 && id[8] == '-' && id[13] == '-';
    for (std::size_t i = 0; i < out.size(); ++i) {
        // Version and variant of a UUID stay what they are, or it would be refused as malformed.
        if (!is_uuid || (i != 14 && i != 19)) out[i] = twin_of(out[i], random);
    }
    return out;
}

marks marks_of(target::object const& o)
{
    return {o.canary, o.canary_number};
}

std::string id_of(target::object const& o)
{
    return std::string{o.attributes.find("id").value_or("")};
}

} // namespace watertight::probe
