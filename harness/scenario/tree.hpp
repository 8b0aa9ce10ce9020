#pragma once

#include "harness/scenario/scenario.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::scenario {

struct member;

/// A value of a YAML document with its place, after `${VAR}` interpolation and merges.
struct node {
    enum class kind { null, boolean, integer, number, text, list, map };

    kind type = kind::null;
    /// A scalar as written, variables replaced.
    std::string text;
    /// The same for use as a template: what looks like a slot in a variable's value is escaped, so
    /// that a password with braces stays what it is.
    std::string template_source;
    std::vector<member> members;
    std::vector<node> items;
    /// JSON pointer: "/target/allow/0".
    std::string pointer;
    int line = 0;
    int column = 0;
    /// Column of the text's first character (after a quote); 0 if it can't be told.
    int text_column = 0;
    /// A variable stands in it: its text is a secret, and its type follows from its value.
    bool is_interpolated = false;
    /// Holds a variable without a value; nothing is known of what will stand here.
    bool is_unset = false;
    /// A problem has been reported for it already: nothing is to be compiled from it.
    bool is_bad = false;

    bool is_scalar() const noexcept { return type != kind::list && type != kind::map; }
    /// The member's value, if the node is a map that has it and nothing is wrong with it.
    node const* find(std::string_view key) const;
};

struct member {
    std::string key;
    int line = 0;
    int column = 0;
    node value;
};

/// Everything wrong with a document, in the order in which it was found.
class problem_list {
public:
    void add(int line, int column, std::string_view pointer, std::string what);
    void add(node const& at, std::string what)
    {
        add(at.line, at.column, at.pointer, std::move(what));
    }

    bool empty() const noexcept { return problems_.empty(); }
    /// By place; a place is named once for each different sentence.
    std::vector<problem> take();

private:
    std::vector<problem> problems_;
};

/// Where interpolation finds values, and what it found.
struct variables {
    std::map<std::string, std::string> const& given;
    bool tolerate_unset = false;
    /// In order of first use, each once.
    std::vector<std::pair<std::string, std::string>> used;

    std::optional<std::string> find(std::string const& name) const;
    void note(std::string const& name, std::string const& value);
};

/// Reads YAML or JSON. Problems are syntax errors, duplicate keys, unset variables, and documents
/// that grow beyond bounds by aliases.
node parse(std::string_view yaml, variables& v, problem_list& out);

/// "tenants.users[0].role" for "/tenants/users/0/role"; "the scenario" for the root.
std::string dotted(std::string_view pointer);

/// The node as JSON, as a schema sees it.
nlohmann::ordered_json to_json(node const& n);

/// One text with its variables replaced.
struct interpolated {
    std::string text;
    std::string template_source;
    bool has_variables = false;
    bool is_unset = false;
    /// Offset in the text and sentence of each thing wrong.
    std::vector<std::pair<std::size_t, std::string>> faults;
};

/// `${NAME}`, `${NAME:-default}`; `$${` stands for `${`.
interpolated interpolate(std::string_view raw, variables& v);

} // namespace watertight::scenario
