#include "harness/probe/tokens.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>

namespace watertight::probe {

using nlohmann::ordered_json;

std::string jwt::algorithm() const
{
    auto const at = header.find("alg");
    return at != header.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

std::string jwt::claim(std::string_view name) const
{
    auto const at = claims.find(std::string{name});
    if (at == claims.end() || at->is_structured() || at->is_null()) return {};
    return at->is_string() ? at->get<std::string>() : at->dump();
}

static ordered_json decoded(std::string_view part)
{
    auto const text = base64_decode(part);
    return text ? ordered_json::parse(*text, nullptr, false) : ordered_json{};
}

std::optional<jwt> read_jwt(std::string_view token)
{
    auto const parts = split(token, '.');
    if (parts.size() != 3) return std::nullopt;
    jwt out{decoded(parts[0]), decoded(parts[1]), base64_decode(parts[2]).value_or("")};
    if (!out.header.is_object() || !out.header.contains("alg")) return std::nullopt;
    // Encrypted or packed claims are nobody's to read, but the token is one all the same.
    if (!out.claims.is_object()) out.claims = ordered_json::object();
    return out;
}

std::string unsigned_part(jwt const& t)
{
    return base64url(t.header.dump()) + "." + base64url(t.claims.dump());
}

static EVP_MD const* digest_of(std::string_view algorithm)
{
    if (algorithm.ends_with("256")) return EVP_sha256();
    if (algorithm.ends_with("384")) return EVP_sha384();
    return algorithm.ends_with("512") ? EVP_sha512() : nullptr;
}

static std::string hmac(EVP_MD const* digest, std::string_view key, std::string_view text)
{
    std::string mac(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    // An empty key must still be a valid pointer.
    HMAC(
        digest,
        key.empty() ? "" : key.data(),
        static_cast<int>(key.size()),
        reinterpret_cast<unsigned char const*>(text.data()),
        text.size(),
        reinterpret_cast<unsigned char*>(mac.data()),
        &length
    );
    mac.resize(length);
    return mac;
}

static std::optional<std::string>
rsa_signature(EVP_MD const* digest, std::string_view key, std::string_view text)
{
    std::unique_ptr<BIO, decltype(&BIO_free)> const source{
        BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), &BIO_free};
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const pair{
        PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
    if (!pair || EVP_PKEY_get_base_id(pair.get()) != EVP_PKEY_RSA) return std::nullopt;
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const work{
        EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    std::size_t size = 0;
    auto const* const bytes = reinterpret_cast<unsigned char const*>(text.data());
    if (EVP_DigestSignInit(work.get(), nullptr, digest, nullptr, pair.get()) != 1 ||
        EVP_DigestSign(work.get(), nullptr, &size, bytes, text.size()) != 1)
        return std::nullopt;
    std::string out(size, '\0');
    auto* const to = reinterpret_cast<unsigned char*>(out.data());
    if (EVP_DigestSign(work.get(), to, &size, bytes, text.size()) != 1) return std::nullopt;
    out.resize(size);
    return out;
}

std::optional<std::string> sign(jwt const& t, std::string_view key)
{
    auto const algorithm = t.algorithm();
    auto const* const digest = digest_of(algorithm);
    if (digest == nullptr) return std::nullopt;
    auto const text = unsigned_part(t);
    if (algorithm.starts_with("HS")) return text + "." + base64url(hmac(digest, key, text));
    if (!algorithm.starts_with("RS")) return std::nullopt;
    auto const signature = rsa_signature(digest, key, text);
    if (!signature) return std::nullopt;
    return text + "." + base64url(*signature);
}

std::optional<std::string>
guess_key(std::string_view token, std::vector<std::string> const& candidates)
{
    auto const parsed = read_jwt(token);
    if (!parsed || !parsed->algorithm().starts_with("HS")) return std::nullopt;
    auto const* const digest = digest_of(parsed->algorithm());
    if (digest == nullptr) return std::nullopt;
    // As it was sent: what is written again may differ in a blank.
    auto const text = token.substr(0, token.rfind('.'));
    for (auto const& key : candidates) {
        if (hmac(digest, key, text) == parsed->signature) return key;
    }
    return std::nullopt;
}

std::vector<std::string> weak_keys(std::vector<std::string> const& names)
{
    std::vector<std::string> out{
        "",
        "secret",
        "changeme",
        "change-me",
        "changeit",
        "password",
        "jwt-secret",
        "jwt_secret",
        "jwtsecret",
        "jwt_secret_key",
        "jwt",
        "token",
        "tokensecret",
        "your-256-bit-secret",
        "your-secret-key",
        "your_secret_key",
        "your-jwt-secret",
        "your_jwt_secret",
        "supersecret",
        "super-secret",
        "super_secret",
        "supersecretkey",
        "super-secret-key",
        "secretkey",
        "secret-key",
        "secret_key",
        "secret123",
        "topsecret",
        "key",
        "test",
        "testing",
        "test-secret",
        "dev",
        "dev-secret",
        "development",
        "default",
        "example",
        "admin",
        "root",
        "123456",
        "12345678",
        "1234567890",
        "qwerty",
        "my-secret",
        "my_secret",
        "mysecret",
        "mysecretkey",
        "my-secret-key",
        "access_token_secret",
        "auth-secret",
        "authsecret",
        "app-secret",
        "shhhhh",
        "none",
        "null",
        "undefined",
        "production",
        "change-this-secret",
        "please-change-me",
    };
    for (auto const& name : names) {
        if (name.empty()) continue;
        for (auto const* const end : {"", "-secret", "_secret", "-key", "_key", "-jwt-secret"}) {
            out.push_back(name + end);
        }
    }
    return out;
}

// "https://api.acme.example/auth" and "acme-api" by their telling parts.
static void add_name(std::vector<std::string>& out, std::string name)
{
    if (auto const scheme = name.find("://"); scheme != name.npos) name.erase(0, scheme + 3);
    name = name.substr(0, name.find_first_of("/:"));
    auto const is_new = !name.empty() && std::ranges::count(out, name) == 0;
    if (is_new) out.push_back(name);
    auto const first = name.substr(0, name.find_first_of(".-_"));
    if (!first.empty() && std::ranges::count(out, first) == 0) out.push_back(first);
}

std::vector<std::string> service_names(context const& ctx, jwt const& t)
{
    std::vector<std::string> out;
    add_name(out, t.claim("iss"));
    add_name(out, t.claim("aud"));
    add_name(out, ctx.model().base.host);
    return out;
}

std::string token_in(exchange const& e, target::actor const& who)
{
    std::string best;
    for (auto const& [name, value] : who.attributes.all()) {
        auto const is_sent = value.size() >= 16 && e.wire.find(value) != std::string::npos;
        if (is_sent && (best.empty() || read_jwt(value))) best = value;
    }
    return best;
}

static std::string rendered(context& ctx, target::template_text const& text, target::actor const& a)
{
    target::scope const slots{.in_tenant = &ctx.tenant(a.tenant), .as_actor = &a};
    std::string hold;
    target::lookup const values = [&](std::string_view name) {
        return target::find_value(slots, name, hold);
    };
    std::string out;
    text.render(values, out);
    return out;
}

std::vector<std::pair<std::string, std::string>> credentials_with(
    context& ctx, target::actor const& who, std::string const& token, std::string const& instead
)
{
    std::vector<std::pair<std::string, std::string>> out;
    for (auto const& [name, text] : ctx.model().login.headers) {
        auto value = rendered(ctx, text, who);
        if (!token.empty()) value = replace_all(std::move(value), token, instead);
        out.emplace_back(name, std::move(value));
    }
    return out;
}

std::string signing_key_of(context& ctx, target::actor const& who)
{
    return rendered(ctx, ctx.model().login.signing_key, who);
}

std::vector<std::string> tenant_claims(context& ctx, jwt const& t, tenant_index of)
{
    using kind = target::identity_channel::kind;
    auto const& tenant = ctx.tenant(of);
    std::vector<std::string> values{tenant.slug, tenant.name};
    if (auto const id = tenant.attributes.find("id")) values.emplace_back(*id);
    std::vector<std::string> out;
    for (auto const& [name, value] : t.claims.items()) {
        auto const is_described = std::ranges::any_of(ctx.model().identity, [&](auto const& c) {
            return c.type == kind::jwt && c.name == name;
        });
        auto const text = t.claim(name);
        auto const holds = !text.empty() && std::ranges::count(values, text) != 0;
        if (is_described || holds) out.push_back(name);
    }
    return out;
}

} // namespace watertight::probe
