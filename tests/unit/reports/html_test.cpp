#include "harness/base/text.hpp"
#include "reports/html/markup.hpp"
#include "reports/reports.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/hostile.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <filesystem>
#include <regex>

using namespace watertight;
using reports::html;

static std::string between(std::string const& text, std::string_view from, std::string_view to)
{
    auto const begin = text.find(from);
    if (begin == text.npos) return {};
    auto const end = text.find(to, begin + from.size());
    return text.substr(begin + from.size(), end - begin - from.size());
}

// Scripts and style are files of their own; what is pinned is what the sections make.
TEST(HtmlReport, LooksAsItDid)
{
    expect_golden("report_body.html", between(html(sample_result()), "<body>\n", "<script") + "\n");
}

TEST(HtmlReport, HoldsTheResultUnchanged)
{
    auto const r = sample_result();
    auto const data =
        between(html(r), R"(<script type="application/json" id="result">)", "</script>");

    auto const back = verdict::from_json(data);

    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(verdict::to_json(*back), verdict::to_json(r));
}

TEST(HtmlReport, AsksTheNetworkForNothing)
{
    auto const page = html(sample_result());
    auto const body = between(page, "<body>", "<script");
    auto const style = between(page, "<style>", "</style>");
    EXPECT_FALSE(std::regex_search(style, std::regex{R"(url\(|@import)"}));
    EXPECT_FALSE(std::regex_search(body, std::regex{R"(<(img|link|iframe|object|embed|video)\b)"}));
    std::regex const link{R"x(href="([^"]*)")x"};
    for (std::sregex_iterator at{body.begin(), body.end(), link}, end; at != end; ++at) {
        EXPECT_EQ((*at)[1].str()[0], '#') << (*at)[0];
    }
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
}

TEST(HtmlReport, LeadsEachLinkToSomethingOnThePage)
{
    auto const page = html(sample_result());
    std::regex const link{R"x(href="#([^"]*)")x"};
    for (std::sregex_iterator at{page.begin(), page.end(), link}, end; at != end; ++at) {
        EXPECT_NE(page.find("id=\"" + (*at)[1].str() + "\""), std::string::npos) << (*at)[0];
    }
}

static verdict::run_result filled_with(std::string const& hostile)
{
    auto r = sample_result();
    auto& f = r.findings[0];
    for (auto* const text :
         {&f.title,
          &f.detail,
          &f.victim,
          &f.intruder,
          &f.channel,
          &f.position,
          &f.reproduction,
          &f.remedy,
          &f.probe,
          &f.cwe,
          &f.exchanges[0].title,
          &f.exchanges[0].request,
          &f.exchanges[0].response,
          &r.criteria[0].id,
          &r.criteria[0].statement,
          &r.criteria[0].measured,
          &r.criteria[0].limit,
          &r.criteria[0].note,
          &r.criteria[0].answers,
          &r.probes[0].id,
          &r.probes[0].title,
          &r.probes[0].reason,
          &r.probes[0].rationale,
          &r.operations[0].name,
          &r.tenants[0].slug,
          &r.tenants[0].plan,
          &r.phases[1].name,
          &r.phases[1].note,
          &r.coverage[0].kind,
          &r.coverage[1].name,
          &r.coverage[2].by,
          &r.drill.phases[0].name,
          &r.drill.phases[1].note,
          &r.drill.steps[0].name,
          &r.drill.steps[0].output,
          &r.drill.steps[0].kind,
          &r.drill.fingerprints[0].object,
          &r.drill.note,
          &r.drill.stopped_at,
          &r.drill.tenants[0].slug,
          &r.scenario_name,
          &r.scenario_file,
          &r.target,
          &r.command_line,
          &r.summary,
          &r.run_id,
          &r.started_at,
          &r.tool_version})
    {
        *text = hostile;
    }
    fill_comparison(*r.comparison, hostile);
    f.pairs = {{hostile, "x"}};
    r.environment[hostile] = hostile;
    r.metrics[hostile] = 1;
    r.operations[0].errors[hostile] = 1;
    r.notes = r.errors = {hostile};
    r.waived[r.findings[1].fingerprint()] = hostile;
    return r;
}

// Every element of the page is one that the page's own code writes.
TEST(HtmlReport, LetsNoTextOfTheRunBecomeMarkup)
{
    for (auto const* const hostile :
         {"<script>alert(1)</script>",
          "\"><img src=x onerror=alert(1)>",
          "' onmouseover='alert(1)",
          "</script><script>alert(1)</script>",
          "<!--<script>",
          "]]><svg onload=alert(1)>",
          "{{script}}",
          "javascript:alert(1)",
          "</style><b>",
          "</textarea></pre></title>"})
    {
        auto const page = html(filled_with(hostile));
        auto const title = between(page, "<title>", "</title>");
        auto const body = between(page, "<body>", R"(<script type="application/json")");
        EXPECT_EQ(title.find('<'), std::string::npos) << hostile;
        EXPECT_EQ(body.find("<script"), std::string::npos) << hostile;
        EXPECT_EQ(body.find("<img"), std::string::npos) << hostile;
        EXPECT_EQ(body.find("<b>alert"), std::string::npos) << hostile;
        EXPECT_EQ(body.find("<svg onload"), std::string::npos) << hostile;
        EXPECT_EQ(body.find("<!--"), std::string::npos) << hostile;
        EXPECT_EQ(body.find("</style>"), std::string::npos) << hostile;
        // Without what stands in quotes, an attribute that acts would be left over.
        auto const tags = std::regex_replace(body, std::regex{R"("[^"]*")"}, "");
        EXPECT_FALSE(std::regex_search(tags, std::regex{R"(<[^>]*\son[a-z]+\s*=)"})) << hostile;
        auto const data =
            between(page, R"(<script type="application/json" id="result">)", "</script>");
        EXPECT_EQ(data.find_first_of("<>&"), std::string::npos) << hostile;
        EXPECT_TRUE(nlohmann::json::accept(data)) << hostile;
    }
}

TEST(Markup, MarksTheTokenWhereverItStands)
{
    EXPECT_EQ(
        reports::markup::marked("<a> ZQ7K <b> zq7k", "zq7k"),
        "&lt;a&gt; <mark>ZQ7K</mark> &lt;b&gt; <mark>zq7k</mark>"
    );
    EXPECT_EQ(reports::markup::marked("a&b", ""), "a&amp;b");
}

TEST(Markup, DoesNotLookIntoWhatItHasFilledIn)
{
    EXPECT_EQ(reports::markup::fill("{{a}}-{{b}}", {{"a", "{{b}}"}, {"b", "x"}}), "{{b}}-x");
}

static std::string changes_of(verdict::run_result const& r)
{
    return between(html(r), R"(<section id="changes">)", "</section>");
}

TEST(HtmlReport, ShowsHowTheRunDiffersFromItsBaseline)
{
    auto r = sample_result();
    auto& metrics = r.comparison->changes.metrics;
    auto const p95 = std::ranges::find(metrics, "latency.p95", &verdict::metric_change::name);
    ASSERT_NE(p95, metrics.end());
    p95->kind = verdict::change_kind::worse;
    p95->interval = {100, 900};
    p95->basis = "4,915 and 5,012 requests";

    auto const shown = changes_of(r);

    for (std::string_view const part :
         {"run r-2026-03-07-51c2",
          "4 regressions",
          "<span class=\"badge bad\">new</span>",
          "A list shows what others own",
          "criterion <strong>isolation</strong>",
          "probe <strong>api.object_read</strong>",
          "<span class=\"badge good\">better</span></td><td><code>availability</code>",
          "<span class=\"badge bad\">worse</span></td><td><code>latency.p95</code>",
          "+0.8% to +7.6%",
          "4,915 and 5,012 requests"})
    {
        EXPECT_NE(shown.find(part), std::string::npos) << part << "\n" << shown;
    }
}

TEST(HtmlReport, ShowsOfManyTenantsTheWorstPairsAndAMapOfAll)
{
    auto r = sample_result();
    auto const pattern = r.findings.at(0);
    r.findings.clear();
    r.tenants.clear();
    for (int i = 0; i < 200; ++i) {
        verdict::tenant_outcome t;
        t.slug = "t" + std::to_string(i);
        r.tenants.push_back(t);
    }
    auto const add = [&](std::string victim, std::string intruder) {
        auto f = pattern;
        f.pairs.clear();
        f.victim = std::move(victim);
        f.intruder = std::move(intruder);
        r.findings.push_back(f);
    };
    for (int i = 0; i < 100; ++i) add("t" + std::to_string(i), "t" + std::to_string(199 - i));
    add("t99", "t100");

    auto const section = between(html(r), "<section id=\"pairs\"", "</section>");

    EXPECT_NE(section.find("<th scope=\"row\">t99</th>"), section.npos) << section;
    EXPECT_NE(section.find("2 findings of t99 reached by t100\">2</a>"), section.npos) << section;
    std::regex const point{"<rect "};
    EXPECT_EQ(std::distance(std::sregex_iterator{section.begin(), section.end(), point}, {}), 100);
    EXPECT_LT(section.size(), 40'000U);
}

TEST(HtmlReport, SaysSoIfNothingGotWorse)
{
    auto r = sample_result();
    auto const baseline = r;
    verdict::compare_with_baseline(r, {&baseline, 1});
    EXPECT_NE(changes_of(r).find("nothing got worse"), std::string::npos);
    r.comparison.reset();
    EXPECT_EQ(changes_of(r), "");
    EXPECT_EQ(html(r).find("#changes"), std::string::npos);
}

TEST(HtmlReport, OfAnEmptyResultIsAPage)
{
    EXPECT_NE(html({}).find("</html>"), std::string::npos);
}

TEST(AllReports, AreWrittenIntoAFolderThatIsMade)
{
    auto const root = std::filesystem::temp_directory_path() / ("wt-" + std::to_string(::getpid()));
    auto const done = reports::write_all(sample_result(), (root / "a" / "b").string());

    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(done->size(), 3U);
    for (auto const& w : *done) EXPECT_TRUE(std::filesystem::exists(w.path)) << w.path;
    EXPECT_TRUE(verdict::from_json(*read_file(done->at(0).path)));
    std::filesystem::remove_all(root);
}

TEST(AllReports, SayWhereTheyCouldNotBeWritten)
{
    auto const done = reports::write_all(sample_result(), "/dev/null/reports");
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find("/dev/null/reports"), std::string::npos);
}
