#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace watertight::evidence {

/// Replaces secrets wherever text leaves the process: reports, logs, errors, command lines.
///
/// Knows secrets by value (what came from ${VAR}, captured tokens, passwords) and by form
/// (Authorization and Cookie headers, JWTs, "password"-like JSON members, user:password@ in URLs).
class redactor {
public:
    /// Values shorter than 4 characters are not kept: they would blot out innocent text.
    /// @param name  shown in place of the value: [redacted MIS_ADMIN_TOKEN].
    void add_secret(std::string_view value, std::string_view name);

    /// `text` with every secret replaced. Also finds the URL-, base64- and JSON-encoded forms.
    std::string redact(std::string_view text) const;

private:
    /// One spelling of a secret: as it is, or URL-, JSON- or HTML-encoded.
    struct secret {
        std::string value;
        std::string name;
    };

    /// How much of the beginning of `text` to pass over: a placeholder or one character.
    std::size_t placeholder_length(std::string_view text) const;
    std::string redact_values(std::string_view text) const;
    std::string redact_base64(std::string_view text) const;
    /// The secret that a run of base-64 digits holds, or null.
    secret const* encoded_in(std::string_view digits) const;

    std::vector<secret> secrets_;
};

} // namespace watertight::evidence
