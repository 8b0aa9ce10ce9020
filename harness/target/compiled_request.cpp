#include "harness/target/compiled_request.hpp"

#include "harness/base/text.hpp"
#include "harness/target/body.hpp"
#include "harness/target/header_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace watertight::target {

using templates = std::vector<std::pair<std::string, template_text>>;

// Headers in order, with templates as values; later ones replace earlier ones of their name.
struct header_plan {
    templates all;

    void add(std::string_view name, template_text value)
    {
        all.emplace_back(std::string{name}, std::move(value));
    }
    void erase(std::string_view name)
    {
        std::erase_if(all, [name](auto const& h) { return iequals(h.first, name); });
    }
    void put_all(templates const& list)
    {
        for (auto const& [name, value] : list) erase(name);
        for (auto const& [name, value] : list) add(name, value);
    }
    bool has(std::string_view name) const
    {
        return std::ranges::any_of(all, [name](auto const& h) { return iequals(h.first, name); });
    }
};

static bool is_sound(templates const& headers)
{
    return std::ranges::all_of(headers, [](auto const& header) {
        auto const& pieces = header.second.pieces();
        return is_header_name(header.first) && std::ranges::all_of(pieces, [](auto const& p) {
                   return is_header_value(p.literal);
               });
    });
}

static templates const* credentials_of(model const& m, operation const& op)
{
    static templates const none;
    if (op.as == "anonymous") return &none;
    if (auto const* const named = op.as.empty() ? nullptr : m.find_credential(op.as)) {
        return &named->headers;
    }
    return m.login.cookies ? nullptr : &m.login.headers;
}

static void add_identity(header_plan& plan, model const& m, operation const& op)
{
    auto const each = [&](auto const& visit) {
        for (auto const& channel : m.identity) {
            bool const is_header = channel.type == identity_channel::kind::header;
            if (channel.is_default && is_header && !sets_header(op, channel.name)) visit(channel);
        }
    };
    each([&](identity_channel const& c) { plan.erase(c.name); });
    each([&](identity_channel const& c) { plan.add(c.name, c.value); });
}

static std::optional<header_plan> plan_headers(model const& m, operation const& op)
{
    auto const* const credentials = credentials_of(m, op);
    if (credentials == nullptr) return std::nullopt;
    header_plan plan;
    plan.add("User-Agent", template_text::compile("watertight/" WT_VERSION, escape::none));
    plan.add("Accept", template_text::compile("*/*", escape::none));
    plan.put_all(m.headers);
    plan.put_all(*credentials);
    plan.put_all(op.headers);
    add_identity(plan, m, op);
    auto const type = op.content_type.empty() ? default_content_type(op.body) : op.content_type;
    if (op.body != body_kind::none && !type.empty() && !plan.has("Content-Type")) {
        plan.add("Content-Type", template_text::compile(type, escape::none));
    }
    // These are worked out here; a scenario that sets them itself means something special.
    if (plan.has("Host") || plan.has("Content-Length") || plan.has("Cookie")) return std::nullopt;
    if (!is_sound(plan.all)) return std::nullopt;
    return plan;
}

void compiled_request::literal(place where, std::string_view text)
{
    if (text.empty()) return;
    auto const begin = static_cast<std::uint32_t>(literals_.size());
    literals_ += text;
    auto const length = static_cast<std::uint32_t>(text.size());
    auto const begins_part = pieces_.size() == head_at_ || pieces_.size() == body_at_;
    auto const joins = !pieces_.empty() && pieces_.back().from == source::literal && !begins_part;
    if (joins) {
        pieces_.back().length += length;
        return;
    }
    pieces_.push_back({.where = where, .begin = begin, .length = length});
}

void compiled_request::slot(place where, std::string const& name, escape how)
{
    piece one{.from = source::any, .where = where, .how = how, .name = name};
    auto const belongs = [&](std::string_view prefix, source from) {
        if (!std::string_view{name}.starts_with(prefix)) return;
        one.from = from;
        one.attribute = name.substr(prefix.size());
    };
    belongs("tenant.", source::tenant);
    belongs("user.", source::user);
    belongs("object.", source::object);
    if (name == "id") {
        one.from = source::object;
        one.attribute = name;
    }
    pieces_.push_back(std::move(one));
}

void compiled_request::text(place where, template_text const& t)
{
    for (auto const& p : t.pieces()) {
        if (p.slot.empty())
            literal(where, p.literal);
        else
            slot(where, p.slot, p.how);
    }
}

// Percent-encoded as a whole: what the template says as well as what its slots hold.
void compiled_request::encoded(place where, template_text const& t)
{
    for (auto const& p : t.pieces()) {
        if (p.slot.empty())
            literal(where, url_encode(p.literal));
        else
            slot(where, p.slot, escape::url);
    }
}

bool compiled_request::add_target(model const& m, operation const& op)
{
    auto const first = op.path.pieces().empty() ? std::string{} : op.path.pieces()[0].literal;
    auto const path_begin = m.base_path + first;
    if (!path_begin.starts_with('/')) return false;
    literal(place::target, op.method + " " + safe_target(m.base_path));
    bool has_query = m.base_path.find('?') != std::string::npos;
    for (auto const& p : op.path.pieces()) {
        has_query = has_query || p.literal.find('?') != std::string::npos;
        if (p.slot.empty())
            literal(place::target, safe_target(p.literal));
        else
            slot(place::target, p.slot, p.how);
    }
    for (auto const& channel : m.identity) {
        if (!channel.is_default || channel.type != identity_channel::kind::query) continue;
        // Whether the path names the parameter already may depend on what its slots hold.
        if (has_query) return false;
        literal(place::target, "?" + url_encode(channel.name) + "=");
        encoded(place::target, channel.value);
        has_query = true;
    }
    literal(place::target, " HTTP/1.1\r\n");
    return true;
}

void compiled_request::add_host(model const& m)
{
    literal(place::header, "Host: ");
    auto const authority = m.base.authority();
    auto const is_host = [](identity_channel const& c) {
        return c.is_default && c.type == identity_channel::kind::host;
    };
    auto const channel = std::ranges::find_if(m.identity, is_host);
    if (channel == m.identity.end()) {
        literal(place::header, authority);
    } else {
        text(place::host, channel->value);
        auto const port = authority.rfind(':');
        auto const has_port = port != std::string::npos && authority.back() != ']';
        if (has_port) literal(place::host, authority.substr(port));
    }
    literal(place::header, "\r\n");
}

std::optional<compiled_request> compiled_request::compile(model const& m, operation const& op)
{
    auto const needs_more = [](identity_channel const& c) {
        auto const is_colon_host = c.type == identity_channel::kind::host &&
                                   c.value_pattern.find(':') != std::string::npos;
        return c.is_default && (c.type == identity_channel::kind::cookie || is_colon_host);
    };
    if (op.body == body_kind::multipart || std::ranges::any_of(m.identity, needs_more) ||
        !is_header_name(op.method))
    {
        return std::nullopt;
    }
    auto const headers = plan_headers(m, op);
    if (!headers) return std::nullopt;
    compiled_request out;
    out.head_at_ = out.body_at_ = std::string::npos;
    if (!out.add_target(m, op)) return std::nullopt;
    out.head_at_ = out.pieces_.size();
    out.add_host(m);
    for (auto const& [name, value] : headers->all) {
        out.literal(place::header, name + ": ");
        out.text(place::header, value);
        out.literal(place::header, "\r\n");
    }
    out.may_be_empty_ = usually_has_body(op.method) || op.body == body_kind::none;
    out.has_length_ = op.body != body_kind::none || usually_has_body(op.method);
    out.literal(place::header, out.has_length_ ? "Content-Length: " : "\r\n");
    out.body_at_ = out.pieces_.size();
    if (op.body != body_kind::none) out.text(place::body, op.body_text);
    out.survey();
    return out;
}

std::span<compiled_request::piece const> compiled_request::head() const noexcept
{
    return std::span{pieces_}.subspan(head_at_, body_at_ - head_at_);
}

// Names that stand for the same whoever sends the request.
static bool is_of_request(std::string_view slot)
{
    static constexpr std::array<std::string_view, 5> known{
        "canary", "canary.number", "serial", "serial.date", "run"};
    return std::ranges::find(known, slot) != known.end() || slot.starts_with("parent.");
}

void compiled_request::survey()
{
    personal_head_ = std::ranges::all_of(head(), [](piece const& p) {
        return p.from == source::literal || p.from == source::tenant || p.from == source::user;
    });
    auto const is_impersonal = [](piece const& p) {
        auto const is_of_others = p.from == source::any && is_of_request(p.name);
        return p.from == source::literal || p.from == source::object || is_of_others;
    };
    auto const all = std::span{pieces_};
    impersonal_ = std::ranges::all_of(all.first(head_at_), is_impersonal) &&
                  std::ranges::all_of(all.subspan(body_at_), is_impersonal);
}

bool compiled_request::has_head_of(compiled_request const& other) const noexcept
{
    return std::ranges::equal(head(), other.head(), [&](piece const& a, piece const& b) {
        auto const text = [](compiled_request const& of, piece const& p) {
            return std::string_view{of.literals_}.substr(p.begin, p.length);
        };
        return a.from == b.from && a.where == b.where && a.how == b.how && a.name == b.name &&
               text(*this, a) == text(other, b);
    });
}

std::optional<std::string_view>
compiled_request::value_of(piece const& p, scope const& s, std::string& hold) const
{
    std::optional<std::string_view> value;
    switch (p.from) {
    case source::tenant:
        if (s.in_tenant != nullptr) value = s.in_tenant->attributes.find(p.attribute);
        break;
    case source::user:
        if (s.as_actor != nullptr) value = s.as_actor->attributes.find(p.attribute);
        break;
    case source::object:
        if (s.object_in_question != nullptr) {
            value = s.object_in_question->attributes.find(p.attribute);
        }
        break;
    case source::literal:
    case source::any:
        break;
    }
    return value ? value : find_value(s, p.name, hold);
}

bool compiled_request::append(piece const& p, scope const& s, std::string& out) const
{
    if (p.from == source::literal) {
        out.append(literals_, p.begin, p.length);
        return true;
    }
    std::string hold;
    auto const value = value_of(p, s, hold);
    if (!value) return false;
    switch (p.where) {
    case place::header:
        if (!is_header_value(*value)) return false;
        break;
    case place::host:
        if (value->find_first_of(" /\t:") != std::string_view::npos || !is_header_value(*value)) {
            return false;
        }
        break;
    case place::target:
    case place::body:
        break;
    }
    append_escaped(out, *value, p.how);
    return true;
}

bool compiled_request::append(std::span<piece const> some, scope const& s, std::string& out) const
{
    return std::ranges::all_of(some, [&](piece const& p) { return append(p, s, out); });
}

bool compiled_request::write_head(scope const& s, std::string& out) const
{
    out.clear();
    return s.extra == nullptr && append(head(), s, out);
}

bool compiled_request::write(scope const& s, std::string& out, std::string_view head_text) const
{
    out.clear();
    if (s.extra != nullptr) return false;
    auto const all = std::span{pieces_};
    if (!append(all.first(head_at_), s, out)) return false;
    if (!head_text.empty())
        out += head_text;
    else if (!append(head(), s, out))
        return false;
    if (!has_length_) return true;
    // The length stands before what it is the length of: room for it is made, then filled.
    static constexpr std::string_view room = "00000000000000000000";
    auto const digits_at = out.size();
    out += room;
    out += "\r\n\r\n";
    auto const body_begin = out.size();
    if (!append(all.subspan(body_at_), s, out)) return false;
    auto const length = out.size() - body_begin;
    if (length == 0 && !may_be_empty_) return false;
    std::array<char, room.size()> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), length).ptr;
    auto const used = static_cast<std::size_t>(end - digits.data());
    out.replace(digits_at, room.size(), digits.data(), used);
    return true;
}

} // namespace watertight::target
