#include "harness/probe/findings.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/reproduction.hpp"

namespace watertight::probe {

static constexpr std::size_t message_bytes_max = 4096;

// Keeps both ends: the status line and the token are wherever they are.
static std::string cut(std::string text)
{
    if (text.size() <= message_bytes_max) return text;
    auto const half = message_bytes_max / 2;
    auto const left_out = text.size() - message_bytes_max;
    return text.substr(0, half) + fmt::format("\n[... {} bytes left out ...]\n", left_out) +
           text.substr(text.size() - half);
}

std::string variable_for(context const& ctx, std::string_view value)
{
    for (auto const& [name, held] : ctx.variables()) {
        if (held == value) return name;
    }
    return {};
}

// A value shown by name in a shell script.
struct substitution {
    std::string name;
    std::string value;
};

static void replace_in(evidence::curl_request& r, std::vector<substitution> const& all)
{
    for (auto const& [name, value] : all) {
        r.url = replace_all(std::move(r.url), value, "$" + name);
        r.body = replace_all(std::move(r.body), value, "$" + name);
        for (auto& header : r.headers) {
            header.second = replace_all(std::move(header.second), value, "$" + name);
        }
    }
}

static std::string upper(std::string_view name)
{
    std::string out;
    for (char const c : name) {
        auto const is_letter = c >= 'a' && c <= 'z';
        auto const is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
        out += is_letter ? static_cast<char>(c - 'a' + 'A') : is_plain ? c : '_';
    }
    return out;
}

// What stands in the scenario itself is known by its place there, which no shell takes for a name.
static bool is_literal(std::string_view name)
{
    return name.find('.') != std::string_view::npos;
}

static std::vector<substitution> scenario_secrets(context const& ctx)
{
    std::vector<substitution> out;
    for (auto const& [name, value] : ctx.variables()) {
        // A URL without credentials is no secret, and short values would replace innocent text.
        auto const is_plain_url = value.starts_with("http") && value.find('@') == std::string::npos;
        if (value.size() < 8 || is_plain_url) continue;
        out.push_back({is_literal(name) ? upper(name) : name, value});
    }
    return out;
}

static std::string literal_secrets(context const& ctx, exchange const& e)
{
    std::string out;
    for (auto const& [name, value] : ctx.variables()) {
        if (!is_literal(name) || value.size() < 8) continue;
        if (e.wire.find(value) == std::string::npos) continue;
        out += fmt::format("# {} is {} of the scenario\n", upper(name), name);
    }
    return out;
}

static std::string
shell(evidence::curl_request r, std::vector<substitution> const& all, bool insecure)
{
    r.insecure = insecure;
    replace_in(r, all);
    std::vector<std::string> names;
    for (auto const& s : all) names.push_back(s.name);
    return evidence::curl_command(r, names);
}

// The first group of an expression's first match, or the whole match.
static std::string matching(std::string expression)
{
    expression = replace_all(std::move(expression), "'", "'\\''");
    expression = replace_all(std::move(expression), "~", "\\x7e");
    expression = replace_all(std::move(expression), "@", "\\x40");
    return "perl -0777 -ne 'print defined $1 ? $1 : $& if m~" + expression + "~'";
}

// Takes a captured value out of a response with what every system has.
static std::string whole_value(target::capture const& c)
{
    auto const leaf = c.expression.substr(c.expression.rfind('/') + 1);
    switch (c.where) {
    case target::capture::from::json_pointer:
        return fmt::format("sed -n 's/.*\"{}\" *: *\"\\([^\"]*\\)\".*/\\1/p'", leaf);
    case target::capture::from::header:
        return fmt::format("tr -d '\\r' | sed -n 's/^{}: *//Ip'", c.expression);
    case target::capture::from::cookie:
        return fmt::format("sed -n 's/^[Ss]et-[Cc]ookie: *{}=\\([^;]*\\).*/\\1/p'", c.expression);
    case target::capture::from::regex:
        return matching(c.expression);
    case target::capture::from::status:
        return "cat";
    }
    return "cat";
}

static std::string extraction(target::capture const& c)
{
    return c.part.empty() ? whole_value(c) : whole_value(c) + " | " + matching(c.part);
}

// One line for each captured credential that the request uses.
static std::string log_in_lines(
    context& ctx, exchange const& e, target::actor const& who, std::vector<substitution>& known
)
{
    auto const& model = ctx.model();
    std::string out;
    std::vector<substitution> tokens;
    if (model.login.login) {
        target::scope const slots{.in_tenant = &ctx.tenant(e.tenant), .as_actor = &who};
        // As at the first log-in: a token that is still held is no part of it.
        target::overrides without_credentials;
        without_credentials.credentials.emplace();
        auto const request = target::render(model, *model.login.login, slots, without_credentials);
        for (auto const& c : model.login.login->captures) {
            auto const name = c.name.starts_with("user.") ? c.name.substr(5) : c.name;
            auto const value = who.attributes.find(name);
            if (!value || value->size() < 8 || e.wire.find(*value) == std::string::npos) continue;
            tokens.push_back({upper(name), std::string{*value}});
            if (request.has_error()) continue;
            auto call = evidence::from_wire(model.base.origin(), request->http.wire);
            auto const curl = shell(std::move(call), known, !model.connection.tls.verify);
            auto const headers = c.where == target::capture::from::header ||
                                 c.where == target::capture::from::cookie;
            out += fmt::format(
                "{}=$({}{} | {})\n", upper(name), curl, headers ? " -i" : "", extraction(c)
            );
        }
    } else {
        for (auto const& [name, value] : who.attributes.all()) {
            auto const is_secret =
                name.find("token") != std::string::npos || name.find("key") != std::string::npos;
            if (!is_secret || value.size() < 8 || e.wire.find(value) == std::string::npos) continue;
            tokens.push_back({upper(name), value});
            out += fmt::format("# {} is the {} of {}\n", upper(name), name, e.sender);
        }
    }
    known.insert(known.end(), tokens.begin(), tokens.end());
    return out;
}

std::string reproduction(context& ctx, exchange const& e)
{
    if (e.wire.empty()) return {};
    auto known = scenario_secrets(ctx);
    auto out = literal_secrets(ctx, e);
    for (auto const& who : ctx.tenant(e.tenant).actors) {
        if (who.index == e.actor) out += log_in_lines(ctx, e, who, known);
    }
    auto const& model = ctx.model();
    auto call = evidence::from_wire(model.base.origin(), e.wire);
    return out + shell(std::move(call), known, !model.connection.tls.verify);
}

static std::string shown(context& ctx, std::string const& text)
{
    return cut(ctx.shop().secrets.redact(text));
}

evidence::finding to_finding(context& ctx, spec const& what, violation const& v)
{
    evidence::finding f;
    f.probe = what.id;
    f.kind = v.kind.value_or(what.kind);
    f.level = v.level.value_or(what.level);
    f.title = what.title;
    f.cwe = what.cwe;
    f.owasp = what.owasp;
    f.asvs = what.asvs;
    f.victim = v.victim_name.empty() ? ctx.tenant(v.victim).slug : v.victim_name;
    f.intruder = v.intruder ? ctx.tenant(*v.intruder).slug : std::string{};
    f.channel = v.channel;
    f.detail = ctx.shop().secrets.redact(v.detail);
    f.token = v.token;
    f.position = v.position;
    for (auto const& e : v.exchanges) {
        f.exchanges.push_back({
            fmt::format("{} {} as {}: {}", e.method, e.path, e.sender, summary(e)),
            shown(ctx, e.wire),
            shown(ctx, e.answered ? e.head + e.body : e.failure),
        });
    }
    f.reproduction = v.reproduction;
    if (f.reproduction.empty() && !v.exchanges.empty()) {
        f.reproduction = reproduction(ctx, v.exchanges.back());
    }
    f.remedy = what.remedy;
    f.first = f.last = wall::now();
    if (v.intruder) f.pairs.emplace_back(f.victim, f.intruder);
    return f;
}

} // namespace watertight::probe
