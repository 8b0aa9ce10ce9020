#include "tests/unit/house/text_rules.hpp"

#include "tests/unit/house/blank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>

namespace watertight::house {

static bool is_in(std::string_view path, std::string_view folder)
{
    return path.starts_with(folder);
}

static std::size_t columns_of(std::string_view line)
{
    // Bytes that continue a UTF-8 character take no column.
    return static_cast<std::size_t>(std::ranges::count_if(line, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

// Calls f(number, line) for each line.
template <class F>
static void each_line(std::string_view text, F f)
{
    int number = 0;
    for (auto const line : lines_of(text)) f(++number, line);
}

static bool has_word(std::string_view text, std::string_view word)
{
    auto const is_part = [&](std::size_t at) {
        return at < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
    };
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        if ((at == 0 || !is_part(at - 1)) && !is_part(at + word.size())) return true;
    }
    return false;
}

faults check_text(std::string_view path, std::string_view text)
{
    // In two parts each, so that this file keeps the rule itself.
    static constexpr std::array notes{
        "TO"
        "DO",
        "FIX"
        "ME",
        "XX"
        "X"};
    faults out;
    each_line(text, [&](int number, std::string_view line) {
        auto const add = [&](std::string what) {
            out.push_back({std::string{path}, number, std::move(what)});
        };
        if (line.find('\t') != line.npos) add("a tab: use spaces");
        if (line.ends_with(' ') || line.ends_with('\r')) add("blanks at the end: remove them");
        auto const has = [&](char const* note) { return has_word(line, note); };
        if (std::ranges::any_of(notes, has)) {
            add("a note to oneself: do it, or open an issue");
        }
    });
    if (!text.empty() && !text.ends_with('\n')) {
        out.push_back({std::string{path}, 0, "no newline at the end: add one"});
    }
    return out;
}

faults check_columns(std::string_view path, std::string_view text)
{
    faults out;
    each_line(text, [&](int number, std::string_view line) {
        auto const columns = columns_of(line);
        if (columns <= columns_max) return;
        out.push_back(
            {std::string{path},
             number,
             fmt::format("{} columns: break the line at {}", columns, columns_max)}
        );
    });
    return out;
}

struct banned {
    // One of these stands in every line that `what` matches; looking for it is far cheaper.
    std::vector<std::string_view> signs;
    std::regex what;
    char const* instead;
    bool (*applies)(std::string_view path);
};

static bool anywhere(std::string_view)
{
    return true;
}

// What other processes do can only be polled.
static bool but_end_to_end(std::string_view path)
{
    return !is_in(path, "tests/end_to_end/") && !is_in(path, "tests/support/");
}

static bool but_in_tests(std::string_view path)
{
    return !is_in(path, "tests/");
}

static bool but_in_main(std::string_view path)
{
    return !path.ends_with("/main.cpp");
}

static bool in_the_engine(std::string_view path)
{
    return is_in(path, "harness/") && !is_in(path, "harness/cli/") &&
           path != "harness/base/assert.cpp";
}

static std::vector<banned> const& bans()
{
    static std::vector<banned> const all{
        {{"detached"},
         std::regex{R"(\basio::detached\b)"},
         "asio::detached: own the coroutine by net::task_group",
         but_in_main},
        {{"this_thread"},
         std::regex{R"(\bthis_thread::sleep_)"},
         "a sleep: wait for the event, or pass the instant in",
         but_end_to_end},
        {{"system(", "popen("},
         std::regex{R"((^|[^\w.:>])(std::|::)?(system|popen)\()"},
         "a shell: use posix_spawn with an argument list",
         but_in_tests},
        {{"printf(", "puts(", "std::c", "fmt::print"},
         std::regex{R"(\bv?[fs]?n?printf\(|\bf?puts\(|\bstd::(cout|cerr|clog)\b|\bfmt::print\()"},
         "output from the engine: return it, or use progress::note",
         in_the_engine},
        {{"const "},
         std::regex{R"(\bconst +(std::\w|(auto|char|int|bool|double|float|unsigned|long)\b))"},
         "const on the left: write `auto const`",
         anywhere},
        // Until C++23 only what stands last in the header is kept alive; `items()` refers to the
        // rest.
        {{".items()"},
         std::regex{R"(\bfor \(.*[:(.](value|parse)\(.*\)\.items\(\)\))"},
         "items() of a temporary: name it before the loop",
         anywhere},
    };
    return all;
}

static bool is_broken(banned const& ban, std::string_view line)
{
    auto const has = [&](std::string_view sign) { return line.find(sign) != line.npos; };
    return std::ranges::any_of(ban.signs, has) &&
           std::regex_search(line.begin(), line.end(), ban.what);
}

faults check_words(std::string_view path, std::string_view text)
{
    faults out;
    auto const code = blank(text);
    each_line(code, [&](int number, std::string_view line) {
        for (auto const& ban : bans()) {
            if (!ban.applies(path) || !is_broken(ban, line)) continue;
            out.push_back({std::string{path}, number, ban.instead});
        }
    });
    return out;
}

// The place after the brace that closes the one at `open`.
static std::size_t after_matching(std::string_view code, std::size_t open)
{
    int depth = 0;
    for (auto at = open; at < code.size(); ++at) {
        if (code[at] == '{') ++depth;
        if (code[at] == '}' && --depth == 0) return at + 1;
    }
    return code.size();
}

static std::size_t line_at(std::string_view text, std::size_t at)
{
    auto const before = text.substr(0, at);
    return static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
}

// `head` is what stands before an opening brace, back to the last statement or block.
static bool opens_scope(std::string_view head)
{
    if (has_word(head, "namespace") || has_word(head, "extern")) return true;
    if (head.find('(') != head.npos) return false;
    auto const is_type = [&](std::string_view word) { return has_word(head, word); };
    return std::ranges::any_of(std::array{"class", "struct", "union", "enum"}, is_type);
}

// A brace among the arguments of a call: `values(row{1}, row{2})`.
static bool is_argument(std::string_view head)
{
    return std::ranges::count(head, '(') > std::ranges::count(head, ')');
}

// A brace right behind a name initialises something: `name_{0}`.
static bool initialises(std::string_view code, std::size_t brace)
{
    if (brace == 0) return false;
    auto const before = static_cast<unsigned char>(code[brace - 1]);
    return std::isalnum(before) != 0 || before == '_' || before == '>' || before == ']';
}

static void check_function(
    std::string_view path, std::string_view code, std::size_t open, std::size_t end, faults& out
)
{
    auto const first = line_at(code, open);
    auto const lines = line_at(code, end - 1) - first + 1;
    if (lines <= function_lines_max) return;
    out.push_back(
        {std::string{path},
         static_cast<int>(first),
         fmt::format("a function of {} lines: split it, {} at most", lines, function_lines_max)}
    );
}

static void check_functions(std::string_view path, std::string_view code, faults& out)
{
    std::size_t head = 0;
    for (std::size_t at = 0; at < code.size(); ++at) {
        if (code[at] == ';' || code[at] == '}') head = at + 1;
        if (code[at] != '{') continue;
        auto const before = code.substr(head, at - head);
        if (initialises(code, at) || is_argument(before)) {
            at = after_matching(code, at) - 1;
        } else if (opens_scope(before)) {
            head = at + 1;
        } else {
            auto const end = after_matching(code, at);
            if (before.find('(') != before.npos) check_function(path, code, at, end, out);
            at = end - 1;
            head = end;
        }
    }
}

faults check_lengths(std::string_view path, std::string_view text)
{
    faults out;
    auto const is_test = is_in(path, "tests/") || path.ends_with("_test.cpp");
    auto const lines_max = is_test ? test_lines_max : file_lines_max;
    auto const lines = lines_of(text).size();
    if (lines > lines_max) {
        out.push_back(
            {std::string{path},
             static_cast<int>(lines),
             fmt::format("a file of {} lines: split it by subject, {} at most", lines, lines_max)}
        );
    }
    check_functions(path, blank(text), out);
    return out;
}

faults check_guard(std::string_view path, std::string_view text)
{
    for (auto const line : lines_of(text)) {
        if (line == "#pragma once") return {};
    }
    return {{std::string{path}, 1, "no include guard: begin with #pragma once"}};
}

} // namespace watertight::house
