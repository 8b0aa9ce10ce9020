#pragma once

#include "harness/base/text.hpp"
#include "reports/reports.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::reports {

inline constexpr std::string_view no_break = "\u00a0";

enum class tone { plain, strong, good, bad, doubt, faint };

struct labelled_line {
    std::string label;
    std::string text;
    std::size_t indent = 2;
    std::size_t label_width = 10;
    tone of_label = tone::faint;
};

// Text whose spaces are not to be broken at: a number and its unit.
inline std::string glued(std::string text)
{
    return replace_all(std::move(text), " ", no_break);
}

// Text that knows how wide it may be. Foreign text goes through visible(), so that an answer of the
// target cannot move the cursor of whoever reads about it.
class page {
public:
    explicit page(terminal_style style) : style_{style}
    {
        style_.width = std::max<std::size_t>(style.width, 40);
    }

    std::string paint(tone t, std::string const& text) const
    {
        if (!style_.colour || t == tone::plain) return text;
        static constexpr std::string_view codes[]{"", "1", "32", "1;31", "33", "2"};
        return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(t)], text);
    }

    void blank() { text_ += '\n'; }

    void heading(std::string const& text)
    {
        blank();
        text_ += paint(tone::strong, text) + "\n";
    }

    // Wrapped, each line indented.
    void paragraph(std::string_view text, std::size_t indent, tone t = tone::plain)
    {
        for (auto const& line : wrap(visible(text), style_.width - indent)) {
            if (!line.empty()) text_ += std::string(indent, ' ') + paint(t, loosened(line));
            text_ += '\n';
        }
    }

    // "label   text", the text wrapped in its own column.
    void labelled(labelled_line const& l)
    {
        auto const column = l.indent + l.label_width;
        auto label = l.label + " ";
        label.append(l.label_width - std::min(l.label_width, columns(label)), ' ');
        // A label that is too wide for its column has the line to itself.
        bool const alone = columns(label) > l.label_width || l.text.empty();
        text_ += std::string(l.indent, ' ') + paint(l.of_label, alone ? l.label : label);
        if (alone) text_ += '\n';
        if (l.text.empty()) return;
        bool first = !alone;
        for (auto const& line : wrap(visible(l.text), style_.width - column)) {
            if (!first) text_ += std::string(column, ' ');
            text_ += loosened(line) + "\n";
            first = false;
        }
    }

    std::size_t width() const noexcept { return style_.width; }

    // Cells beside each other, each in a column as wide as `widths` says. None is wrapped.
    void row(std::vector<std::string> const& cells, std::vector<std::size_t> const& widths, tone t)
    {
        std::string line;
        for (std::size_t i = 0; i < std::min(cells.size(), widths.size()); ++i) {
            auto const cell = replace_all(visible(cells[i]), "\n", " ");
            line += "  " + cell;
            line.append(widths[i] - std::min(widths[i], columns(cell)), ' ');
        }
        while (line.ends_with(' ')) line.pop_back();
        text_ += paint(t, line) + "\n";
    }

    // As it is, however long: something to paste.
    void verbatim(std::string_view text, std::size_t indent)
    {
        text_ += std::string(indent, ' ') + visible(text) + "\n";
    }

    std::string take() { return std::move(text_); }

private:
    static std::string loosened(std::string const& line)
    {
        return replace_all(line, no_break, " ");
    }

    terminal_style style_;
    std::string text_;
};

} // namespace watertight::reports
