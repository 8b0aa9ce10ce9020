#include "harness/base/text.hpp"
#include "harness/scenario/compile.hpp"
#include "harness/scenario/sentences.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::scenario {

namespace {

using target::escape;

void compile_allow(compiler& c, node const& from)
{
    auto entries = texts_of(from, "allow");
    // Without a list nothing but this machine is touched.
    if (from.find("allow") == nullptr) entries = {"localhost", "127.0.0.1", "::1"};
    c.out.target.allow = net::allow_list{std::move(entries)};
}

void take_url(compiler& c, node const& at, std::string const& text)
{
    auto const parsed = net::parse_url(text);
    if (!parsed) {
        auto const shown = at.is_interpolated ? "what its variables hold" : "\"" + text + "\"";
        c.fault(
            at,
            fmt::format(
                "{} is no URL: {} was found, but one such as https://staging.example.org/api was "
                "expected",
                dotted(at.pointer),
                shown
            )
        );
        return;
    }
    check_host(c, at, parsed->where.host, parsed->where.port);
    auto& model = c.out.target;
    model.base = parsed->where;
    model.base_path = parsed->target.substr(0, parsed->target.find('?'));
    while (model.base_path.ends_with('/')) model.base_path.pop_back();
    if (parsed->userinfo.empty()) return;
    auto encoded = base64(parsed->userinfo);
    c.derived_secrets.emplace_back("target.url", encoded);
    model.headers.emplace_back(
        "Authorization", target::template_text::compile("Basic " + encoded, escape::none)
    );
}

void compile_url(compiler& c, node const& from)
{
    c.out.lab = text_of(from, "lab");
    if (auto const* const url = from.find("url")) {
        if (!url->is_unset) take_url(c, *url, url->text);
        return;
    }
    auto const* const lab = from.find("lab");
    auto const is_url = [](member const& m) { return m.key == "url"; };
    if (lab == nullptr || std::ranges::any_of(from.members, is_url)) return;
    // `lab: mis` alone: the lab says where it listens in MIS_URL.
    std::string name = replace_all(c.out.lab, "-", "_") + "_URL";
    for (auto& l : name) l = static_cast<char>(l >= 'a' && l <= 'z' ? l - 'a' + 'A' : l);
    if (auto const found = c.options.variables.find(name); found != c.options.variables.end()) {
        take_url(c, *lab, found->second);
    } else if (!c.options.tolerate_unset) {
        c.fault(
            *lab,
            fmt::format(
                "target has no url, and {} is not set, with which the lab {} says where it "
                "listens; run "
                "with --lab or give target.url",
                name,
                c.out.lab
            )
        );
    }
}

void compile_auth(compiler& c, node const& from)
{
    auto const* const auth = from.find("auth");
    if (auth == nullptr) return;
    for (auto const& m : auth->members) {
        if (m.value.is_bad) {
            // Named all the same, so that who uses it isn't told that it doesn't exist.
            c.out.target.credentials.push_back({m.key, {}});
            continue;
        }
        c.out.target.credentials.push_back({m.key, compile_headers(c, m.value, slot_scope::tenant)}
        );
    }
}

void compile_session(compiler& c, node const& from)
{
    auto const* const session = from.find("session");
    if (session == nullptr) return;
    auto& out = c.out.target.login;
    auto const steps = [&](std::string_view key, std::string const& name) {
        std::vector<target::operation> all;
        auto const* const list = session->find(key);
        if (list == nullptr) return all;
        for (auto const& item : list->items) {
            if (item.is_bad) continue;
            operation_owner const owner{name, slot_scope::user, {}, &c.known.user};
            all.push_back(compile_operation(c, item, owner));
        }
        return all;
    };
    out.before_login = steps("before_login", "before login");
    out.after_login = steps("after_login", "after login");
    if (auto const* const login = session->find("login")) {
        out.login =
            compile_operation(c, *login, {"login", slot_scope::user, {}, &c.known.user, false});
    }
    if (auto const* const refresh = session->find("refresh")) {
        out.refresh =
            compile_operation(c, *refresh, {"refresh", slot_scope::user, {}, &c.known.user, false});
    }
    out.headers = compile_headers(c, *session, slot_scope::user);
    out.expires_after = duration_of(*session, "expires").value_or(std::chrono::nanoseconds{});
    out.cookies = flag_of(*session, "cookies");
    auto const* const key = session->find("signing_key");
    if (key != nullptr && !key->text.empty()) {
        out.signing_key = c.text(*key, escape::none, slot_scope::user, {});
    }
    if (!out.before_login.empty() && !out.login) {
        c.fault(*session, "target.session has before_login without login; it would not be sent");
    }
    if (!out.after_login.empty() && !out.login) {
        c.fault(*session, "target.session has after_login without login; it would not be sent");
    }
    if (out.refresh && !out.login) {
        c.fault(*session, "target.session has refresh without login; there is nothing to refresh");
    }
}

} // namespace

void compile_target(compiler& c, node const& from)
{
    auto& model = c.out.target;
    compile_allow(c, from);
    compile_url(c, from);
    if (auto const* const tls = from.find("tls")) {
        auto& to = model.connection.tls;
        auto const file = [&](char const* key) {
            auto const name = text_of(*tls, key);
            return name.empty() ? name : c.resolve(name);
        };
        to.verify = flag_of(*tls, "verify", true);
        to.ca_file = file("ca");
        to.certificate_file = file("certificate");
        to.key_file = file("key");
        to.server_name = text_of(*tls, "server_name");
    }
    if (text_of(from, "protocol") == "http2") {
        model.connection.version = net::http_version::http2;
    }
    model.timeout = duration_of(from, "timeout").value_or(model.timeout);
    for (auto& header : compile_headers(c, from, slot_scope::free)) {
        std::erase_if(model.headers, [&](auto const& h) { return iequals(h.first, header.first); });
        model.headers.push_back(std::move(header));
    }
    compile_identity(c, from);
    compile_auth(c, from);
    compile_session(c, from);
    compile_processes(c, from);
    if (auto const* const health = from.find("health")) {
        model.health = compile_operation(c, *health, {"health", slot_scope::free, {}, nullptr});
    }
}

void check_host(compiler& c, node const& at, std::string const& host, std::uint16_t port)
{
    // A socket in the file system is on this machine.
    if (host.starts_with('/') || host.empty()) return;
    auto const& allow = c.out.target.allow;
    if (allow.permits(host, port)) return;
    auto const is_default =
        allow.entries() == std::vector<std::string>{"localhost", "127.0.0.1", "::1"};
    if (is_default && net::is_loopback(host)) return;
    c.fault(
        at,
        fmt::format(
            "{} leads to {}:{}, which target.allow does not list (it {}); add {} to it if it may "
            "be touched",
            dotted(at.pointer),
            host,
            port,
            is_default ? "allows this machine only, unless it is given"
                       : "lists " + listed(allow.entries(), "and"),
            host
        )
    );
}

} // namespace watertight::scenario
