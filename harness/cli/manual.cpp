#include "harness/cli/manual.hpp"

#include "harness/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace watertight::cli {

namespace {

// "lab score" as well as "lab".
struct command_line_part {
    std::string name;
    CLI::App const* app = nullptr;
};

void collect(CLI::App const& from, std::string const& prefix, std::vector<command_line_part>& out)
{
    for (auto const* const sub : from.get_subcommands({})) {
        auto const name = prefix.empty() ? sub->get_name() : prefix + " " + sub->get_name();
        out.push_back({name, sub});
        collect(*sub, name, out);
    }
}

std::vector<command_line_part> commands_of(CLI::App const& app)
{
    std::vector<command_line_part> out;
    collect(app, "", out);
    return out;
}

std::vector<std::string> spellings_of(CLI::Option const& o)
{
    std::vector<std::string> out;
    for (auto const& name : o.get_snames()) out.push_back("-" + name);
    for (auto const& name : o.get_lnames()) out.push_back("--" + name);
    return out;
}

bool takes_value(CLI::Option const& o)
{
    return o.get_type_size() != 0 && !o.get_type_name().empty();
}

// roff takes a dot or an apostrophe at a line's start, and backslashes, for its own.
std::string for_roff(std::string_view text)
{
    auto out = replace_all(replace_all(std::string{text}, "\\", "\\e"), "-", "\\-");
    out = replace_all(std::move(out), "\n.", "\n\\&.");
    out = replace_all(std::move(out), "\n'", "\n\\&'");
    return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

void add_option(std::string& out, CLI::Option const& o)
{
    auto names = spellings_of(o);
    if (names.empty()) names.push_back(o.get_name(true));
    std::vector<std::string> bold;
    for (auto const& name : names) bold.push_back("\\fB" + for_roff(name) + "\\fR");
    auto const value = takes_value(o) && o.nonpositional() ? " \\fIVALUE\\fR" : "";
    auto const usual = o.get_default_str();
    out += fmt::format(
        ".TP\n{}{}\n{}{}\n",
        join(bold, ", "),
        value,
        for_roff(o.get_description()),
        usual.empty() ? "" : for_roff(fmt::format(" (default: {})", usual))
    );
}

void add_command(std::string& out, command_line_part const& c)
{
    out += fmt::format(
        ".SS watertight {}\n{}.\n", for_roff(c.name), for_roff(c.app->get_description())
    );
    for (auto const* const o : c.app->get_options()) add_option(out, *o);
    auto const footer = c.app->get_footer();
    if (!footer.empty()) out += fmt::format(".PP\n.nf\n{}\n.fi\n", for_roff(footer));
}

std::string words(CLI::App const& app)
{
    std::vector<std::string> out;
    for (auto const* const sub : app.get_subcommands({})) out.push_back(sub->get_name());
    for (auto const* const o : app.get_options()) {
        for (auto& name : spellings_of(*o)) out.push_back(std::move(name));
    }
    return join(out, " ");
}

std::string bash_script(CLI::App const& app)
{
    std::string cases;
    for (auto const& c : commands_of(app)) {
        cases += fmt::format("    '{}') words='{}' ;;\n", c.name, words(*c.app));
    }
    return fmt::format(
        R"(# bash completion for watertight
_watertight() {{
  local word command='' words cur=${{COMP_WORDS[COMP_CWORD]}}
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case " {1} " in
      *" ${{command:+$command-}}$word "*) command=${{command:+$command }}$word ;;
    esac
  done
  case $command in
{0}    *) words='{2}' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ $cur == -* ]] || COMPREPLY+=($(compgen -f -- "$cur"))
}}
complete -o filenames -F _watertight watertight
)",
        cases,
        [&] {
            std::vector<std::string> names;
            for (auto const& c : commands_of(app)) names.push_back(replace_all(c.name, " ", "-"));
            return join(names, " ");
        }(),
        words(app)
    );
}

// Within single quotes of a zsh specification "[...]".
std::string for_zsh(std::string text)
{
    text = replace_all(std::move(text), "'", "'\\''");
    text = replace_all(std::move(text), "[", "\\[");
    text = replace_all(std::move(text), "]", "\\]");
    return replace_all(std::move(text), ":", "\\:");
}

void add_zsh_options(std::string& out, CLI::App const& app)
{
    for (auto const* const o : app.get_options()) {
        for (auto const& name : spellings_of(*o)) {
            auto const repeats = o->get_items_expected_max() > 1 ? "*" : "";
            out += fmt::format(
                "      '{}{}[{}]{}' \\\n",
                repeats,
                name,
                for_zsh(o->get_description()),
                takes_value(*o) ? ":value:_files" : ""
            );
        }
    }
    out += "      '*:file:_files'\n";
}

std::string zsh_script(CLI::App const& app)
{
    std::string list;
    std::string cases;
    for (auto const* const sub : app.get_subcommands({})) {
        list += fmt::format("    '{}:{}'\n", sub->get_name(), for_zsh(sub->get_description()));
        cases += fmt::format("  {})\n    _arguments -s \\\n", sub->get_name());
        add_zsh_options(cases, *sub);
        cases += "    ;;\n";
    }
    return fmt::format(
        "#compdef watertight\n"
        "_watertight() {{\n"
        "  local -a commands\n"
        "  commands=(\n{}  )\n"
        "  if (( CURRENT == 2 )); then\n"
        "    _describe command commands\n"
        "    return\n"
        "  fi\n"
        "  local command=$words[2]\n"
        "  shift words\n"
        "  (( CURRENT-- ))\n"
        "  case $command in\n{}  esac\n"
        "}}\n"
        "compdef _watertight watertight\n",
        list,
        cases
    );
}

std::string for_fish(std::string_view text)
{
    return replace_all(replace_all(std::string{text}, "\\", "\\\\"), "'", "\\'");
}

std::string fish_script(CLI::App const& app)
{
    std::string out = "# fish completion for watertight\n";
    for (auto const* const sub : app.get_subcommands({})) {
        out += fmt::format(
            "complete -c watertight -n __fish_use_subcommand -f -a {} -d '{}'\n",
            sub->get_name(),
            for_fish(sub->get_description())
        );
        for (auto const* const o : sub->get_options()) {
            std::string names;
            for (auto const& name : o->get_snames()) names += " -s " + name;
            for (auto const& name : o->get_lnames()) names += " -l " + name;
            if (names.empty()) continue;
            out += fmt::format(
                "complete -c watertight -n '__fish_seen_subcommand_from {}'{}{} -d '{}'\n",
                sub->get_name(),
                names,
                takes_value(*o) ? " -r" : "",
                for_fish(o->get_description())
            );
        }
    }
    return out;
}

} // namespace

std::string manual_page(CLI::App const& app)
{
    auto const text = app.get_description();
    auto const first = text.substr(0, text.find("\n\n"));
    auto const rest = text.substr(std::min(first.size(), text.size()));
    auto out = fmt::format(
        ".TH WATERTIGHT 1 \"\" \"watertight {}\" \"User Commands\"\n"
        ".SH NAME\nwatertight \\- prove that tenants of a service are isolated\n"
        ".SH SYNOPSIS\n\\fBwatertight\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
        ".SH DESCRIPTION\n{}\n.PP\n.nf\n{}\n.fi\n.SH COMMANDS\n",
        WT_VERSION,
        for_roff(first),
        for_roff(trim(rest))
    );
    for (auto const& c : commands_of(app)) add_command(out, c);
    out +=
        ".SH ENVIRONMENT\n.TP\n\\fBNO_COLOR\\fR\nNo colours on a terminal.\n"
        ".TP\n\\fICapital names\\fR\nFill ${NAME} in a scenario, unless \\fB\\-\\-env\\-file\\fR "
        "does.\n";
    return out;
}

std::string completion_script(CLI::App const& app, std::string const& shell)
{
    if (shell == "zsh") return zsh_script(app);
    return shell == "fish" ? fish_script(app) : bash_script(app);
}

} // namespace watertight::cli
