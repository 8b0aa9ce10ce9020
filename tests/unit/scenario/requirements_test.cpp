#include "tests/unit/scenario/documents.hpp"

#include <boost/regex.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

namespace watertight::scenario {

// How: the table in each pack's README.md is read as text; what it names in backquotes after
// `probe` and `criterion` must exist.

namespace {

std::string const root = WT_SOURCE_DIR;

struct row {
    std::string id;
    std::string what;
    std::string by;
};

/// A pack, and the ids that its table must have.
struct pack {
    std::string name;
    char letter;
    int ids;

    std::string folder() const { return root + "/scenarios/" + name; }
};

void PrintTo(pack const& p, std::ostream* out)
{
    *out << p.name;
}

std::vector<row> table(pack const& p)
{
    std::vector<row> out;
    auto const text = read_file(p.folder() + "/README.md").value();
    for (auto const line : split(text, '\n')) {
        if (!line.starts_with(fmt::format("| {}", p.letter))) continue;
        auto const cells = split(line, '|');
        if (cells.size() != 5) {
            ADD_FAILURE() << line;
            continue;
        }
        out.push_back(
            {std::string{trim(cells[1])}, std::string{trim(cells[2])}, std::string{trim(cells[3])}}
        );
    }
    return out;
}

std::vector<std::string> named(std::string const& text, std::string const& kind)
{
    std::vector<std::string> out;
    boost::regex const pattern{"\\b" + kind + " `([^`]+)`"};
    for (boost::sregex_iterator at{text.begin(), text.end(), pattern}, end; at != end; ++at) {
        out.push_back((*at)[1].str());
    }
    return out;
}

scenario scenario_of(pack const& p)
{
    return load(p.folder() + "/scenario.yaml", {.tolerate_unset = true}).value;
}

bool has_step(drill::plan const& p, std::string const& name)
{
    for (auto const* const steps : {&p.forward, &p.inject, &p.rollback, &p.finally}) {
        if (std::ranges::find(*steps, name, &drill::step::name) != steps->end()) return true;
    }
    return false;
}

class PackRequirements : public testing::TestWithParam<pack> {};

} // namespace

INSTANTIATE_TEST_SUITE_P(
    Packs,
    PackRequirements,
    testing::Values(pack{"mis", 'M', 24}, pack{"zoptal", 'Z', 22}),
    [](auto const& about) { return about.param.name; }
);

TEST_P(PackRequirements, EachIdHasOneRow)
{
    std::vector<std::string> expected;
    auto const& p = GetParam();
    for (int i = 1; i <= p.ids; ++i) expected.push_back(fmt::format("{}{:02}", p.letter, i));

    std::vector<std::string> ids;
    for (auto const& r : table(GetParam())) ids.push_back(r.id);

    EXPECT_EQ(ids, expected);
}

TEST_P(PackRequirements, EachRowNamesACheck)
{
    for (auto const& r : table(GetParam())) {
        EXPECT_FALSE(r.what.empty()) << r.id;
        auto const names_one = r.by.find('`') != std::string::npos;
        EXPECT_TRUE(names_one || r.by.starts_with("comes with ")) << r.id;
    }
}

TEST_P(PackRequirements, EachProbeNamedExists)
{
    std::size_t seen = 0;
    for (auto const& r : table(GetParam())) {
        for (auto const& id : named(r.by, "probe")) {
            auto const folder = root + "/probes/" + replace_all(id, ".", "/");
            EXPECT_TRUE(std::filesystem::exists(folder + "/probe.cpp")) << r.id << ": " << id;
            ++seen;
        }
    }
    EXPECT_GT(seen, 4U);
}

TEST_P(PackRequirements, EachCriterionNamedExists)
{
    std::set<std::string> known;
    for (auto const& c : scenario_of(GetParam()).criteria) known.insert(c.id);
    for (auto const& r : table(GetParam())) {
        for (auto const& id : named(r.by, "criterion"))
            EXPECT_TRUE(known.contains(id)) << r.id << ": " << id;
    }
}

TEST_P(PackRequirements, EachCriterionIsInTheRowThatItAnswers)
{
    auto const rows = table(GetParam());
    for (auto const& c : scenario_of(GetParam()).criteria) {
        auto const named_somewhere = std::ranges::any_of(rows, [&](row const& r) {
            return r.by.find("criterion `" + c.id + "`") != std::string::npos;
        });
        EXPECT_TRUE(named_somewhere) << c.id;
        for (auto const id : split(c.answers, ',')) {
            EXPECT_NE(std::ranges::find(rows, std::string{trim(id)}, &row::id), rows.end())
                << c.id << ": " << id;
        }
    }
}

TEST_P(PackRequirements, EachPhaseAndOperationNamedExists)
{
    auto const s = scenario_of(GetParam());
    for (auto const& r : table(GetParam())) {
        for (auto const& name : named(r.by, "phase")) {
            EXPECT_NE(std::ranges::find(s.phases, name, &traffic::phase::name), s.phases.end())
                << name;
        }
        for (auto const& name : named(r.by, "operation")) {
            auto const& all = s.target.operations;
            EXPECT_NE(std::ranges::find(all, name, &target::operation::name), all.end()) << name;
        }
        for (auto const& name : named(r.by, "drill")) {
            auto const is_file = std::filesystem::exists(GetParam().folder() + "/drill/" + name);
            EXPECT_TRUE(is_file || has_step(s.drill, name)) << r.id << ": " << name;
        }
    }
}

} // namespace watertight::scenario
