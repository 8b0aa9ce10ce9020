#include "harness/base/clock.hpp"
#include "reports/html/markup.hpp"
#include "reports/html/sections.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

namespace watertight::reports::sections {

using evidence::finding;
using markup::esc;

static std::string_view tone_of(evidence::severity s)
{
    if (s == evidence::severity::critical || s == evidence::severity::high) return "bad";
    return s == evidence::severity::info ? "" : "doubt";
}

static void term(std::string& out, std::string_view name, std::string const& content)
{
    if (!content.empty()) out += fmt::format("<dt>{}</dt><dd>{}</dd>", name, content);
}

static std::string code(std::string_view text)
{
    return text.empty() ? std::string{} : "<code>" + esc(text) + "</code>";
}

static std::string seen(finding const& f)
{
    auto text = counted(f.count, "time");
    if (f.pairs.size() > 1) text += " between " + counted(f.pairs.size(), "tenant pair");
    if (f.first != wall::time_point{}) text += ", first " + rfc3339(f.first);
    if (f.last != f.first) text += ", last " + rfc3339(f.last);
    return text;
}

static std::string classification(finding const& f)
{
    std::string out;
    for (auto const* const id : {&f.cwe, &f.owasp, &f.asvs}) {
        if (id->empty()) continue;
        out += (out.empty() ? "" : ", ") + esc(*id);
    }
    return out;
}

static std::string facts(finding const& f)
{
    std::string out;
    term(out, "Victim", esc(f.victim));
    term(out, "Intruder", esc(f.intruder));
    term(out, "Channel", code(f.channel));
    term(out, "Guarantee", esc(to_string(f.kind)));
    term(out, "Probe", code(f.probe));
    term(out, "Seen", esc(seen(f)));
    if (!f.token.empty()) {
        auto text = "<mark class=\"mono\">" + esc(f.token) + "</mark>";
        if (!f.position.empty()) text += " in " + esc(f.position);
        term(out, "Proof", text);
    }
    term(out, "Classes", classification(f));
    term(out, "Fingerprint", code(f.fingerprint()));
    return "<dl>" + out + "</dl>\n";
}

static std::string exchange_block(evidence::message_pair const& m, std::string_view token)
{
    auto out = "<div class=\"exchange\"><p>" + esc(m.title) + "</p>";
    if (!m.request.empty()) {
        out += "<pre class=\"request\">" + markup::marked(m.request, token) + "</pre>";
    }
    if (!m.response.empty()) out += "<pre>" + markup::marked(m.response, token) + "</pre>";
    return out + "</div>\n";
}

// Many findings are easier to look through with their evidence folded.
static std::string exchanges(finding const& f, bool open)
{
    if (f.exchanges.empty()) return {};
    std::string inner;
    for (auto const& m : f.exchanges) inner += exchange_block(m, f.token);
    return fmt::format(
        "<h4>Evidence</h4><details{}><summary>{}</summary>"
        "<div class=\"exchanges\">{}</div></details>\n",
        open ? " open" : "",
        counted(f.exchanges.size(), "exchange"),
        inner
    );
}

static std::string article(run_result const& r, finding const& f, std::size_t index, bool open)
{
    auto const waived = r.waived.find(f.fingerprint());
    bool const is_known = waived != r.waived.end();
    auto out = fmt::format(
        "<article class=\"card finding{}\" id=\"finding-{}\">\n<div class=\"title\">{}{}"
        "<h3>{}</h3></div>\n",
        is_known ? " waived" : "",
        index,
        markup::badge(tone_of(f.level), to_string(f.level)),
        is_known ? markup::badge("doubt", "waived " + waived->second) : "",
        esc(f.title)
    );
    if (!f.detail.empty()) out += "<p>" + esc(f.detail) + "</p>\n";
    out += facts(f);
    if (!f.reproduction.empty()) out += "<h4>Reproduce</h4>" + markup::paste(f.reproduction);
    out += exchanges(f, open);
    if (!f.remedy.empty()) out += "<h4>Remedy</h4><p>" + esc(f.remedy) + "</p>\n";
    return out + "</article>\n";
}

std::string findings(run_result const& r)
{
    if (r.findings.empty()) return {};
    constexpr std::size_t unfolded_max = 5;
    std::string body;
    std::size_t index = 0;
    for (auto const& f : r.findings) {
        body += article(r, f, index, r.findings.size() <= unfolded_max);
        ++index;
    }
    return markup::section(
        {.id = "findings",
         .title = "Findings",
         .lead = "each violation once, however often it was seen; the proof is highlighted",
         .body = body}
    );
}

} // namespace watertight::reports::sections
