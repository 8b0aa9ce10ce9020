#include "harness/probe/toolbox.hpp"
#include "probes/identity/precedence/probe.hpp"

#include <algorithm>

namespace watertight::probes::identity::precedence {

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static std::string upper_case(std::string text)
{
    for (auto& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return text;
}

// The first letter in its other case.
static std::string toggled(std::string text)
{
    auto const at = std::ranges::find_if(text, is_letter);
    if (at != text.end()) *at = static_cast<char>(*at ^ 0x20);
    return text;
}

// The first character by its number: "%61cme".
static std::string encoded(std::string const& text)
{
    return fmt::format("%{:02x}{}", static_cast<unsigned char>(text.front()), text.substr(1));
}

// The first letter or digit as its full-width form, which Unicode's normalisation makes the same.
static std::string full_width(std::string const& text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = text[i];
        if (!is_letter(c) && (c < '0' || c > '9')) continue;
        // U+FF01 stands for '!', and so on.
        auto const point = 0xff01U + static_cast<unsigned>(c - '!');
        std::string wide{
            static_cast<char>(0xe0U | (point >> 12U)),
            static_cast<char>(0x80U | ((point >> 6U) & 0x3fU)),
            static_cast<char>(0x80U | (point & 0x3fU))};
        return text.substr(0, i) + wide + text.substr(i + 1);
    }
    return text;
}

std::vector<spelling> spellings(std::string const& value, bool is_host)
{
    std::vector<spelling> all;
    if (value.empty()) return all;
    all.push_back({"in upper case", upper_case(value)});
    all.push_back({"in lower case", to_lower(value)});
    all.push_back({"with a letter in the other case", toggled(value)});
    all.push_back({"with a dot at its end", value + "."});
    if (!is_host) {
        if (is_number(value)) {
            all.push_back({"with a leading zero", "0" + value});
            all.push_back({"with a sign", "+" + value});
            all.push_back({"as a decimal", value + ".0"});
        }
        all.push_back({"with a blank at its end", value + " "});
        all.push_back({"with a blank before it", " " + value});
        all.push_back({"percent-encoded", encoded(value)});
        all.push_back({"with an encoded zero byte", value + "%00"});
        all.push_back({"with an encoded blank", value + "%20"});
        all.push_back({"in quotes", "\"" + value + "\""});
        all.push_back({"with a full-width letter", full_width(value)});
        auto const is_uuid = value.size() == 36 && value[8] == '-';
        if (is_uuid) {
            all.push_back({"without hyphens", replace_all(value, "-", "")});
            all.push_back({"in braces", "{" + value + "}"});
        }
    }
    std::erase_if(all, [&](auto const& one) { return one.value == value; });
    return all;
}

} // namespace watertight::probes::identity::precedence
