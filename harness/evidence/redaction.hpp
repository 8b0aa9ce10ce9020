#pragma once

#include <bitset>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

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
    /// A spelling of a secret (as it is, or URL-, JSON- or HTML-encoded), and the secret's name.
    using spelling = std::pair<std::string const, std::string>;

    /// The longest spelling with which `text` begins, or null: a secret within another must not
    /// leave the rest of it standing.
    spelling const* at_front(std::string_view text) const;
    /// How much of the beginning of `text` to pass over: a placeholder or one character.
    std::size_t placeholder_length(std::string_view text) const;
    std::string redact_values(std::string_view text) const;
    std::string redact_base64(std::string_view text) const;
    /// The secret that a run of base-64 digits holds, or null.
    spelling const* encoded_in(std::string_view digits) const;

    /// In order, so that thousands of tokens cost a text no more than one does.
    std::map<std::string, std::string, std::less<>> spellings_;
    std::set<std::string> names_;
    /// By first character: nearly every place in a text is passed over by this alone.
    std::bitset<256> begins_;
};

} // namespace watertight::evidence
