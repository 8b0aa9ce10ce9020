#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/scenario/compile.hpp"

#include <boost/regex.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace watertight::scenario {

namespace {

using target::body_kind;
using target::capture;
using target::escape;
using target::template_text;

constexpr std::string_view verbs[] = {"get", "post", "put", "patch", "delete", "head", "options"};

std::string upper(std::string text)
{
    for (auto& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return text;
}

void compile_path(
    compiler& c, node const& from, operation_owner const& owner, target::operation& op
)
{
    node const* path = from.find("path");
    if (path != nullptr) op.method = upper(text_of(from, "method", "GET"));
    for (auto const verb : verbs) {
        if (auto const* const value = from.find(verb)) {
            path = value;
            op.method = upper(std::string{verb});
        }
    }
    if (path == nullptr) return;
    // A captured URL or path ("{job.location}") is used as it is.
    auto const how = path->text.starts_with('{') ? escape::none : escape::url;
    op.path = c.text(*path, how, owner.where, owner.resource);
    op.path_pattern = path->text.substr(0, path->text.find('?'));
}

/// The node as JSON text for templates; variables' values can't become slots.
nlohmann::ordered_json template_json(node const& n)
{
    using ordered = nlohmann::ordered_json;
    if (n.type == node::kind::map) {
        auto out = ordered::object();
        for (auto const& m : n.members) out[m.key] = template_json(m.value);
        return out;
    }
    if (n.type == node::kind::list) {
        auto out = ordered::array();
        for (auto const& item : n.items) out.push_back(template_json(item));
        return out;
    }
    return n.type == node::kind::text ? ordered(n.template_source) : to_json(n);
}

/// {id} without quotes is a mapping with an empty member: nobody means that in a body.
void check_braces(compiler& c, node const& n)
{
    for (auto const& m : n.members) {
        auto const is_lone = n.members.size() == 1 && m.value.type == node::kind::null;
        auto const is_slot = m.key.starts_with("tenant.") || m.key.starts_with("user.") ||
                             m.key.starts_with("canary") || m.key.starts_with("serial") ||
                             m.key == "run";
        if (is_lone && is_slot) {
            c.fault(
                n,
                fmt::format(
                    "{} is a mapping with the empty key {}; a slot needs quotes: \"{{{}}}\"",
                    dotted(n.pointer),
                    m.key,
                    m.key
                )
            );
        }
        check_braces(c, m.value);
    }
    for (auto const& item : n.items) check_braces(c, item);
}

/// Remembers each text of a body for the check of slots, so that problems have their places.
void note_slots(compiler& c, node const& n, operation_owner const& owner)
{
    if (n.type == node::kind::text) {
        c.uses.push_back(
            {template_text::compile_json(nlohmann::json(n.template_source).dump()),
             &n,
             owner.where,
             owner.resource}
        );
    }
    for (auto const& m : n.members) note_slots(c, m.value, owner);
    for (auto const& item : n.items) note_slots(c, item, owner);
}

std::string form_encoded(node const& value)
{
    auto const compiled = template_text::compile(value.template_source, escape::none);
    std::string out;
    for (auto const& piece : compiled.pieces()) {
        out += piece.slot.empty() ? url_encode(piece.literal) : "{" + piece.slot + "}";
    }
    return out;
}

template_text compile_form(compiler& c, node const& form, operation_owner const& owner)
{
    std::string joined;
    for (auto const& m : form.members) {
        if (m.value.is_bad) continue;
        note_slots(c, m.value, owner);
        auto const add = [&](node const& value) {
            if (!joined.empty()) joined += '&';
            joined += url_encode(m.key) + "=" + form_encoded(value);
        };
        if (m.value.is_scalar()) add(m.value);
        for (auto const& value : m.value.items) add(value);
    }
    return template_text::compile(joined, escape::url);
}

void compile_parts(
    compiler& c, node const& parts, operation_owner const& owner, target::operation& op
)
{
    for (auto const& part : parts.items) {
        if (part.is_bad) continue;
        target::body_part out{text_of(part, "name"), {}, text_of(part, "type"), {}};
        if (auto const* const file = part.find("file")) {
            out.file_name = c.text(*file, escape::none, owner.where, owner.resource);
        }
        if (auto const* const content = part.find("content")) {
            out.content = c.text(*content, escape::none, owner.where, owner.resource);
        }
        op.parts.push_back(std::move(out));
    }
}

template_text compile_json(compiler& c, node const& value, operation_owner const& owner)
{
    check_braces(c, value);
    note_slots(c, value, owner);
    auto const text =
        template_json(value).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return template_text::compile_json(text);
}

void compile_body(
    compiler& c, node const& from, operation_owner const& owner, target::operation& op
)
{
    std::vector<std::string> given;
    auto const take = [&](std::string_view key, body_kind is) {
        auto const* const value = from.find(key);
        if (value == nullptr) return value;
        op.body = is;
        given.emplace_back(key);
        return value;
    };
    if (auto const* const value = take("body", body_kind::json)) {
        op.body_text = compile_json(c, *value, owner);
    }
    if (auto const* const form = take("form", body_kind::form)) {
        op.body_text = compile_form(c, *form, owner);
    }
    if (auto const* const raw = take("raw", body_kind::raw)) {
        op.body_text = c.text(*raw, escape::none, owner.where, owner.resource);
    }
    if (auto const* const parts = take("multipart", body_kind::multipart)) {
        compile_parts(c, *parts, owner, op);
    }
    op.content_type = text_of(from, "type");
    if (given.size() > 1) {
        c.fault(
            from,
            fmt::format(
                "{} has both {} and {}; a request has one body",
                dotted(from.pointer),
                given[0],
                given[1]
            )
        );
    }
}

void check_pattern(compiler& c, node const& at)
{
    try {
        boost::regex const compiled{at.text};
    } catch (boost::regex_error const& e) {
        c.fault(at, fmt::format("{} is no regular expression: {}", dotted(at.pointer), e.what()));
    }
}

capture compile_capture(compiler& c, member const& m)
{
    using from = capture::from;
    capture out{from::json_pointer, m.key, m.value.text};
    if (m.value.is_scalar()) return out;
    static constexpr std::pair<std::string_view, from> sources[] = {
        {"json", from::json_pointer},
        {"header", from::header},
        {"cookie", from::cookie},
        {"regex", from::regex},
        {"status", from::status},
    };
    bool is_placed = false;
    for (auto const& [key, where] : sources) {
        auto const* const value = m.value.find(key);
        if (value == nullptr) continue;
        auto& text = is_placed ? out.part : out.expression;
        text = where == from::status ? "" : value->text;
        if (!is_placed) out.where = where;
        is_placed = true;
        if (where == from::regex) check_pattern(c, *value);
    }
    return out;
}

void compile_captures(
    compiler& c, node const& from, operation_owner const& owner, target::operation& op
)
{
    auto const* const captures = from.find("capture");
    if (captures == nullptr) return;
    for (auto const& m : captures->members) {
        // A bad one counts as a name all the same, so that its users aren't told that it is
        // unknown.
        if (!m.value.is_bad) op.captures.push_back(compile_capture(c, m));
        if (m.key.starts_with("tenant.")) {
            c.known.tenant.insert(m.key.substr(7));
        } else if (m.key.starts_with("user.")) {
            c.known.user.insert(m.key.substr(5));
        } else if (owner.captures != nullptr) {
            owner.captures->insert(m.key);
        }
    }
}

int status_number(std::string_view digits)
{
    int out = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return out;
}

target::status_range compile_status(std::string_view text)
{
    if (text.ends_with("xx")) {
        auto const hundred = (text.front() - '0') * 100;
        return {hundred, hundred + 99};
    }
    if (auto const dash = text.find('-'); dash != std::string_view::npos) {
        return {status_number(text.substr(0, dash)), status_number(text.substr(dash + 1))};
    }
    return {status_number(text), status_number(text)};
}

void compile_parameters(compiler& c, node const& from, target::operation& op)
{
    auto const* const all = from.find("parameters");
    if (all == nullptr) return;
    for (auto const& m : all->members) {
        for (auto& value : texts_of(*all, m.key)) {
            if (value.find('{') != value.npos) {
                c.fault(
                    m.value,
                    fmt::format(
                        "{} holds a slot, and parameters have none: write a request with it in "
                        "its path as one of `others`",
                        dotted(m.value.pointer)
                    )
                );
            }
            op.parameters.emplace_back(m.key, std::move(value));
        }
    }
}

void compile_poll(compiler& c, node const& from, target::operation& op)
{
    auto const* const poll = from.find("poll");
    if (poll == nullptr) return;
    op.poll.pointer = text_of(*poll, "pointer");
    op.poll.until = texts_of(*poll, "until");
    op.poll.pending = compile_statuses(*poll, "while");
    auto const* const pattern = poll->find("regex");
    if (pattern == nullptr) return;
    op.poll.pattern = pattern->text;
    check_pattern(c, *pattern);
}

} // namespace

std::vector<target::status_range> compile_statuses(node const& from, std::string_view key)
{
    std::vector<target::status_range> out;
    for (auto const& one : texts_of(from, key)) out.push_back(compile_status(one));
    return out;
}

void compile_message(
    compiler& c, node const& from, operation_owner const& owner, target::operation& to
)
{
    to.body = from.type == node::kind::text ? body_kind::raw : body_kind::json;
    to.body_text = to.body == body_kind::raw
                       ? c.text(from, escape::none, owner.where, owner.resource)
                       : compile_json(c, from, owner);
}

target::operation compile_operation(compiler& c, node const& from, operation_owner const& owner)
{
    target::operation op;
    op.name = owner.name;
    op.place = c.place(from);
    compile_path(c, from, owner, op);
    op.headers = compile_headers(c, from, owner.where, owner.resource);
    compile_body(c, from, owner, op);
    if (auto const* const as = from.find("as")) {
        op.as = as->text;
        c.senders.push_back({as->text, as});
    }
    if (auto const* const roles = from.find("roles")) {
        op.roles = texts_of(from, "roles");
        for (auto const& role : roles->items) c.senders.push_back({role.text, &role});
        if (roles->is_scalar()) c.senders.push_back({roles->text, roles});
    }
    compile_captures(c, from, owner, op);
    auto const is_form = op.body == body_kind::form || op.body == body_kind::multipart;
    if (auto expect = compile_statuses(from, "expect"); !expect.empty()) {
        op.expect = std::move(expect);
    } else if (is_form && owner.may_redirect) {
        // Post, redirect, get.
        op.expect.push_back({302, 303});
    }
    op.items = text_of(from, "items");
    op.within = duration_of(from, "within").value_or(std::chrono::nanoseconds{});
    compile_parameters(c, from, op);
    compile_poll(c, from, op);
    return op;
}

} // namespace watertight::scenario
