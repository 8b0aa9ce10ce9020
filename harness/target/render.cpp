#include "harness/target/render.hpp"

#include "harness/base/text.hpp"
#include "harness/target/body.hpp"
#include "harness/target/fields.hpp"
#include "harness/target/header_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::target {

namespace {

/// Headers in order. Refuses what would break out of its line; the first refusal is kept.
class header_block {
public:
    explicit header_block(std::string const& operation) : operation_{operation} {}

    void add(std::string_view name, std::string_view value)
    {
        if (!is_header_name(name) || !is_header_value(value)) {
            if (!refused_) {
                refused_ = failure{
                    errc::malformed,
                    fmt::format(
                        "{}: header {:?} would hold a control character or is no name",
                        operation_,
                        name
                    ),
                    {}};
            }
            return;
        }
        headers_.emplace_back(std::string{name}, std::string{value});
    }

    void erase(std::string_view name)
    {
        std::erase_if(headers_, [name](auto const& h) { return iequals(h.first, name); });
    }

    void put(std::string_view name, std::string_view value)
    {
        erase(name);
        add(name, value);
    }

    void put_all(header_list const& list)
    {
        for (auto const& [name, value] : list) erase(name);
        for (auto const& [name, value] : list) add(name, value);
    }

    /// Cookies of several origins share one header.
    void add_cookie(std::string_view cookie)
    {
        if (cookie.empty()) return;
        auto const present = std::ranges::find_if(headers_, [](auto const& h) {
            return iequals(h.first, "Cookie");
        });
        auto const joined = present == headers_.end()
                                ? std::string{cookie}
                                : present->second + "; " + std::string{cookie};
        put("Cookie", joined);
    }

    bool has(std::string_view name) const
    {
        return std::ranges::any_of(headers_, [name](auto const& h) {
            return iequals(h.first, name);
        });
    }

    header_list const& all() const noexcept { return headers_; }
    std::optional<failure> const& refused() const noexcept { return refused_; }

private:
    std::string const& operation_;
    header_list headers_;
    std::optional<failure> refused_;
};

using templates = std::vector<std::pair<std::string, template_text>>;

result<header_list> render_headers(templates const& from, scope const& s, std::string_view place)
{
    header_list out;
    for (auto const& [name, value] : from) {
        auto text = render_text(value, s, place);
        if (!text) return text.error();
        out.emplace_back(name, std::move(*text));
    }
    return out;
}

/// An identity channel with the value that it gets in this request.
struct chosen_channel {
    identity_channel const* channel = nullptr;
    std::string value;
};

result<std::vector<chosen_channel>>
choose_identity(model const& m, operation const& op, scope const& s, overrides const& o)
{
    std::vector<chosen_channel> out;
    if (o.identity) {
        for (auto const& [index, value] : *o.identity) {
            if (index < m.identity.size()) out.push_back({&m.identity[index], value});
        }
        return out;
    }
    if (s.in_tenant == nullptr) return out;
    for (auto const& channel : m.identity) {
        if (!channel.is_default) continue;
        if (channel.type == identity_channel::kind::path) continue;
        if (channel.type == identity_channel::kind::jwt) continue;
        auto value = render_text(channel.value, s, op.name + " (" + channel.describe() + ")");
        if (!value) return value.error();
        out.push_back({&channel, std::move(*value)});
    }
    return out;
}

bool has_parameter(std::string_view target, std::string_view name)
{
    auto const question = target.find('?');
    if (question == std::string_view::npos) return false;
    for (auto const pair : split(target.substr(question + 1), '&')) {
        if (pair.substr(0, pair.find('=')) == name) return true;
    }
    return false;
}

void append_parameter(std::string& target, std::string_view name, std::string_view value)
{
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += url_encode(name) + "=" + url_encode(value);
}

/// The path with each overridden path channel's slot standing for the value it was given.
result<std::string>
render_path(operation const& op, scope s, std::vector<chosen_channel> const& identity)
{
    values patched;
    if (s.extra != nullptr) patched = *s.extra;
    for (auto const& [channel, value] : identity) {
        if (channel->type != identity_channel::kind::path) continue;
        for (auto const& piece : channel->value.pieces()) {
            if (!piece.slot.empty()) patched.set(piece.slot, value);
        }
    }
    s.extra = &patched;
    return render_text(op.path, s, op.name);
}

result<std::string> render_target(
    model const& m,
    operation const& op,
    scope const& s,
    overrides const& o,
    std::vector<chosen_channel> const& identity
)
{
    std::string target;
    if (o.path) {
        target = *o.path;
    } else {
        auto path = render_path(op, s, identity);
        if (!path) return path.error();
        target = m.base_path + *path;
    }
    for (auto const& [channel, value] : identity) {
        if (channel->type != identity_channel::kind::query) continue;
        if (!o.identity && has_parameter(target, channel->name)) continue;
        append_parameter(target, channel->name, value);
    }
    for (auto const& [name, value] : o.query) append_parameter(target, name, value);
    auto const is_absolute = o.path && target.starts_with("http");
    if (!target.starts_with('/') && target != "*" && !is_absolute) target.insert(0, "/");
    return safe_target(target);
}

std::string host_of(model const& m, overrides const& o, std::vector<chosen_channel> const& identity)
{
    if (o.host) return *o.host;
    auto const authority = m.base.authority();
    for (auto const& [channel, value] : identity) {
        if (channel->type != identity_channel::kind::host) continue;
        // As a browser would write it: the port belongs to the name unless it is the scheme's own.
        auto const port = m.base.host.empty() ? std::string::npos : authority.rfind(':');
        auto const has_port = port != std::string::npos && authority.back() != ']';
        if (has_port && value.find(':') == std::string::npos) return value + authority.substr(port);
        return value;
    }
    return authority;
}

/// Who sends the request: the actor in question, or the tenant's actor of the role in `as`.
actor const* sender(operation const& op, scope const& s)
{
    if (op.as.empty() || (s.as_actor != nullptr && s.as_actor->role == op.as)) return s.as_actor;
    if (s.in_tenant == nullptr) return nullptr;
    actor const* found = nullptr;
    for (auto const& a : s.in_tenant->actors) {
        if (a.role == op.as && (found == nullptr || (a.logged_in && !found->logged_in))) found = &a;
    }
    return found;
}

result<header_list> credentials_for(model const& m, operation const& op, scope const& s)
{
    if (op.as == "anonymous") return header_list{};
    if (auto const* const named = op.as.empty() ? nullptr : m.find_credential(op.as)) {
        return render_headers(named->headers, s, op.name + " as " + op.as);
    }
    auto const* const who = sender(op, s);
    if (who == nullptr && op.as.empty()) return header_list{};
    if (who == nullptr) {
        return failure{
            errc::malformed,
            fmt::format("{}: no credentials and no user for role {:?}", op.name, op.as),
            {}};
    }
    auto acting = s;
    acting.as_actor = who;
    auto out = render_headers(m.login.headers, acting, op.name);
    if (out && m.login.cookies && !who->cookies.empty()) out->emplace_back("Cookie", who->cookies);
    return out;
}

/// A header that the operation itself sets is left as it is, unless a channel was asked for.
std::vector<chosen_channel>
without_own_headers(std::vector<chosen_channel> identity, operation const& op, overrides const& o)
{
    if (o.identity) return identity;
    std::erase_if(identity, [&](chosen_channel const& one) {
        auto const& c = *one.channel;
        return c.type == identity_channel::kind::header && sets_header(op, c.name);
    });
    return identity;
}

void put_identity(header_block& block, std::vector<chosen_channel> const& identity)
{
    for (auto const& [channel, value] : identity) {
        if (channel->type == identity_channel::kind::header) block.erase(channel->name);
    }
    for (auto const& [channel, value] : identity) {
        if (channel->type == identity_channel::kind::header) block.add(channel->name, value);
        if (channel->type == identity_channel::kind::cookie) {
            block.add_cookie(channel->name + "=" + value);
        }
    }
}

result<rendered_body>
body_for(operation const& op, scope const& s, overrides const& o, std::string_view method)
{
    auto const changed_to_bodiless = o.method && (method == "GET" || method == "HEAD");
    if (!o.body) return changed_to_bodiless ? rendered_body{} : render_body(op, s);
    auto const is_form = op.body == body_kind::form || op.body == body_kind::multipart;
    if (is_form && o.body->starts_with('{')) return with_fields(op, *o.body);
    auto const is_json =
        op.body == body_kind::json || o.body->starts_with('{') || o.body->starts_with('[');
    rendered_body out{op.content_type, *o.body};
    if (out.content_type.empty()) {
        auto const form = op.body == body_kind::form;
        out.content_type = form      ? "application/x-www-form-urlencoded"
                           : is_json ? "application/json"
                                     : "text/plain; charset=utf-8";
    }
    return out;
}

void put_body(header_block& block, rendered_body const& body, std::string_view method)
{
    // Only the body knows its boundary.
    auto const is_multipart = body.content_type.starts_with("multipart/form-data; boundary=");
    auto const has_type = block.has("Content-Type");
    if (!body.content_type.empty() && (is_multipart || !has_type)) {
        block.put("Content-Type", body.content_type);
    }
    if (!body.bytes.empty() || usually_has_body(method)) {
        block.put("Content-Length", fmt::to_string(body.bytes.size()));
    }
}

result<rendered>
assemble(header_block const& block, std::string method, std::string target, std::string const& body)
{
    if (block.refused()) return *block.refused();
    if (!is_header_name(method)) return failure{errc::malformed, "no HTTP method: " + method, {}};
    rendered out;
    auto& wire = out.http.wire;
    wire.reserve(256 + body.size());
    wire += method + " " + target + " HTTP/1.1\r\n";
    for (auto const& [name, value] : block.all()) wire += name + ": " + value + "\r\n";
    wire += "\r\n";
    wire += body;
    out.http.is_head = method == "HEAD";
    out.method = std::move(method);
    out.path = std::move(target);
    return out;
}

/// All headers but those of the body and the overriding ones.
result<header_block> render_block(
    model const& m,
    operation const& op,
    scope const& s,
    overrides const& o,
    std::vector<chosen_channel> const& identity
)
{
    header_block block{op.name};
    auto const host = host_of(m, o, identity);
    if (host.find_first_of(" /\t") != std::string::npos) {
        return failure{errc::malformed, op.name + ": no host name: " + host, {}};
    }
    block.add("Host", host);
    block.add("User-Agent", "watertight/" WT_VERSION);
    block.add("Accept", "*/*");
    auto const general = render_headers(m.headers, s, "the target's headers");
    if (!general) return general.error();
    block.put_all(*general);
    auto const credentials =
        o.credentials ? result<header_list>{*o.credentials} : credentials_for(m, op, s);
    if (!credentials) return credentials.error();
    block.put_all(*credentials);
    auto own = render_headers(op.headers, s, op.name);
    if (!own) return own.error();
    std::erase_if(*own, [&](auto const& header) {
        return std::ranges::count(o.dropped, header.first) != 0;
    });
    block.put_all(*own);
    put_identity(block, without_own_headers(identity, op, o));
    return block;
}

} // namespace

result<rendered> render(model const& m, operation const& op, scope const& asked, overrides const& o)
{
    auto s = asked;
    if (s.sender == nullptr && op.as != "anonymous") s.sender = sender(op, s);
    auto const identity = choose_identity(m, op, s, o);
    if (!identity) return identity.error();
    auto target = render_target(m, op, s, o, *identity);
    if (!target) return target.error();
    auto block = render_block(m, op, s, o, *identity);
    if (!block) return block.error();
    auto method = o.method.value_or(op.method);
    auto const body = body_for(op, s, o, method);
    if (!body) return body.error();
    put_body(*block, *body, method);
    block->put_all(o.headers);
    return assemble(*block, std::move(method), std::move(*target), body->bytes);
}

result<header_list> credentials_of(model const& m, tenant const& where, actor const& who)
{
    operation ordinary;
    ordinary.name = "credentials";
    return credentials_for(m, ordinary, {.in_tenant = &where, .as_actor = &who});
}

header_list credentials_so_far(model const& m, tenant const& where, actor const& who)
{
    header_list out;
    for (auto const& [name, value] : m.login.headers) {
        auto text = render_text(value, {.in_tenant = &where, .as_actor = &who}, name);
        if (text) out.emplace_back(name, std::move(*text));
    }
    if (m.login.cookies && !who.cookies.empty()) out.emplace_back("Cookie", who.cookies);
    return out;
}

} // namespace watertight::target
