#include "harness/target/template_text.hpp"

#include "harness/base/text.hpp"

#include <algorithm>
#include <cctype>

namespace watertight::target {

namespace {

using piece = template_text::piece;

/// A slot found in text, with the length of what it replaces.
struct found_slot {
    std::string_view name;
    /// "", "number" or "text".
    std::string_view form;
    std::size_t length = 0;
};

bool is_name_character(char c) noexcept
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

/// The slot that begins at `text`'s first character, which is '{'.
std::optional<found_slot> slot_at(std::string_view text)
{
    std::size_t end = 1;
    while (end < text.size() && is_name_character(text[end])) ++end;
    found_slot out{text.substr(1, end - 1), {}, 0};
    if (out.name.empty() || end == text.size()) return std::nullopt;
    for (std::string_view const form : {"number", "text"}) {
        if (text[end] == ':' && text.substr(end + 1).starts_with(form)) {
            out.form = form;
            end += form.size() + 1;
            break;
        }
    }
    if (end >= text.size() || text[end] != '}') return std::nullopt;
    out.length = end + 1;
    return out;
}

class builder {
public:
    void literal(std::string_view text)
    {
        if (text.empty()) return;
        if (pieces_.empty() || !pieces_.back().slot.empty()) pieces_.push_back({});
        pieces_.back().literal += text;
    }

    void slot(std::string_view name, escape how)
    {
        pieces_.push_back({{}, std::string{name}, how});
    }

    /// Takes what stands at the beginning of `text`, which starts with '{'. @return its length.
    std::size_t braces(std::string_view text, escape how)
    {
        auto const braces_end = std::min(text.find_first_not_of('{'), text.size());
        auto const depth = std::min<std::size_t>(braces_end, 3);
        auto const inner = slot_at(text.substr(depth - 1));
        auto const closing = inner ? depth - 1 + inner->length : 0;
        auto const closed = inner && text.substr(closing).starts_with(std::string(depth - 1, '}'));
        if (depth == 2 && closed) {
            literal(text.substr(1, inner->length));
            return inner->length + 2;
        }
        if (depth == 3 && closed) {
            literal("{");
            slot(inner->name, how);
            literal("}");
            return inner->length + 4;
        }
        if (auto const plain = slot_at(text)) {
            slot(plain->name, how);
            return plain->length;
        }
        literal("{");
        return 1;
    }

    void text(std::string_view text, escape how)
    {
        while (!text.empty()) {
            auto const brace = text.find('{');
            literal(text.substr(0, brace));
            if (brace == std::string_view::npos) return;
            text.remove_prefix(brace);
            text.remove_prefix(braces(text, how));
        }
    }

    std::vector<piece> take() { return std::move(pieces_); }

private:
    std::vector<piece> pieces_;
};

/// Length of the JSON string at the beginning of `text`, quotes included.
std::size_t json_string_length(std::string_view text)
{
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            return i + 1;
        }
    }
    return text.size();
}

/// The slot that is all of a quoted JSON string, if it may be written as a bare number.
std::optional<found_slot> whole_number_slot(std::string_view quoted)
{
    if (quoted.size() < 4 || quoted[1] != '{') return std::nullopt;
    auto const inside = quoted.substr(1, quoted.size() - 2);
    auto const slot = slot_at(inside);
    if (!slot || slot->length != inside.size() || slot->form == "text") return std::nullopt;
    if (slot->form == "number" || slot->name == "canary.number" || slot->name == "serial") {
        return slot;
    }
    return std::nullopt;
}

bool is_key(std::string_view after)
{
    auto const next = after.find_first_not_of(" \t\r\n");
    return next != std::string_view::npos && after[next] == ':';
}

bool is_json_number(std::string_view s)
{
    std::size_t i = s.starts_with('-') ? 1 : 0;
    auto const digits = [&] {
        auto const begin = i;
        while (i < s.size() && std::isdigit(static_cast<unsigned char>(s[i])) != 0) ++i;
        return i - begin;
    };
    auto const first = i;
    auto const whole = digits();
    if (whole == 0 || (whole > 1 && s[first] == '0')) return false;
    if (i < s.size() && s[i] == '.') {
        ++i;
        if (digits() == 0) return false;
    }
    if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
        ++i;
        if (i < s.size() && (s[i] == '+' || s[i] == '-')) ++i;
        if (digits() == 0) return false;
    }
    return i == s.size();
}

} // namespace

void append_escaped(std::string& out, std::string_view value, escape how)
{
    switch (how) {
    case escape::none:
        out += value;
        return;
    case escape::url:
        append_url_encoded(out, value);
        return;
    case escape::json:
        append_json_escaped(out, value);
        return;
    case escape::json_or_number:
        if (is_json_number(value)) {
            out += value;
            return;
        }
        out += '"';
        append_json_escaped(out, value);
        out += '"';
        return;
    }
}

template_text template_text::compile(std::string_view text, escape how)
{
    builder b;
    b.text(text, how);
    template_text out;
    out.pieces_ = b.take();
    return out;
}

template_text template_text::compile_json(std::string_view json)
{
    builder b;
    while (!json.empty()) {
        std::size_t taken = 1;
        if (json.front() == '"') {
            taken = json_string_length(json);
            auto const quoted = json.substr(0, taken);
            auto const number = whole_number_slot(quoted);
            if (number && !is_key(json.substr(taken))) {
                b.slot(number->name, escape::json_or_number);
            } else {
                b.text(quoted, escape::json);
            }
        } else if (auto const bare = json.front() == '{' ? slot_at(json) : std::nullopt) {
            taken = bare->length;
            b.slot(bare->name, escape::json_or_number);
        } else {
            b.literal(json.substr(0, 1));
        }
        json.remove_prefix(taken);
    }
    template_text out;
    out.pieces_ = b.take();
    return out;
}

std::optional<std::string> template_text::render(lookup const& values, std::string& out) const
{
    for (auto const& p : pieces_) {
        if (p.slot.empty()) {
            out += p.literal;
            continue;
        }
        auto const value = values(p.slot);
        if (!value) return p.slot;
        append_escaped(out, *value, p.how);
    }
    return std::nullopt;
}

bool template_text::mentions(std::string_view slot) const noexcept
{
    bool const is_prefix = slot.ends_with('.');
    return !slot.empty() && std::ranges::any_of(pieces_, [&](piece const& p) {
        return p.slot == slot || (is_prefix && p.slot.starts_with(slot));
    });
}

} // namespace watertight::target
