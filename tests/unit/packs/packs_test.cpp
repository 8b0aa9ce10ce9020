// How: the README of each pack has a row per requirement, whose last cell names what answers it.
// Every id has to be there, and every name has to be something that exists.
#include "harness/base/text.hpp"
#include "probes/catalogue.hpp"
#include "tests/unit/packs/pack_files.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace watertight::packs {

namespace fs = std::filesystem;

// Which ids a pack has to answer: <prefix>01 to <prefix><count>.
struct requirements {
    std::string_view prefix;
    std::size_t count;
};

static std::map<std::string, requirements, std::less<>> const& required()
{
    static std::map<std::string, requirements, std::less<>> const all{
        {"mis", {"M", 24}},
        {"zoptal", {"Z", 22}},
        {"user-integers", {"U", 23}},
        {"proptech", {"P", 14}},
        {"dittofeed", {"D", 20}},
    };
    return all;
}

static std::vector<std::string> packs()
{
    std::vector<std::string> out;
    for (auto const& entry : fs::directory_iterator{WT_SOURCE_DIR "/scenarios"}) {
        if (fs::exists(entry.path() / "scenario.yaml")) out.push_back(entry.path().filename());
    }
    return out;
}

static std::string scenario_of(std::string const& pack)
{
    return fmt::format("{}/scenarios/{}/scenario.yaml", WT_SOURCE_DIR, pack);
}

static std::vector<row> rows_of(std::string const& pack)
{
    auto const path = fmt::format("{}/scenarios/{}/README.md", WT_SOURCE_DIR, pack);
    auto const at = required().find(pack);
    if (at == required().end()) return {};
    return table_rows(read_file(path).value(), at->second.prefix);
}

static bool is_probe(std::string_view id)
{
    return std::ranges::any_of(probes::catalogue(), [&](auto const& u) {
        return u.what->id == id;
    });
}

static bool is_lint(std::string_view id)
{
    return std::ranges::any_of(probes::postgres_lints(), [&](auto const& u) {
        return u.what.id == id;
    });
}

// A command line, for what a person or a schedule runs: `watertight run --repeat 10m`.
static bool is_command(std::string_view name)
{
    auto const words = split(name, ' ');
    static std::set<std::string_view> const commands{
        "run", "probe", "load", "drill", "lint", "report", "compare", "cleanup", "lab"};
    return words.size() >= 2 && words[0] == "watertight" && commands.contains(words[1]);
}

static bool exists(reference const& r, names const& known, std::string const& scenario)
{
    if (is_command(r.name)) return true;
    if (r.kind == "probe") return is_probe(r.name);
    if (r.kind == "lint") return is_lint(r.name);
    if (r.kind == "section") return has_section(scenario, r.name);
    auto const of_kind = known.find(r.kind);
    return of_kind != known.end() && of_kind->second.contains(r.name);
}

TEST(Packs, AreThere)
{
    EXPECT_GE(packs().size(), 2U);
    for (auto const& pack : packs())
        EXPECT_TRUE(required().contains(pack)) << pack << ": which ids does it answer?";
}

TEST(Packs, AnswerEveryRequirementOnce)
{
    for (auto const& pack : packs()) {
        auto const& wanted = required().at(pack);
        std::map<std::string, int> times;
        for (auto const& r : rows_of(pack)) ++times[r.id];
        for (std::size_t n = 1; n <= wanted.count; ++n) {
            auto const id = fmt::format("{}{:02}", wanted.prefix, n);
            EXPECT_EQ(times[id], 1) << pack << ": " << id;
        }
        EXPECT_EQ(times.size(), wanted.count) << pack << " has ids that nobody asked for";
    }
}

TEST(Packs, SayWhatIsCheckedAndByWhat)
{
    for (auto const& pack : packs()) {
        for (auto const& r : rows_of(pack)) {
            EXPECT_FALSE(r.what.empty()) << pack << ": " << r.id;
            auto const is_later = r.by.find("comes with") != r.by.npos;
            EXPECT_TRUE(is_later || !references_in(r.by).empty()) << pack << ": " << r.id;
        }
    }
}

TEST(Packs, NameNothingThatDoesNotExist)
{
    for (auto const& pack : packs()) {
        auto const scenario = scenario_of(pack);
        auto const known = names_in(scenario);
        for (auto const& r : rows_of(pack)) {
            for (auto const& named : references_in(r.by)) {
                EXPECT_TRUE(exists(named, known, scenario))
                    << pack << ": " << r.id << " names " << named.kind << " '" << named.name << "'";
            }
        }
    }
}

TEST(PackFiles, ReadRowsAndReferences)
{
    auto const rows =
        table_rows("| id | a | b |\n|---|---|---|\n| M01 | x | probe `p.q` |\n", "M0");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].what, "x");

    auto const named = references_in("section `tenants` (members), Criterion `p95`; `alone`");
    ASSERT_EQ(named.size(), 3U);
    EXPECT_EQ(named[0].kind, "section");
    EXPECT_EQ(named[1].kind, "criterion");
    EXPECT_EQ(named[1].name, "p95");
    EXPECT_EQ(named[2].kind, "");
}

TEST(PackFiles, FindWhatAScenarioHas)
{
    auto const mis = scenario_of("mis");
    auto const known = names_in(mis);

    EXPECT_TRUE(known.at("criterion").contains("p95"));
    EXPECT_TRUE(known.at("operation").contains("users.search"));
    EXPECT_TRUE(known.at("drill").contains("forward.sql"));
    EXPECT_FALSE(known.at("phase").contains("unheard_of"));
    EXPECT_TRUE(has_section(mis, "target.session"));
    EXPECT_FALSE(has_section(mis, "target.sessions"));
}

} // namespace watertight::packs
