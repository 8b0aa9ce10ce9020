// How: the property system of the lab is the target, whole and in short runs with a fault.
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::test {

static std::string proptech()
{
    auto out = source_root();
    out += "/scenarios/proptech/scenario.yaml";
    return out;
}

static verdict::run_result probe_with(std::string const& fault, std::string const& only)
{
    temp_dir const folder;
    auto const o = run(
        {"watertight",
         "probe",
         proptech(),
         "--lab",
         "--lab-fault",
         fault,
         "--only",
         only,
         "--out",
         folder.path().string()}
    );
    EXPECT_EQ(o.code, 1) << o.output;
    return result_in(folder.path());
}

TEST(ProptechPack, DocumentsWithoutTheirTenantAreFoundInTheStore)
{
    auto const r = probe_with("MG6", "mongo.*");
    ASSERT_FALSE(r.findings.empty());
    for (auto const& f : r.findings) {
        EXPECT_EQ(f.channel, "mongo proptech.activities") << f.probe;
        EXPECT_EQ(f.kind, evidence::guarantee::integrity);
        EXPECT_TRUE(f.victim.starts_with("wt-")) << f.victim;
        EXPECT_TRUE(f.reproduction.starts_with("mongosh \"$PROPTECH_MONGO_URL\""))
            << f.reproduction;
    }
}

TEST(ProptechPack, AMembershipThatIsNotCheckedIsFoundAtItsHeader)
{
    auto const r = probe_with("J15", "identity.channel_conflict");
    ASSERT_FALSE(r.findings.empty());
    EXPECT_NE(r.findings.front().channel.find("X-Tenant-Id"), std::string::npos);
}

TEST(ProptechPack, ARestoreThatLeavesTheMigrationsWorkIsFound)
{
    temp_dir const folder;
    auto const o = run(
        {"watertight",
         "drill",
         proptech(),
         "--lab",
         "--lab-fault",
         "R7",
         "--out",
         folder.path().string()}
    );
    EXPECT_EQ(o.code, 1) << o.output;
    auto const r = result_in(folder.path());
    auto const channel = std::string{"classic proptech_classic.projects"};
    auto const f = std::ranges::find(r.findings, channel, &evidence::finding::channel);
    ASSERT_NE(f, r.findings.end()) << o.output;
    EXPECT_EQ(f->kind, evidence::guarantee::rollback);
    EXPECT_TRUE(f->reproduction.starts_with("mongosh ")) << f->reproduction;
}

TEST(ProptechPack, AStoreThatIsNotThereEndsTheRunBeforeTenantsAreMade)
{
    program lab{{"watertight-lab", "--dialect", "proptech"}};
    ASSERT_TRUE(lab.wait_for("\n", std::chrono::seconds{60})) << lab.output();
    auto const begin = lab.output().find("{\"");
    auto const line = lab.output().substr(begin, lab.output().find('\n', begin) - begin);
    std::map<std::string, std::string> environment;
    auto const ready = nlohmann::json::parse(line);
    for (auto const& [name, value] : ready.at("environment").items()) {
        environment[name] = value.get<std::string>();
    }
    environment["PROPTECH_MONGO_URL"] = "mongodb://u:hidden@127.0.0.1:1/proptech";
    temp_dir const folder;

    auto const o =
        run({"watertight", "probe", proptech(), "--out", folder.path().string()}, environment);

    EXPECT_EQ(o.code, 3) << o.output;
    EXPECT_NE(o.output.find("store mongo: cannot connect to mongodb 127.0.0.1:1"), o.output.npos)
        << o.output;
    EXPECT_EQ(o.output.find("hidden"), std::string::npos);
    EXPECT_EQ(o.output.find("provisioning"), std::string::npos) << o.output;
    lab.close_input();
}

} // namespace watertight::test
