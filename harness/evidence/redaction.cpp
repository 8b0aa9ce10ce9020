#include "harness/evidence/redaction.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/character.hpp"
#include "harness/evidence/secret_forms.hpp"

#include <algorithm>
#include <iterator>

namespace watertight::evidence {

static constexpr std::size_t secret_length_min = 4;
static constexpr std::size_t base64_length_min = 8;

static std::string lower_escapes(std::string encoded)
{
    for (std::size_t at = 0; (at = encoded.find('%', at)) != std::string::npos; at += 3) {
        for (auto i = at + 1; i < std::min(at + 3, encoded.size()); ++i) {
            encoded[i] = lower(encoded[i]);
        }
    }
    return encoded;
}

// The forms in which a secret stands in URLs, forms, JSON and HTML.
static std::vector<std::string> spellings_of(std::string_view value)
{
    std::string const raw{value};
    auto const url = url_encode(value);
    // What URLs hold as it is, all hold: most tokens, of which each tenant has one.
    if (url == raw) return {raw};
    std::string json;
    append_json_escaped(json, value);
    auto html = replace_all(raw, "&", "&amp;");
    html = replace_all(replace_all(html, "<", "&lt;"), ">", "&gt;");
    std::vector<std::string> out{
        raw,
        url,
        lower_escapes(url),
        replace_all(url, "%20", "+"),
        replace_all(json, "/", "\\/"),
        replace_all(raw, "'", "'\\''"),
        html,
        replace_all(replace_all(html, "\"", "&quot;"), "'", "&#39;"),
        json};
    std::ranges::sort(out);
    auto const doubled = std::ranges::unique(out);
    out.erase(doubled.begin(), doubled.end());
    return out;
}

static std::string placeholder(std::string_view name)
{
    return name.empty() ? "[redacted]" : "[redacted " + std::string{name} + ']';
}

void redactor::add_secret(std::string_view value, std::string_view name)
{
    if (value.size() < secret_length_min || spellings_.contains(value)) return;
    names_.emplace(name);
    for (auto& form : spellings_of(value)) {
        begins_.set(static_cast<unsigned char>(form.front()));
        spellings_.try_emplace(std::move(form), name);
    }
}

// What comes right before `text` in order either is its beginning, or shares with it all that any
// of its beginnings could: then only shorter ones are left to look for.
redactor::spelling const* redactor::at_front(std::string_view text) const
{
    if (text.empty() || !begins_.test(static_cast<unsigned char>(text.front()))) return nullptr;
    for (auto key = text; !key.empty();) {
        auto const after = spellings_.upper_bound(key);
        if (after == spellings_.begin()) return nullptr;
        auto const& before = *std::prev(after);
        if (text.starts_with(before.first)) return &before;
        auto const differs = std::ranges::mismatch(before.first, key).in2;
        auto const shared = static_cast<std::size_t>(differs - key.begin());
        key = key.substr(0, std::min(shared, before.first.size()));
    }
    return nullptr;
}

// Only placeholders that this redactor writes are passed over, lest a text hide a secret in one.
std::size_t redactor::placeholder_length(std::string_view text) const
{
    if (!text.starts_with("[redacted")) return 1;
    for (auto const& name : names_) {
        auto const written = placeholder(name);
        if (text.starts_with(written)) return written.size();
    }
    return 1;
}

// One pass, so that what a placeholder says is never itself taken for a secret.
std::string redactor::redact_values(std::string_view text) const
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        auto const rest = text.substr(at);
        if (auto const* const found = at_front(rest)) {
            out += placeholder(found->second);
            at += found->first.size();
            continue;
        }
        auto const end = at + placeholder_length(rest);
        out += text.substr(at, end - at);
        at = end;
    }
    return out;
}

redactor::spelling const* redactor::encoded_in(std::string_view digits) const
{
    // A secret need not begin where a group of four digits does.
    for (std::size_t shift = 0; shift < 4 && shift < digits.size(); ++shift) {
        auto part = digits.substr(shift);
        if (part.size() % 4 == 1) part.remove_suffix(1);
        auto const decoded = base64_decode(part);
        if (!decoded) continue;
        for (std::size_t at = 0; at < decoded->size(); ++at) {
            if (auto const* const s = at_front(std::string_view{*decoded}.substr(at))) return s;
        }
    }
    return nullptr;
}

std::string redactor::redact_base64(std::string_view text) const
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && base64_value(text[end]) != 0xff) ++end;
        auto const run = text.substr(at, end - at);
        auto const* found = run.size() >= base64_length_min ? encoded_in(run) : nullptr;
        if (found != nullptr) {
            out += placeholder(found->second);
            while (end < text.size() && text[end] == '=') ++end;
        } else {
            if (end == at) end = at + placeholder_length(text.substr(at));
            out += text.substr(at, end - at);
        }
        at = end;
    }
    return out;
}

std::string redactor::redact(std::string_view text) const
{
    if (spellings_.empty()) return redact_forms(text);
    return redact_forms(redact_base64(redact_values(text)));
}

} // namespace watertight::evidence
