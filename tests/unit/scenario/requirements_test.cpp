#include "tests/unit/scenario/documents.hpp"

#include <boost/regex.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

namespace watertight::scenario {

// How: the table of scenarios/mis/README.md is read as text; what it names in backquotes after
// `probe` and `criterion` must exist.

namespace {

std::string const root = WT_SOURCE_DIR;

struct row {
    std::string id;
    std::string what;
    std::string by;
};

std::vector<row> table()
{
    std::vector<row> out;
    auto const text = read_file(root + "/scenarios/mis/README.md").value();
    for (auto const line : split(text, '\n')) {
        if (!line.starts_with("| M")) continue;
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

scenario mis()
{
    return load(root + "/scenarios/mis/scenario.yaml", {.tolerate_unset = true}).value;
}

} // namespace

TEST(MisRequirements, EachIdHasOneRow)
{
    std::vector<std::string> expected;
    for (int i = 1; i <= 24; ++i) expected.push_back(fmt::format("M{:02}", i));

    std::vector<std::string> ids;
    for (auto const& r : table()) ids.push_back(r.id);

    EXPECT_EQ(ids, expected);
}

TEST(MisRequirements, EachRowNamesACheck)
{
    for (auto const& r : table()) {
        EXPECT_FALSE(r.what.empty()) << r.id;
        auto const names_one = r.by.find('`') != std::string::npos;
        EXPECT_TRUE(names_one || r.by.starts_with("comes with ")) << r.id;
    }
}

TEST(MisRequirements, EachProbeNamedExists)
{
    std::size_t seen = 0;
    for (auto const& r : table()) {
        for (auto const& id : named(r.by, "probe")) {
            auto const folder = root + "/probes/" + replace_all(id, ".", "/");
            EXPECT_TRUE(std::filesystem::exists(folder + "/probe.cpp")) << r.id << ": " << id;
            ++seen;
        }
    }
    EXPECT_GT(seen, 10U);
}

TEST(MisRequirements, EachCriterionNamedExists)
{
    std::set<std::string> known;
    for (auto const& c : mis().criteria) known.insert(c.id);
    for (auto const& r : table()) {
        for (auto const& id : named(r.by, "criterion"))
            EXPECT_TRUE(known.contains(id)) << r.id << ": " << id;
    }
}

TEST(MisRequirements, EachCriterionIsInTheRowThatItAnswers)
{
    auto const rows = table();
    for (auto const& c : mis().criteria) {
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

TEST(MisRequirements, EachPhaseAndOperationNamedExists)
{
    auto const s = mis();
    for (auto const& r : table()) {
        for (auto const& name : named(r.by, "phase")) {
            EXPECT_NE(std::ranges::find(s.phases, name, &traffic::phase::name), s.phases.end())
                << name;
        }
        for (auto const& name : named(r.by, "operation")) {
            auto const& all = s.target.operations;
            EXPECT_NE(std::ranges::find(all, name, &target::operation::name), all.end()) << name;
        }
        for (auto const& name : named(r.by, "drill")) {
            EXPECT_TRUE(std::filesystem::exists(root + "/scenarios/mis/drill/" + name)) << name;
        }
    }
}

} // namespace watertight::scenario
