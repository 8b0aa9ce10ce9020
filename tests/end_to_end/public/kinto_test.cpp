// How: kinto.yaml against the real thing, set up soundly and as it is set up wrongly: with one
// permission too many, and behind a proxy that caches what it must not.
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/end_to_end/public/kinto_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace watertight::test {

using evidence::guarantee;

class Kinto : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        store = std::make_unique<postgres_server>();
        kinto = std::make_unique<kinto_server>(*store);
    }
    static void TearDownTestSuite()
    {
        kinto.reset();
        store.reset();
    }

    /// Runs a command of the program, with its options, on the scenario; `settings` are further
    /// variables of that.
    outcome run_at(
        std::vector<std::string> const& command,
        std::string const& url,
        std::map<std::string, std::string> settings = {}
    ) const
    {
        settings["KINTO_URL"] = url;
        settings["KINTO_ADMIN_PASSWORD"] = kinto_server::password;
        auto const scenario = source_root() + "/tests/end_to_end/public/kinto.yaml";
        std::vector<std::string> arguments{"watertight", command.front(), scenario, "--quiet"};
        arguments.insert(arguments.end(), {"--out", folder.path().string()});
        arguments.insert(arguments.end(), command.begin() + 1, command.end());
        return run(std::move(arguments), settings, std::chrono::seconds{500});
    }

    temp_dir folder;
    static std::unique_ptr<postgres_server> store;
    static std::unique_ptr<kinto_server> kinto;
};

std::unique_ptr<postgres_server> Kinto::store;
std::unique_ptr<kinto_server> Kinto::kinto;

static bool has(verdict::run_result const& r, guarantee kind, std::string_view channel)
{
    return std::ranges::any_of(r.findings, [&](auto const& f) {
        return f.kind == kind && f.channel.starts_with(channel) && f.victim != f.intruder;
    });
}

TEST_F(Kinto, PassesAsItIsMeantToBeSetUp)
{
    auto const o = run_at({"run"}, kinto->url());
    EXPECT_EQ(o.code, 0) << o.output;
    auto const r = result_in(folder.path());
    EXPECT_TRUE(r.findings.empty()) << o.output;
    std::size_t passed = 0;
    for (auto const& p : r.probes) passed += p.status == verdict::probe_status::pass ? 1 : 0;
    EXPECT_GE(passed, 14U) << o.output;
}

TEST_F(Kinto, IsReadAcrossTenantsIfWhoeverIsSignedInMayRead)
{
    auto const o = run_at(
        {"probe", "--only", "api.list", "api.object_read", "api.id_smuggling", "api.object_update"},
        kinto->url(),
        {{"KINTO_ANOTHER_READER", "system.Authenticated"}}
    );
    EXPECT_EQ(o.code, 1) << o.output;
    auto const r = result_in(folder.path());
    auto const records = "GET /v1/buckets/{tenant.slug}/collections/{parent.id}/records";
    EXPECT_TRUE(has(r, guarantee::confidentiality, records)) << o.output;
    EXPECT_TRUE(has(r, guarantee::confidentiality, "GET /v1/buckets/{tenant.slug}/groups"));
    EXPECT_FALSE(has(r, guarantee::integrity, "")) << o.output;
}

TEST_F(Kinto, IsChangedAcrossTenantsIfWhoeverIsSignedInMayWrite)
{
    auto const o = run_at(
        {"probe", "--only", "api.object_create", "api.object_update", "api.object_delete"},
        kinto->url(),
        {{"KINTO_ANOTHER_WRITER", "system.Authenticated"}}
    );
    EXPECT_EQ(o.code, 1) << o.output;
    auto const r = result_in(folder.path());
    auto const record = " /v1/buckets/{tenant.slug}/collections/{parent.id}/records/{id}";
    EXPECT_TRUE(has(r, guarantee::integrity, std::string{"PATCH"} + record)) << o.output;
    EXPECT_TRUE(has(r, guarantee::integrity, std::string{"DELETE"} + record)) << o.output;
    EXPECT_TRUE(has(r, guarantee::integrity, "POST /v1/buckets/{tenant.slug}/collections"))
        << o.output;
}

TEST_F(Kinto, IsReadAcrossTenantsThroughAProxyThatCachesByPathAlone)
{
    caching_proxy const proxy{kinto->port()};
    auto const o =
        run_at({"probe", "--only", "cache.shared_response", "api.object_read"}, proxy.url());
    EXPECT_EQ(o.code, 1) << o.output;
    auto const r = result_in(folder.path());
    EXPECT_TRUE(has(r, guarantee::confidentiality, "GET /v1/buckets/")) << o.output;
}

} // namespace watertight::test
