#include "harness/base/text.hpp"
#include "harness/draft/address.hpp"
#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"
#include "harness/draft/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::draft {

namespace {

/// Base path of the document's first server: "/api/v3".
std::string base_path_of(description const& api)
{
    if (api.servers.empty()) return {};
    std::string out;
    for (auto const part : split(path_of(api.servers.front().url), '/')) {
        if (!part.empty() && part.find('{') == part.npos) out += "/" + std::string{part};
    }
    return out;
}

/// Names of {user.NAME} slots within a text.
void collect_user_slots(std::string const& text, std::set<std::string>& out)
{
    static constexpr std::string_view begin = "{user.";
    for (auto at = text.find(begin); at != text.npos; at = text.find(begin, at + 1)) {
        auto const end = text.find('}', at);
        if (end == text.npos) return;
        auto const name = text.substr(at + begin.size(), end - at - begin.size());
        if (name != "role" && name != "index" && name != "token" && name != "id") out.insert(name);
    }
}

/// Writes one scenario.
class scenario_writer {
public:
    explicit scenario_writer(plan const& p) : p_{p}, y_{out_} {}

    std::string write(std::string const& source, std::string const& tenants)
    {
        head(source);
        target(origin_of(source));
        tenancy_section(tenants);
        resources();
        operations();
        streams();
        webhooks();
        stores();
        rest();
        return std::move(out_);
    }

private:
    void head(std::string const& source)
    {
        y_.comment(
            0,
            fmt::format(
                "Drafted by `watertight init` from {} ({}{}).",
                source,
                p_.api->format,
                p_.api->title.empty() ? "" : ", " + p_.api->title
            )
        );
        y_.comment(0, fmt::format("What only you know is marked {}.", blank_mark()));
        y_.line(0, "watertight", "1");
        y_.line(0, "name", yaml_text(to_lower(scenario_name(prefix_of(p_)))));
    }

    /// What serves the document is the system, until somebody says otherwise.
    void address(std::string const& served_by)
    {
        auto const base = base_path_of(*p_.api);
        auto const said = p_.api->servers.empty() ? std::string{} : p_.api->servers.front().url;
        auto const is_elsewhere = said.find("//") != said.npos && !said.starts_with(served_by);
        auto const is_known = !served_by.empty() && !is_elsewhere;
        auto blank = is_known ? std::string{} : std::string{"where the system under test listens"};
        if (!is_known && !said.empty()) blank += "; the document names " + said;
        auto const origin = served_by.empty() ? "http://127.0.0.1:8080" : served_by;
        y_.line(2, "url", fmt::format("${{{}_URL:-{}{}}}", prefix_of(p_), origin, base), blank);
        if (served_by.empty()) {
            blank = "add its host, unless it listens on this machine";
            return y_.line(2, "allow", "[127.0.0.1, localhost]", blank);
        }
        if (is_on_this_machine(served_by)) return y_.line(2, "allow", "[127.0.0.1, localhost]");
        y_.line(2, "allow", fmt::format("[{}]", yaml_text(host_of(served_by))));
    }

    void target(std::string const& served_by)
    {
        auto const prefix = prefix_of(p_);
        y_.gap();
        y_.line(0, "target", "");
        address(served_by);
        identity();
        if (p_.origin == origin_kind::request) {
            y_.line(2, "auth", "");
            y_.line(
                4,
                "admin",
                fmt::format(
                    "{{headers: {{Authorization: \"Bearer ${{{}_ADMIN_TOKEN:-}}\"}}}}", prefix
                ),
                "who may make tenants; set the variable"
            );
        }
        session();
    }

    bool mentions_tenant() const
    {
        auto const has = [](planned_request const& r) {
            return r.path.find("{tenant.id}") != std::string::npos;
        };
        return std::ranges::any_of(p_.operations, has) ||
               std::ranges::any_of(p_.resources, [&](planned_resource const& r) {
                   return std::ranges::any_of(r.requests, has) ||
                          std::ranges::any_of(r.others, has);
               });
    }

    void identity()
    {
        std::vector<std::string> lines;
        for (auto const& c : p_.owner.channels) {
            auto const is_slug = plain_word(c.name).find("slug") != std::string::npos;
            auto const* const value = is_slug ? "\"{tenant.slug}\"" : "\"{tenant.id}\"";
            auto const always =
                c.required * 2 > c.operations || c.operations * 2 > p_.api->calls.size();
            if (c.kind == channel_kind::path && mentions_tenant())
                lines.emplace_back("{path: true}");
            if (c.kind == channel_kind::header) {
                lines.push_back(fmt::format(
                    "{{header: {}, value: {}, default: true}}", yaml_text(c.name), value
                ));
            }
            if (c.kind == channel_kind::query) {
                lines.push_back(fmt::format(
                    "{{query: {}, value: {}, default: {}}}", yaml_text(c.name), value, always
                ));
            }
            if (c.kind == channel_kind::host) lines.push_back(host_channel(c.name));
        }
        for (auto const& [name, slot] : p_.session.query) {
            lines.push_back(fmt::format(
                "{{query: {}, value: {}, default: true}}", yaml_text(name), yaml_text(slot)
            ));
        }
        if (lines.empty()) return;
        y_.line(2, "identity", "");
        for (auto const& l : lines) out_ += fmt::format("    - {}\n", l);
    }

    std::string host_channel(std::string const& url) const
    {
        auto const begin = url.find("//") == url.npos ? 0 : url.find("//") + 2;
        auto host = url.substr(begin, url.find('/', begin) - begin);
        auto const open = host.find('{');
        auto const close = host.find('}');
        host = host.substr(0, open) + "{tenant.slug}" + host.substr(close + 1);
        // Where nothing else names the tenant, every request is sent to its host.
        auto const is_all = p_.owner.channels.size() == 1 && p_.session.query.empty();
        return fmt::format("{{host: {}{}}}", yaml_text(host), is_all ? ", default: true" : "");
    }

    void session()
    {
        auto const& s = p_.session;
        if (!s.login && s.headers.empty() && !s.basic) return;
        y_.line(2, "session", "");
        if (s.login) request(4, *s.login);
        if (s.refresh) request(4, *s.refresh);
        if (s.basic) {
            auto const has_login = s.login.has_value();
            y_.line(
                4,
                "basic",
                has_login ? "{user: \"{user.email}\", password: \"{user.password}\"}"
                          : "{user: \"{user.name}\", password: \"{user.password}\"}"
            );
        }
        if (s.cookies) y_.line(4, "cookies", "true");
        auto headers = json_value::object();
        for (auto const& [name, value] : s.headers) headers[name] = value;
        if (!headers.empty()) y_.value(4, "headers", headers);
        for (auto const& key : s.unsent_keys) {
            y_.blank(4, fmt::format("headers: {}, if requests need it beside Basic", key));
        }
    }

    void tenancy_section(std::string const& tenants)
    {
        y_.gap();
        y_.line(0, "tenants", "");
        y_.line(2, "count", "2");
        if (p_.origin == origin_kind::file) {
            y_.line(2, "file", yaml_text(tenants), "fill that file in, too");
            return;
        }
        attributes();
        if (p_.tenant_create) request(2, *p_.tenant_create);
        if (p_.tenant_remove) request(2, *p_.tenant_remove);
        if (p_.tenant_create && !p_.tenant_remove) {
            y_.blank(2, "remove: how a tenant is removed; else its objects are, one by one");
        }
        users();
    }

    /// Whether the sign-up or the log-in brings what names the tenant.
    bool tells_tenant() const
    {
        auto const tells = [](std::optional<planned_request> const& r) {
            return r && std::ranges::any_of(r->captures, [](auto const& c) {
                       return c.first == "tenant.id";
                   });
        };
        return tells(p_.user_create) || tells(p_.session.login);
    }

    void attributes()
    {
        using enum channel_kind;
        auto const is_named = mentions_tenant() || p_.owner.has(header) || p_.owner.has(query);
        auto const needs_id = p_.origin == origin_kind::sign_up && is_named && !tells_tenant();
        if (p_.attributes.empty() && !needs_id) return;
        y_.line(2, "attributes", "");
        auto const variable = [&](std::string const& name) {
            return fmt::format("\"${{{}_{}:-}}\"", prefix_of(p_), variable_name(name));
        };
        if (needs_id) y_.line(4, "id", variable("TENANT_ID"), "what names the tenant in paths");
        for (auto const& [name, what] : p_.attributes) y_.line(4, name, variable(name), what);
    }

    void users()
    {
        std::set<std::string> names;
        for (auto const& [name, unused] : p_.session.attributes) names.insert(name);
        for (auto const* const r : {&p_.tenant_create, &p_.user_create}) {
            if (*r && (*r)->body) collect_user_slots((*r)->body->value.dump(), names);
        }
        y_.line(2, "users", "");
        out_ += "    - role: owner\n";
        if (!p_.user_create) y_.line(6, "made_with_tenant", "true");
        auto values = json_value::object();
        for (auto const& name : names) {
            auto const plain = plain_word(name);
            auto const is_password = plain.find("password") != std::string::npos;
            auto const is_mail = plain.ends_with("mail") || plain == "login";
            values[name] = is_password ? "Wt9!{run}-{tenant.index}-Owner"
                           : is_mail   ? "owner-{run}-{tenant.index}@example.com"
                                       : "owner-{run}-{tenant.index}";
        }
        if (!values.empty()) y_.value(6, "attributes", values);
        if (p_.user_create) {
            auto create = *p_.user_create;
            create.role = "create";
            request(6, create);
        }
    }

    void resources()
    {
        if (p_.resources.empty()) return;
        y_.gap();
        y_.line(0, "resources", "");
        for (auto const& r : p_.resources) {
            y_.line(2, r.name, "");
            if (!r.parent.empty()) y_.line(4, "parent", r.parent);
            y_.line(4, "count", "2");
            y_.line(4, "per", "tenant");
            for (auto const& one : r.requests) request(4, one);
            if (r.others.empty()) continue;
            y_.line(4, "others", "");
            for (auto const& one : r.others) request(6, one);
        }
    }

    void operations()
    {
        if (p_.operations.empty()) return;
        y_.gap();
        y_.line(0, "operations", "");
        for (auto const& one : p_.operations) request(2, one);
    }

    void streams()
    {
        if (p_.streams.empty()) return;
        y_.gap();
        y_.line(0, "streams", "");
        for (auto const& s : p_.streams) {
            auto const entries = json_value{{"get", s.open.path}, {"follows", s.follows}};
            y_.line(2, s.open.role, yaml_flow(entries));
        }
    }

    void webhooks()
    {
        if (p_.webhooks.empty()) return;
        y_.gap();
        y_.line(0, "webhooks", "");
        for (auto const& w : p_.webhooks) {
            y_.line(2, w.name, "");
            request(4, w.subscribe);
            if (w.remove) request(4, *w.remove);
            y_.line(4, "follows", w.follows);
        }
    }

    void stores()
    {
        if (!p_.postgres) return;
        y_.gap();
        y_.line(0, "stores", "");
        y_.line(2, "postgres", "");
        auto const prefix = prefix_of(p_);
        y_.line(
            4,
            "url",
            fmt::format("${{{}_POSTGRES_URL:-}}", prefix),
            "a role that sees every row; set the variable"
        );
        y_.line(
            4,
            "app_role_url",
            fmt::format("${{{}_POSTGRES_APP_URL:-}}", prefix),
            "the role that the application uses"
        );
        if (p_.postgres->tenant_column.empty()) {
            y_.blank(4, "tenant_column: the column that names a row's tenant; none was recognised");
            return;
        }
        y_.line(4, "tenant_column", yaml_text(p_.postgres->tenant_column));
        y_.comment(4, p_.postgres->how);
    }

    void rest()
    {
        y_.gap();
        out_ += "traffic:\n"
                "  - {name: steady, for: 20s, closed: {users: 4, think: 100ms}}\n"
                "\n"
                "criteria:\n"
                "  - {id: isolation, require: \"findings.confidentiality == 0\"}\n"
                "  - {id: integrity, require: \"findings.integrity == 0\"}\n"
                "  - {id: unobservability, require: \"findings.unobservability == 0\"}\n"
                "  - {id: availability, require: \"availability >= 99%\"}\n"
                "  - {id: p95, require: \"latency.p95 < 500ms\"}\n";
    }

    void request(int indent, planned_request const& r) { write_request(y_, indent, r); }

    plan const& p_;
    std::string out_;
    yaml_lines y_;
};

} // namespace

std::string prefix_of(plan const& p)
{
    return variable_name(p.api->title.empty() ? "api" : p.api->title);
}

std::string scenario_text(plan const& p, std::string const& source, std::string const& tenants)
{
    return scenario_writer{p}.write(source, tenants);
}

std::string tenants_text(plan const& p)
{
    if (p.origin != origin_kind::file) return {};
    std::string out;
    yaml_lines y{out};
    y.comment(0, "Two tenants that exist in the system under test, each with a user of its own.");
    y.comment(0, "Holds credentials: keep it out of version control.");
    for (auto const* const slug : {"tenant-a", "tenant-b"}) {
        out += fmt::format("- slug: {}\n", slug);
        auto const word = p.owner.word.empty() ? std::string{} : " of the " + p.owner.word;
        if (!p.owner.word.empty()) {
            y.line(2, "id", "", fmt::format("the id{}, as requests name it", word));
        }
        for (auto const& [name, what] : p.attributes) y.line(2, name, "", what);
        y.line(2, "users", "");
        out += "    - role: user\n";
        for (auto const& [name, what] : p.session.attributes) y.line(6, name, "", what);
    }
    return out;
}

} // namespace watertight::draft
