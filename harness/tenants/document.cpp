#include "harness/tenants/document.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <iterator>
#include <optional>

namespace watertight::tenants {

namespace {

using kind = document_node::kind;

// A text's characters for the JSON parser; counts the lines that it has read.
class counting_iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = char const*;
    using reference = char const&;

    counting_iterator(char const* at, std::size_t& line) : at_{at}, line_{&line} {}

    char const& operator*() const noexcept { return *at_; }
    counting_iterator& operator++() noexcept
    {
        *line_ += *at_ == '\n' ? 1U : 0U;
        ++at_;
        return *this;
    }
    bool operator==(counting_iterator const& other) const noexcept { return at_ == other.at_; }

private:
    char const* at_;
    std::size_t* line_;
};

// Builds the document while the parser goes through it.
class json_builder final : public nlohmann::json_sax<nlohmann::json> {
public:
    json_builder(document_node& root, std::size_t const& line) : root_{root}, line_{line} {}

    bool null() override { return put({kind::null, line_}) != nullptr; }
    bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value)); }
    bool number_float(number_float_t, string_t const& text) override { return scalar(text); }
    bool string(string_t& value) override { return scalar(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(kind::mapping); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(kind::list); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override
    {
        key_ = std::move(name);
        return true;
    }

    bool parse_error(std::size_t, std::string const&, nlohmann::detail::exception const&) override
    {
        return false;
    }

private:
    // Stays where it is until its container is closed: only the last one of each level grows.
    document_node* put(document_node node)
    {
        if (open_.empty()) {
            root_ = std::move(node);
            return &root_;
        }
        auto& parent = *open_.back();
        if (parent.is == kind::list) return &parent.items.emplace_back(std::move(node));
        return &parent.members.emplace_back(std::move(key_), std::move(node)).second;
    }

    bool scalar(std::string text)
    {
        put({.is = kind::scalar, .line = line_, .text = std::move(text)});
        return true;
    }

    bool open(kind what)
    {
        open_.push_back(put({what, line_}));
        return true;
    }

    bool close()
    {
        open_.pop_back();
        return true;
    }

    document_node& root_;
    std::size_t const& line_;
    std::vector<document_node*> open_;
    std::string key_;
};

} // namespace

static std::optional<document_node> parse_json(std::string const& text)
{
    document_node root;
    std::size_t line = 1;
    json_builder builder{root, line};
    auto const* const end = text.data() + text.size();
    counting_iterator const first{text.data(), line};
    if (!nlohmann::json::sax_parse(first, counting_iterator{end, line}, &builder)) {
        return std::nullopt;
    }
    return root;
}

static document_node from_yaml(YAML::Node const& from)
{
    document_node out;
    out.line = static_cast<std::size_t>(from.Mark().line + 1);
    if (from.IsScalar()) {
        out.is = kind::scalar;
        out.text = from.Scalar();
    } else if (from.IsSequence()) {
        out.is = kind::list;
        for (auto const& item : from) out.items.push_back(from_yaml(item));
    } else if (from.IsMap()) {
        out.is = kind::mapping;
        for (auto const& member : from) {
            auto value = from_yaml(member.second);
            // Where nothing stands, the parser names what stands next.
            if (value.is == kind::null) {
                value.line = static_cast<std::size_t>(member.first.Mark().line + 1);
            }
            out.members.emplace_back(member.first.Scalar(), std::move(value));
        }
    }
    return out;
}

document_node const* document_node::find(std::string const& name) const
{
    for (auto const& [key, value] : members) {
        if (key == name) return &value;
    }
    return nullptr;
}

document_node read_document(std::string const& file)
{
    auto const text = read_file(file);
    if (!text) throw usage_error{text.error().message};
    auto const begin = text->find_first_not_of(" \t\r\n");
    if (begin != std::string::npos && ((*text)[begin] == '[' || (*text)[begin] == '{')) {
        // What is no JSON may still be YAML, which is also what tells where it is wrong.
        if (auto document = parse_json(*text)) return std::move(*document);
    }
    try {
        return from_yaml(YAML::Load(*text));
    } catch (YAML::Exception const& error) {
        throw usage_error{fmt::format("{}:{}: {}", file, error.mark.line + 1, error.msg)};
    }
}

} // namespace watertight::tenants
