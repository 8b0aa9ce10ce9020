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
    struct secret {
        std::string value;
        std::string name;
    };
    std::vector<secret> secrets_;
};

}  // namespace watertight::evidence
