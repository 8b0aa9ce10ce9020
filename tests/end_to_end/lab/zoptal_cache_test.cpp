// What a tenant's own account in Redis may do, and what each defect lets it do beside that.
#include "tests/end_to_end/lab/lab_process.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

static std::vector<std::string> with(std::string const& fault)
{
    std::vector<std::string> out{"--dialect", "zoptal"};
    if (!fault.empty()) out.insert(out.end(), {"--fault", fault});
    return out;
}

static json make(lab_process& lab, std::string const& slug)
{
    json const body{
        {"name", slug},
        {"slug", slug},
        {"subscription", {{"plan", "starter"}}},
        {"admin", {{"email", "boss@example.com"}, {"password", good_password}}}};
    auto const made = lab.send(
        {.method = "POST",
         .target = "/api/tenants",
         .token = lab.environment("ZOPTAL_ADMIN_TOKEN"),
         .body = body}
    );
    EXPECT_EQ(made.status, 201) << made.text;
    return made.body;
}

static bool may(lab_process& lab, std::string const& user, std::vector<std::string> command)
{
    std::vector<std::string> words{"ACL", "DRYRUN", user};
    words.insert(words.end(), command.begin(), command.end());
    return lab.redis(words).text == "OK";
}

namespace {

struct loosened {
    char const* fault;
    std::vector<std::string> command;
};

std::vector<loosened> defects()
{
    return {
        {"K11", {"GET", "zoptal:other:project:1"}},
        {"K12", {"PSUBSCRIBE", "*"}},
        {"K13", {"SCRIPT", "FLUSH"}},
        {"K14", {"MONITOR"}},
        {"K15", {"PSUBSCRIBE", "__key*"}},
    };
}

} // namespace

TEST(ZoptalCacheAccount, ReadsItsTenantsKeysAndNothingElse)
{
    lab_process lab{with(""), "ZOPTAL"};
    auto const made = make(lab, "one");
    std::string const user = made["cache"]["user"];
    EXPECT_TRUE(may(lab, user, {"GET", "zoptal:one:project:1"}));
    EXPECT_TRUE(may(lab, user, {"PSUBSCRIBE", "zoptal:one:*"}));
    EXPECT_FALSE(may(lab, user, {"GET", "zoptal:one-more:project:1"}));
    EXPECT_FALSE(may(lab, user, {"SET", "zoptal:one:project:1", "x"}));
    EXPECT_FALSE(may(lab, user, {"SCAN", "0"}));
    for (auto const& d : defects()) EXPECT_FALSE(may(lab, user, d.command)) << d.fault;

    std::string const id = made["id"];
    auto const gone = lab.send(
        {.method = "DELETE",
         .target = "/api/tenants/" + id,
         .token = lab.environment("ZOPTAL_ADMIN_TOKEN")}
    );
    EXPECT_EQ(gone.status, 204);
    EXPECT_TRUE(lab.redis({"ACL", "GETUSER", user}).elements.empty());
}

TEST(ZoptalCacheAccount, EachDefectLetsItDoMore)
{
    for (auto const& d : defects()) {
        lab_process lab{with(d.fault), "ZOPTAL"};
        std::string const user = make(lab, "one")["cache"]["user"];
        EXPECT_TRUE(may(lab, user, d.command)) << d.fault;
    }
}

static bool is_kept(lab_process& lab)
{
    std::string const id = make(lab, "one")["id"];
    make(lab, "one-more");
    lab.redis({"SET", "zoptal:one-more:project:1", "kept"});
    lab.send(
        {.method = "DELETE",
         .target = "/api/tenants/" + id,
         .token = lab.environment("ZOPTAL_ADMIN_TOKEN")}
    );
    return lab.redis({"EXISTS", "zoptal:one-more:project:1"}).integer == 1;
}

TEST(ZoptalCacheAccount, ADeletedTenantTakesNoKeysOfOneWhoseNameItBegins)
{
    lab_process lab{with(""), "ZOPTAL"};
    EXPECT_TRUE(is_kept(lab));
    lab_process faulty{with("K10"), "ZOPTAL"};
    EXPECT_FALSE(is_kept(faulty));
}

} // namespace watertight::test
