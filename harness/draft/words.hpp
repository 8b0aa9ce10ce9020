#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace watertight::draft {

/// Lower-case letters and digits alone: "user_id", "userId" and "User-ID" are "userid".
std::string plain_word(std::string_view name);

/// "categories" is "category", "boxes" is "box"; what is none stays as it is.
std::string singular_of(std::string_view word);

/// A name as a scenario takes it: letters, digits, '_' and '-'; "x" if nothing is left.
std::string scenario_name(std::string_view text);

/// A name for the environment: GITHUB_V3. At most 24 characters.
std::string variable_name(std::string_view text);

/// What owns data, by its name ("organization" of org_id, orgs, OrgId), and how sure the name alone
/// makes one: 10 for "tenant" down to 1. Weight 0: it is no such word.
struct owner_word {
    std::string stem;
    double weight = 0;
};
owner_word owner_word_of(std::string_view name);

/// Names that say nothing of what they identify: id, uuid, slug, name, key, sid.
bool is_generic_id(std::string_view name);

/// Whether a field of this name holds text that people write: name, title, description, ...; the
/// likelier the lower, from 0 on; -1 if not.
int free_text_rank(std::string_view name);

/// Whether a field of this name holds a secret: password, token, api_key.
bool is_secret_field(std::string_view name);

/// Whether a text of this name is one of a few words that the server knows: "currency".
bool is_coded_field(std::string_view name);

} // namespace watertight::draft
