#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace watertight::lab {

/// Bytes from the operating system's generator, for secrets and ids.
std::string random_bytes(std::size_t size);
/// A random (version 4) UUID in its canonical form.
std::string random_uuid();
/// True for the canonical form in either case.
bool is_uuid(std::string_view text) noexcept;

std::string hmac_sha256(std::string_view key, std::string_view message);
/// Takes the same time wherever the two differ.
bool same_secret(std::string_view a, std::string_view b) noexcept;

/// AES-256-GCM: nonce, ciphertext and tag in one string. `bound` is authenticated, not stored.
std::string seal(std::string_view key, std::string_view plain, std::string_view bound);
/// Nothing if the key, the bound text or the sealed bytes are not those of `seal`.
std::optional<std::string>
unseal(std::string_view key, std::string_view sealed, std::string_view bound);

/// "pbkdf2$iterations$salt$hash". The iterations are few on purpose: the service is a target for
/// load tests of isolation, and a costly hash would measure the hash.
std::string hash_password(std::string_view password);
bool password_matches(std::string_view password, std::string_view stored);

} // namespace watertight::lab
