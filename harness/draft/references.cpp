#include "harness/draft/references.hpp"

#include "harness/base/text.hpp"

#include <charconv>

namespace watertight::draft {

// A chain of references to references is never this long.
static constexpr int reference_hops_max = 32;

static std::string percent_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        auto const* const digits = text.data() + i + 1;
        auto const is_escape = text[i] == '%' && i + 2 < text.size() &&
                               std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        out += is_escape ? static_cast<char>(byte) : text[i];
        if (is_escape) i += 2;
    }
    return out;
}

static node const* member_or_item(node const& at, std::string const& part)
{
    if (at.is_map()) return at.find(part);
    std::size_t index = 0;
    std::from_chars(part.data(), part.data() + part.size(), index);
    return at.is_list() && index < at.items.size() ? &at.items[index] : nullptr;
}

node const* references::find(std::string const& reference)
{
    if (auto const known = found_.find(reference); known != found_.end()) return known->second;
    node const* at = reference.starts_with('#') ? &root_ : nullptr;
    // The part behind '#' is a JSON pointer within a URL: RFC 6901, section 6.
    for (auto const part : split(std::string_view{reference}.substr(0), '/')) {
        if (at == nullptr || part == "#") continue;
        auto name = percent_decoded(part);
        name = replace_all(replace_all(std::move(name), "~1", "/"), "~0", "~");
        at = member_or_item(*at, name);
    }
    if (at == nullptr) broken_.push_back(reference);
    found_.emplace(reference, at);
    return at;
}

node const* references::follow(node const* from)
{
    for (int hops = 0; from != nullptr; ++hops) {
        auto const* const reference = from->find("$ref");
        if (reference == nullptr || !reference->is_scalar()) return from;
        from = hops < reference_hops_max ? find(reference->text) : nullptr;
    }
    return nullptr;
}

} // namespace watertight::draft
