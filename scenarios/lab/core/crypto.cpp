#include "scenarios/lab/core/crypto.hpp"

#include "harness/base/assert.hpp"
#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <charconv>
#include <memory>
#include <span>

namespace watertight::lab {

static constexpr int pbkdf2_iterations = 1000;
static constexpr std::size_t nonce_size = 12;
static constexpr std::size_t tag_size = 16;

static unsigned char const* bytes(std::string_view s)
{
    return reinterpret_cast<unsigned char const*>(s.data());
}

static unsigned char* bytes(std::string& s)
{
    return reinterpret_cast<unsigned char*>(s.data());
}

std::string random_bytes(std::size_t size)
{
    std::string out(size, '\0');
    WT_ASSERT(RAND_bytes(bytes(out), static_cast<int>(size)) == 1);
    return out;
}

std::string random_uuid()
{
    auto raw = random_bytes(16);
    raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x40);
    raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
    auto const h = hex(std::span{bytes(std::string_view{raw}), raw.size()});
    return fmt::format(
        "{}-{}-{}-{}-{}",
        h.substr(0, 8),
        h.substr(8, 4),
        h.substr(12, 4),
        h.substr(16, 4),
        h.substr(20)
    );
}

bool is_uuid(std::string_view text) noexcept
{
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = text[i];
        auto const dash = i == 8 || i == 13 || i == 18 || i == 23;
        auto const digit =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !digit) return false;
    }
    return true;
}

std::string hmac_sha256(std::string_view key, std::string_view message)
{
    std::string out(32, '\0');
    unsigned size = 0;
    auto const* const done = HMAC(
        EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        bytes(message),
        message.size(),
        bytes(out),
        &size
    );
    WT_ASSERT(done != nullptr && size == out.size());
    return out;
}

bool same_secret(std::string_view a, std::string_view b) noexcept
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

std::string seal(std::string_view key, std::string_view plain, std::string_view bound)
{
    WT_ASSERT(key.size() == 32);
    auto const nonce = random_bytes(nonce_size);
    std::string text(plain.size(), '\0');
    std::string tag(tag_size, '\0');
    cipher_context const context{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
    auto* const c = context.get();
    int size = 0;
    bool ok = EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) == 1;
    ok = ok &&
         EVP_EncryptUpdate(c, nullptr, &size, bytes(bound), static_cast<int>(bound.size())) == 1;
    ok =
        ok &&
        EVP_EncryptUpdate(c, bytes(text), &size, bytes(plain), static_cast<int>(plain.size())) == 1;
    ok = ok && EVP_EncryptFinal_ex(c, bytes(text) + size, &size) == 1;
    ok = ok && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, tag_size, tag.data()) == 1;
    WT_ASSERT(ok);
    return nonce + text + tag;
}

std::optional<std::string>
unseal(std::string_view key, std::string_view sealed, std::string_view bound)
{
    WT_ASSERT(key.size() == 32);
    if (sealed.size() < nonce_size + tag_size) return std::nullopt;

    auto const nonce = sealed.substr(0, nonce_size);
    auto const text = sealed.substr(nonce_size, sealed.size() - nonce_size - tag_size);
    std::string tag{sealed.substr(sealed.size() - tag_size)};
    std::string plain(text.size(), '\0');
    cipher_context const context{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
    auto* const c = context.get();
    int size = 0;
    bool ok = EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) == 1;
    ok = ok &&
         EVP_DecryptUpdate(c, nullptr, &size, bytes(bound), static_cast<int>(bound.size())) == 1;
    ok = ok &&
         EVP_DecryptUpdate(c, bytes(plain), &size, bytes(text), static_cast<int>(text.size())) == 1;
    ok = ok && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1;
    ok = ok && EVP_DecryptFinal_ex(c, bytes(plain) + size, &size) == 1;
    if (!ok) return std::nullopt;
    return plain;
}

static std::string derive(std::string_view password, std::string_view salt, int iterations)
{
    std::string out(32, '\0');
    auto const done = PKCS5_PBKDF2_HMAC(
        password.data(),
        static_cast<int>(password.size()),
        bytes(salt),
        static_cast<int>(salt.size()),
        iterations,
        EVP_sha256(),
        static_cast<int>(out.size()),
        bytes(out)
    );
    WT_ASSERT(done == 1);
    return out;
}

std::string hash_password(std::string_view password)
{
    auto const salt = random_bytes(16);
    auto const hash = derive(password, salt, pbkdf2_iterations);
    return fmt::format("pbkdf2${}${}${}", pbkdf2_iterations, base64(salt), base64(hash));
}

bool password_matches(std::string_view password, std::string_view stored)
{
    auto const parts = split(stored, '$');
    if (parts.size() != 4 || parts[0] != "pbkdf2") return false;

    int iterations = 0;
    std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), iterations);
    auto const salt = base64_decode(parts[2]);
    auto const hash = base64_decode(parts[3]);
    if (iterations < 1 || !salt || !hash) return false;
    return same_secret(derive(password, *salt, iterations), *hash);
}

} // namespace watertight::lab
