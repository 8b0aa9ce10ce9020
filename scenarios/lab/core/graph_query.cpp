#include "scenarios/lab/core/graph_query.hpp"

#include "scenarios/lab/core/http.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab {

static constexpr std::size_t fields_max = 20;

std::string graph_field::argument(std::string_view wanted) const
{
    for (auto const& [key_, value] : arguments)
        if (key_ == wanted) return value;
    return {};
}

[[noreturn]] static void bad_query(std::string_view what)
{
    throw refusal{400, "BAD_QUERY", "the query can't be read: " + std::string{what}};
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class graph_reader {
public:
    graph_reader(std::string_view text, nlohmann::json const& variables)
        : text_(text), variables_(variables)
    {
    }

    std::vector<graph_field> read()
    {
        skip_head();
        expect('{');
        std::vector<graph_field> out;
        while (!takes('}')) {
            if (out.size() == fields_max) bad_query("too many fields");
            out.push_back(read_field());
        }
        skip_blank();
        if (at_ != text_.size()) bad_query("something follows it");
        return out;
    }

private:
    void skip_blank()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == ','))
            ++at_;
    }

    bool takes(char c)
    {
        skip_blank();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    void expect(char c)
    {
        if (!takes(c)) bad_query(std::string{"no "} + c);
    }

    std::string word()
    {
        skip_blank();
        auto const begin = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        if (begin == at_) bad_query("a name is missing");
        return std::string{text_.substr(begin, at_ - begin)};
    }

    // "query Name($id: ID!)": what the variables are is not asked.
    void skip_head()
    {
        skip_blank();
        if (!text_.substr(at_).starts_with("query")) return;
        at_ += 5;
        skip_blank();
        if (at_ < text_.size() && is_word(text_[at_])) word();
        if (!takes('(')) return;
        auto const end = text_.find(')', at_);
        if (end == text_.npos) bad_query("no )");
        at_ = end + 1;
    }

    std::string value()
    {
        if (takes('$')) {
            auto const name = word();
            auto const found = variables_.find(name);
            if (found == variables_.end() || !found->is_string()) bad_query("$" + name);
            return found->get<std::string>();
        }
        expect('"');
        auto const end = text_.find('"', at_);
        if (end == text_.npos) bad_query("a text without an end");
        auto out = std::string{text_.substr(at_, end - at_)};
        at_ = end + 1;
        return out;
    }

    graph_field read_field()
    {
        graph_field out;
        out.key = out.name = word();
        if (takes(':')) out.name = word();
        if (takes('(')) {
            while (!takes(')')) {
                auto name = word();
                expect(':');
                out.arguments.emplace_back(std::move(name), value());
            }
        }
        expect('{');
        while (!takes('}')) out.selected.push_back(word());
        return out;
    }

    std::string_view text_;
    nlohmann::json const& variables_;
    std::size_t at_ = 0;
};

std::vector<graph_field> parse_graph_query(std::string_view text, nlohmann::json const& variables)
{
    if (!variables.is_object()) bad_query("variables is no object");
    return graph_reader{text, variables}.read();
}

} // namespace watertight::lab
