#include "harness/base/text.hpp"
#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::draft {

namespace {

/// How likely a call is the log-in, by its last literal; 0: not at all.
int login_rank(call const& c)
{
    auto const path = segments_of(c.path);
    if (c.method != "POST" || !c.body || path.empty() || path.back().is_parameter()) return 0;
    static constexpr std::pair<std::string_view, int> words[] = {
        {"login", 9},
        {"signin", 8},
        {"authenticate", 7},
        {"authwithpassword", 7},
        {"token", 5},
        {"accesstoken", 5},
        {"session", 4},
        {"sessions", 4},
        {"auth", 4},
        {"tokenauth", 5},
        {"obtaintoken", 5},
        {"tokens", 2}};
    auto const last = plain_word(path.back().text);
    int rank = 0;
    for (auto const& [word, r] : words) {
        if (last == word) rank = r;
    }
    auto const has_password = std::ranges::any_of(c.body->fields, [](std::string const& f) {
        auto const plain = plain_word(f);
        return plain.find("password") != plain.npos || plain == "pwd";
    });
    return has_password ? rank : 0;
}

bool is_who_field(std::string_view name)
{
    static constexpr std::string_view who[] = {
        "email", "username", "login", "user", "identity", "userid", "mail", "loginid", "account"};
    auto const plain = plain_word(name);
    return std::ranges::count(who, plain) != 0 || plain.ends_with("email");
}

/// Fields that say who logs in become the user's attributes, whatever the schema made of them.
void fill_login(planned_session& s, planned_request& login)
{
    auto& body = *login.body;
    bool has_who = false;
    for (auto const& field : body.fields) {
        auto const plain = plain_word(field);
        auto const is_password = plain.find("password") != plain.npos || plain == "pwd";
        if (!is_password && owner_word_of(field).weight >= 2) {
            auto const is_number = body.value.contains(field) && body.value[field].is_number();
            auto const is_name = !plain.ends_with("id") && !plain.ends_with("uuid");
            auto const* const slot = is_number ? "{tenant.id:number}"
                                     : is_name ? "{tenant.slug}"
                                               : "{tenant.id}";
            if (body.value.contains(field)) body.value[field] = slot;
            continue;
        }
        if (!is_password && (!is_who_field(field) || has_who)) continue;
        has_who = has_who || !is_password;
        auto const attribute = is_password ? std::string{"password"} : scenario_name(field);
        body.value[field] = fmt::format("{{user.{}}}", attribute);
        s.attributes.emplace_back(
            attribute, is_password ? "their password" : fmt::format("the {} to log in with", field)
        );
    }
    // The grant of OAuth 2 that a name and a password are for.
    if (body.value.contains("grant_type")) body.value["grant_type"] = "password";
    std::erase_if(body.blanks, [&](body_blank const& b) {
        auto const& value = body.value[json_value::json_pointer{b.at}];
        auto const text = value.is_string() ? value.get<std::string>() : std::string{};
        return text.starts_with("{user.") || text.starts_with("{tenant.");
    });
    for (auto const& b : body.blanks) {
        login.blanks.push_back(fmt::format("body{}: {}", b.at, b.what));
    }
}

void take_login(description const& api, planned_session& s, std::set<call const*>& taken)
{
    call const* best = nullptr;
    for (auto const& c : api.calls) {
        if (login_rank(c) == 0) continue;
        taken.insert(&c);
        auto const rank = [](call const* x) {
            return std::tuple{
                x->uses, login_rank(*x), -static_cast<int>(segments_of(x->path).size())};
        };
        if (best == nullptr || rank(&c) > rank(best)) best = &c;
    }
    if (best == nullptr || best->path.find('{') != best->path.npos) return;
    planned_request login;
    login.role = "login";
    login.from = best;
    login.path = best->path;
    login.body = best->body;
    fill_login(s, login);
    auto const token = pointer_to(
        best->answer,
        {"accesstoken",
         "token",
         "jwt",
         "authtoken",
         "idtoken",
         "sessiontoken",
         "bearertoken",
         "apitoken",
         "privatetoken",
         "authenticationtoken",
         "key"}
    );
    auto const expiry = pointer_to(best->answer, {"expiresin"});
    if (!token.empty()) {
        login.captures.emplace_back("token", token);
    } else if (!best->answer.is_null() && best->answer.is_object()) {
        s.cookies = true;
    } else if (login.body->value.contains("grant_type")) {
        // OAuth 2 says itself what such an answer holds.
        login.captures.emplace_back("token", "/access_token");
    } else {
        login.captures.emplace_back("token", "/token");
        login.blanks.emplace_back("where the answer holds the token; or `cookies: true` instead");
    }
    if (!expiry.empty()) login.captures.emplace_back("expires_in", expiry);
    s.login = std::move(login);
}

std::string refresh_pointer(json_value const& answer)
{
    return pointer_to(answer, {"refreshtoken", "refresh"});
}

/// POST /auth/refresh {refresh_token}: where the log-in gives what it takes.
void take_refresh(description const& api, planned_session& s, std::set<call const*>& taken)
{
    if (!s.login) return;
    auto const given = refresh_pointer(s.login->from->answer);
    for (auto const& c : api.calls) {
        auto const path = segments_of(c.path);
        if (c.method != "POST" || !c.body || path.empty() || given.empty()) continue;
        auto const is_named = plain_word(path.back().text).find("refresh") != std::string::npos;
        auto const field = std::ranges::find_if(c.body->fields, [](std::string const& name) {
            return plain_word(name) == "refreshtoken" || plain_word(name) == "refresh";
        });
        auto const token = pointer_to(c.answer, {"accesstoken", "token", "access", "jwt"});
        if (!is_named || field == c.body->fields.end() || token.empty()) continue;
        planned_request refresh{.role = "refresh", .from = &c, .path = c.path, .body = c.body};
        refresh.body->value[*field] = "{user.refresh_token}";
        refresh.captures.emplace_back("token", token);
        auto const next = refresh_pointer(c.answer);
        if (!next.empty()) refresh.captures.emplace_back("refresh_token", next);
        s.login->captures.emplace_back("refresh_token", given);
        s.refresh = std::move(refresh);
        taken.insert(&c);
        return;
    }
}

/// The scheme that most operations ask for.
std::vector<security_scheme const*> chosen_schemes(description const& api)
{
    std::map<std::vector<std::string>, std::size_t> counts;
    for (auto const& c : api.calls) {
        if (!c.schemes.empty()) ++counts[c.schemes];
    }
    std::vector<security_scheme const*> out;
    auto const best = std::ranges::max_element(counts, {}, [](auto const& x) { return x.second; });
    for (auto const& s : api.schemes) {
        // Where nothing is asked for: the first, and keys that go with it (a key and a token).
        auto const is_key =
            s.kind == scheme_kind::key_in_query || s.kind == scheme_kind::key_in_header;
        auto const goes_along = out.empty() || (is_key && out.front()->kind == s.kind);
        auto const is_asked =
            best == counts.end() ? goes_along : std::ranges::count(best->first, s.name) != 0;
        if (is_asked) out.push_back(&s);
    }
    return out;
}

bool is_csrf(std::string_view name)
{
    auto const plain = plain_word(name);
    return plain.find("csrf") != plain.npos || plain.find("xsrf") != plain.npos;
}

/// The token that goes with a cookie and against forged forms: the log-in tells it.
void take_csrf(planned_session& s, std::string const& header)
{
    auto const at = pointer_to(
        s.login->from->answer,
        {"csrftoken", "xsrftoken", "csrf", "xsrf", "authenticitytoken", "formtoken"}
    );
    s.cookies = true;
    s.headers.emplace_back(header, "{user.csrf}");
    s.login->captures.emplace_back("csrf", at.empty() ? "/csrf" : at);
    if (at.empty()) {
        s.login->blanks.emplace_back(fmt::format(
            "where the answer holds the value of {}; or a cookie: {{cookie: ...}}", header
        ));
    }
}

void take_scheme(planned_session& s, security_scheme const& scheme)
{
    auto const attribute = scenario_name(scheme.key_name.empty() ? "token" : scheme.key_name);
    auto const value = fmt::format("{{user.{}}}", attribute);
    switch (scheme.kind) {
    case scheme_kind::basic:
        s.basic = true;
        if (s.login) break;
        s.attributes.emplace_back("name", "the user's name, for HTTP Basic");
        s.attributes.emplace_back("password", "their password");
        break;
    case scheme_kind::bearer:
        s.headers.emplace_back("Authorization", "Bearer {user.token}");
        if (!s.login) s.attributes.emplace_back("token", "a bearer token of this user");
        break;
    case scheme_kind::key_in_header:
        // A key that names the tenant is an identity channel, not a secret of the user's.
        if (owner_word_of(scheme.key_name).weight >= 2) break;
        if (s.login && !s.login->captures.empty() && !is_csrf(scheme.key_name)) {
            s.headers.emplace_back(scheme.key_name, "{user.token}");
            break;
        }
        if (is_csrf(scheme.key_name) && s.login) {
            take_csrf(s, scheme.key_name);
            break;
        }
        s.headers.emplace_back(scheme.key_name, value);
        s.attributes.emplace_back(attribute, fmt::format("the key for {}", scheme.key_name));
        break;
    case scheme_kind::key_in_query:
        s.query.emplace_back(scheme.key_name, value);
        s.attributes.emplace_back(attribute, fmt::format("the key for ?{}=", scheme.key_name));
        break;
    case scheme_kind::key_in_cookie:
        if (s.login) {
            s.cookies = true;
            break;
        }
        s.headers.emplace_back("Cookie", fmt::format("{}={}", scheme.key_name, value));
        s.attributes.emplace_back(attribute, fmt::format("the cookie {}", scheme.key_name));
        break;
    case scheme_kind::other:
        break;
    }
}

} // namespace

/// Beside Basic a key may be asked for, too, or in its place: the document says which, if at all.
static void note_unsent_keys(description const& api, planned_session& s)
{
    if (!s.basic) return;
    for (auto const& scheme : api.schemes) {
        auto const is_sent = [&](auto const& h) { return h.first == scheme.key_name; };
        auto const is_key = scheme.kind == scheme_kind::key_in_header;
        auto const names_tenant = owner_word_of(scheme.key_name).weight >= 2;
        if (!is_key || names_tenant || std::ranges::any_of(s.headers, is_sent)) continue;
        s.unsent_keys.push_back(scheme.key_name);
    }
}

planned_session plan_session(description const& api, std::set<call const*>& taken)
{
    planned_session out;
    take_login(api, out, taken);
    take_refresh(api, out, taken);
    for (auto const* const scheme : chosen_schemes(api)) take_scheme(out, *scheme);
    note_unsent_keys(api, out);
    auto const has_token = out.login && !out.login->captures.empty();
    if (out.headers.empty() && !out.basic && has_token) {
        out.headers.emplace_back("Authorization", "Bearer {user.token}");
    }
    auto const has_nothing = out.headers.empty() && !out.basic && out.query.empty();
    if (has_nothing && !out.cookies) {
        out.headers.emplace_back("Authorization", "Bearer {user.token}");
        out.attributes.emplace_back(
            "token", "a token of this user; the document describes no log-in"
        );
    }
    return out;
}

} // namespace watertight::draft
