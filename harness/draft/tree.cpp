#include "harness/draft/tree.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <stdexcept>

namespace watertight::draft {

namespace {

constexpr std::size_t nodes_max = 5'000'000;
constexpr std::size_t depth_max = 200;

struct mark {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
};

/// What is wrong, with its place; ends a parser from within.
struct document_fault : std::runtime_error {
    document_fault(mark where, std::string const& what) : std::runtime_error{what}, at{where} {}
    mark at;
};

/// Puts values where they belong while a parser goes through a document.
class tree_builder {
public:
    explicit tree_builder(node& root) : root_{root} {}

    node& put(node::kind type, mark at, std::string text = {})
    {
        if (++count_ > nodes_max) {
            throw document_fault{at, fmt::format("more than {} values", nodes_max)};
        }
        node n{.type = type, .line = at.line, .column = at.column, .text = std::move(text)};
        if (open_.empty()) return root_ = std::move(n);
        auto& parent = *open_.back();
        if (parent.is_list()) return parent.items.emplace_back(std::move(n));
        return parent.members.emplace_back(node_member{std::move(key_), std::move(n)}).value;
    }

    /// Containers stay where they are until they are closed: only the last of each level grows.
    void open(node::kind type, mark at)
    {
        auto& n = put(type, at);
        open_.push_back(&n);
        if (open_.size() > depth_max) {
            throw document_fault{at, fmt::format("nested deeper than {} levels", depth_max)};
        }
    }

    void close() { open_.pop_back(); }
    void key(std::string name) { key_ = std::move(name); }
    bool is_in_map() const { return !open_.empty() && open_.back()->is_map(); }
    node& innermost() { return *open_.back(); }
    void count(std::size_t more) { count_ += more; }

private:
    node& root_;
    std::vector<node*> open_;
    std::string key_;
    std::size_t count_ = 0;
};

/// A text's characters for the JSON parser; knows where it is.
class placed_iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = char const*;
    using reference = char const&;

    placed_iterator(char const* at, mark& where) : at_{at}, where_{&where} {}

    char const& operator*() const noexcept { return *at_; }
    placed_iterator& operator++() noexcept
    {
        ++where_->column;
        if (*at_ == '\n') *where_ = {where_->line + 1, 1};
        ++at_;
        return *this;
    }
    bool operator==(placed_iterator const& other) const noexcept { return at_ == other.at_; }

private:
    char const* at_;
    mark* where_;
};

class json_reader final : public nlohmann::json_sax<nlohmann::json> {
public:
    json_reader(tree_builder& to, mark const& now) : to_{to}, now_{now} {}

    bool null() override { return scalar(node::kind::null, "null"); }
    bool boolean(bool value) override
    {
        return scalar(node::kind::boolean, value ? "true" : "false");
    }
    bool number_integer(number_integer_t v) override
    {
        return scalar(node::kind::number, std::to_string(v));
    }
    bool number_unsigned(number_unsigned_t v) override
    {
        return scalar(node::kind::number, std::to_string(v));
    }
    bool number_float(number_float_t, string_t const& text) override
    {
        return scalar(node::kind::number, text);
    }
    bool string(string_t& value) override
    {
        auto const at = before(value.size() + 2);
        to_.put(node::kind::text, at, std::move(value));
        return true;
    }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override
    {
        to_.open(node::kind::map, before(1));
        return true;
    }
    bool end_object() override
    {
        to_.close();
        return true;
    }
    bool start_array(std::size_t) override
    {
        to_.open(node::kind::list, before(1));
        return true;
    }
    bool end_array() override
    {
        to_.close();
        return true;
    }
    bool key(string_t& name) override
    {
        to_.key(std::move(name));
        return true;
    }
    bool parse_error(std::size_t, std::string const&, nlohmann::detail::exception const& e) override
    {
        // "[json...] parse error at line 1, column 2: what": the place is told by `now_`.
        std::string_view const text = e.what();
        auto const column = text.find(", column ");
        auto const colon = column == text.npos ? text.npos : text.find(": ", column);
        auto what = colon == text.npos ? text : text.substr(colon + 2);
        // What it quotes of the document may be somebody's secret.
        what = what.substr(0, what.find("; last read: "));
        throw document_fault{before(1), fmt::format("this is not JSON: {}", what)};
    }

private:
    bool scalar(node::kind type, std::string text)
    {
        to_.put(type, before(text.size()), std::move(text));
        return true;
    }

    /// Tokens stand in one line; one with escapes is longer than its value, which moves the column
    /// a little.
    mark before(std::size_t length) const
    {
        auto const back = static_cast<std::uint32_t>(length);
        return {now_.line, now_.column > back ? now_.column - back : 1};
    }

    tree_builder& to_;
    mark const& now_;
};

class yaml_reader final : public YAML::EventHandler {
public:
    explicit yaml_reader(tree_builder& to) : to_{to} {}

    void OnDocumentStart(YAML::Mark const&) override {}
    void OnDocumentEnd() override {}
    void OnNull(YAML::Mark const& at, YAML::anchor_t anchor) override
    {
        value(at, anchor, node::kind::null, "");
    }
    void OnAlias(YAML::Mark const& at, YAML::anchor_t anchor) override
    {
        auto const found = anchors_.find(anchor);
        if (found == anchors_.end()) throw document_fault{place(at), "an alias of nothing"};
        if (takes_key("")) return;
        to_.count(found->second.size);
        auto& n = to_.put(node::kind::null, place(at));
        n = found->second.value;
        merge_if_asked();
    }
    void OnScalar(
        YAML::Mark const& at, std::string const& tag, YAML::anchor_t anchor, std::string const& text
    ) override
    {
        value(at, anchor, tag == "?" ? plain_kind(text) : node::kind::text, text);
    }
    void OnSequenceStart(
        YAML::Mark const& at, std::string const&, YAML::anchor_t anchor, YAML::EmitterStyle::value
    ) override
    {
        begin(at, anchor, node::kind::list);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(
        YAML::Mark const& at, std::string const&, YAML::anchor_t anchor, YAML::EmitterStyle::value
    ) override
    {
        begin(at, anchor, node::kind::map);
    }
    void OnMapEnd() override { end(); }

private:
    struct kept {
        node value;
        std::size_t size = 0;
    };
    struct level {
        YAML::anchor_t anchor = 0;
        bool wants_key = false;
        bool is_map = false;
    };

    static mark place(YAML::Mark const& at)
    {
        return {static_cast<std::uint32_t>(at.line + 1), static_cast<std::uint32_t>(at.column + 1)};
    }

    static node::kind plain_kind(std::string_view text)
    {
        if (text == "true" || text == "false") return node::kind::boolean;
        if (text.empty() || text == "null" || text == "~") return node::kind::null;
        double number = 0;
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        auto const is_number = error == std::errc{} && end == text.data() + text.size();
        return is_number ? node::kind::number : node::kind::text;
    }

    /// Within a map every other value is a key.
    bool takes_key(std::string const& text)
    {
        if (levels_.empty() || !levels_.back().is_map) return false;
        levels_.back().wants_key = !levels_.back().wants_key;
        if (levels_.back().wants_key) return false;
        to_.key(text);
        merging_ = text == "<<";
        return true;
    }

    void value(YAML::Mark const& at, YAML::anchor_t anchor, node::kind type, std::string text)
    {
        if (takes_key(text)) return;
        auto const& n = to_.put(type, place(at), std::move(text));
        if (anchor != 0) anchors_[anchor] = {n, 1};
    }

    void begin(YAML::Mark const& at, YAML::anchor_t anchor, node::kind type)
    {
        if (takes_key("")) throw document_fault{place(at), "a key that is no text"};
        to_.open(type, place(at));
        levels_.push_back({anchor, true, type == node::kind::map});
    }

    void end()
    {
        if (levels_.back().anchor != 0) {
            anchors_[levels_.back().anchor] = {to_.innermost(), size_of(to_.innermost())};
        }
        levels_.pop_back();
        to_.close();
    }

    static std::size_t size_of(node const& n)
    {
        std::size_t out = 1;
        for (auto const& item : n.items) out += size_of(item);
        for (auto const& m : n.members) out += size_of(m.value);
        return out;
    }

    /// `<<: *base` brings the members that the map does not have itself, wherever it stands.
    void merge_if_asked()
    {
        if (!merging_) return;
        merging_ = false;
        auto& into = to_.innermost().members;
        auto merged = std::move(into.back().value.members);
        into.pop_back();
        for (auto& m : merged) into.push_back(std::move(m));
    }

    tree_builder& to_;
    std::vector<level> levels_;
    std::map<YAML::anchor_t, kept> anchors_;
    bool merging_ = false;
};

void read_json(std::string_view text, tree_builder& to)
{
    mark now;
    json_reader reader{to, now};
    placed_iterator const first{text.data(), now};
    placed_iterator const last{text.data() + text.size(), now};
    nlohmann::json::sax_parse(first, last, &reader);
}

void read_yaml(std::string_view text, tree_builder& to)
try {
    std::istringstream in{std::string{text}};
    YAML::Parser parser{in};
    yaml_reader reader{to};
    if (!parser.HandleNextDocument(reader)) throw document_fault{{}, "the document is empty"};
} catch (YAML::Exception const& e) {
    auto const at = e.mark.is_null() ? mark{}
                                     : mark{
                                           static_cast<std::uint32_t>(e.mark.line + 1),
                                           static_cast<std::uint32_t>(e.mark.column + 1)};
    throw document_fault{at, fmt::format("this is not YAML: {}", e.msg)};
}

} // namespace

node const* node::find(std::string_view key) const
{
    // From the end: what a merge brought stands behind, what is written twice is rare.
    auto const found = std::ranges::find(members, key, &node_member::key);
    return found == members.end() ? nullptr : &found->value;
}

std::string node::text_of(std::string_view key, std::string_view fallback) const
{
    auto const* const value = find(key);
    auto const is_text = value != nullptr && value->is_scalar() && value->type != kind::null;
    return is_text ? value->text : std::string{fallback};
}

bool node::flag_of(std::string_view key) const
{
    return text_of(key) == "true";
}

double node::number_of(std::string_view key, double fallback) const
{
    auto const digits = text_of(key);
    double out = fallback;
    std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return out;
}

result<node> parse_document(std::string_view text, std::string const& file)
try {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    auto const begin = text.find_first_not_of(" \t\r\n");
    if (begin == text.npos) throw document_fault{{}, "the document is empty"};
    node root;
    tree_builder to{root};
    text[begin] == '{' || text[begin] == '[' ? read_json(text, to) : read_yaml(text, to);
    return root;
} catch (document_fault const& f) {
    node at;
    at.line = f.at.line;
    at.column = f.at.column;
    return fault_at(file, at, f.what());
}

failure fault_at(std::string const& file, node const& at, std::string_view what)
{
    auto const line = std::max(at.line, 1U);
    auto const column = std::max(at.column, 1U);
    return {errc::malformed, fmt::format("{}:{}:{}: {}", file, line, column, what), {}};
}

} // namespace watertight::draft
