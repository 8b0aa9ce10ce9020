#include "tests/unit/reports/hostile.hpp"

#include "tests/unit/reports/sample.hpp"

using namespace watertight;

std::vector<std::string> const& hostile_texts()
{
    static auto const all = [] {
        std::vector<std::string> out{
            "<script>alert(1)</script><img src=x onerror=alert(1)>",
            "\"><svg/onload=alert(1)> ' \" ]]> <!--",
            "a|b\n| c | d |\n\n# heading\n- item\n> quote",
            "```\n````\n</details>\n~~~\n`code`",
            "[click](javascript:alert(1)) ![x](http://evil.example/x.png) www.evil.example",
            "@everyone #1 https://evil.example/?q=1 *bold* __bold__ &lt;b&gt;",
            "%0A::error title=forged::forged\n::error::forged\r\n::set-output name=a::b",
            "title,file=x::y:z,%25,%2C",
            "\\\" } 1\nforged_total 1\n# EOF\n\\",
            "{0} {{1}} [link](0) {id}",
            "\x1b[31mred\x1b[0m \xc2\x9b"
            "31m \xe2\x80\xae reversed",
            "\xff\xfe\xed\xa0\x80\xf5 \xc3",
        };
        std::string controls;
        for (char c = 1; c < 0x20; ++c) controls += c;
        controls += '\0';
        controls += "\x7f";
        out.push_back(std::move(controls));
        return out;
    }();
    return all;
}

static void fill_finding(evidence::finding& f, std::string const& text)
{
    for (auto* const field :
         {&f.title,
          &f.detail,
          &f.victim,
          &f.intruder,
          &f.channel,
          &f.position,
          &f.token,
          &f.reproduction,
          &f.remedy,
          &f.probe,
          &f.cwe,
          &f.owasp,
          &f.asvs})
    {
        *field = text;
    }
    f.pairs = {{text, text}};
    f.exchanges = {
        {text, text, text},
        {text,
         "GET /" + text + " HTTP/1.1\r\nX-" + text + ": " + text + "\r\n\r\n" + text,
         "HTTP/1.1 200 " + text + "\r\n" + text + ": " + text + "\r\n: none\r\n\r\n" + text}};
}

void fill_comparison(verdict::baseline_comparison& c, std::string const& text)
{
    auto& all = c.changes;
    c.runs = {{text, text, verdict::overall::passed}};
    all.regressions = all.notes = {text};
    verdict::compared_finding const f{text, text, {}, text, text};
    all.appeared = all.gone = all.persisting = {f};
    all.criteria = all.probes = {{text, text, text + "x", text, text}};
    all.metrics.resize(2);
    all.metrics[0].name = all.metrics[1].name = all.metrics[0].basis = text;
    all.metrics[0].interval = {-1, 1};
    all.metrics[1].kind = verdict::change_kind::worse;
}

verdict::run_result hostile_result(std::string const& text)
{
    auto r = sample_result();
    fill_finding(r.findings[0], text);
    fill_comparison(*r.comparison, text);
    for (auto* const field :
         {&r.criteria[0].id,
          &r.criteria[0].statement,
          &r.criteria[0].measured,
          &r.criteria[0].limit,
          &r.criteria[0].note,
          &r.criteria[0].answers,
          &r.criteria[0].place.file,
          &r.probes[0].title,
          &r.probes[0].reason,
          &r.probes[0].layer,
          &r.probes[0].rationale,
          &r.probes[2].id,
          &r.probes[2].reason,
          &r.operations[0].name,
          &r.tenants[0].slug,
          &r.phases[1].name,
          &r.coverage[1].name,
          &r.drill.phases[0].name,
          &r.scenario_name,
          &r.scenario_file,
          &r.target,
          &r.command_line,
          &r.summary,
          &r.run_id,
          &r.started_at,
          &r.finished_at,
          &r.tool_version})
    {
        *field = text;
    }
    r.environment[text] = text;
    r.environment["host"] = text;
    r.metrics[text] = 1;
    r.operations[0].errors[text] = 1;
    r.notes = r.errors = {text};
    r.waived[r.findings[1].fingerprint()] = text;
    r.places = {{text, {text, 7, 1}}};
    return r;
}
