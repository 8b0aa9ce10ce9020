#include "harness/drill/leak_watch.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

namespace {

struct world {
    world()
    {
        model.base.host = "127.0.0.1";
        for (auto const* const slug : {"acme", "globex"}) {
            auto& t = tenants.tenants.emplace_back();
            t.index = tenant_index{static_cast<std::uint32_t>(tenants.tenants.size() - 1)};
            t.slug = slug;
        }
    }

    std::string canary_of(tenant_index t) const
    {
        return mint.text({t, actor_index{0}, object_serial{7}});
    }

    net::http_response answer(std::string body) const
    {
        net::http_response out;
        out.status = 200;
        out.head = "HTTP/1.1 200 OK\r\n\r\n";
        out.body = std::move(body);
        return out;
    }

    target::model model;
    target::population tenants;
    std::map<std::string, std::string> store_urls;
    std::map<std::string, std::string> environment;
    evidence::redactor secrets;
    silent_progress display;
    evidence::canary_mint mint{evidence::derive_key(1, "run")};
    evidence::identifier_index identifiers;
    evidence::observer eye{mint, identifiers, {}};
    surroundings around{
        .model = model,
        .tenants = tenants,
        .store_urls = store_urls,
        .environment = environment,
        .secrets = secrets,
        .display = display,
        .eye = &eye,
    };
    leak_watch watch{around};
};

constexpr tenant_index acme{0};
constexpr tenant_index globex{1};
constexpr leak_watch::asked by_acme{"GET /notes", acme, "user", "GET /notes HTTP/1.1\r\n\r\n"};

} // namespace

TEST(LeakWatch, CatchesAnotherTenantsDataOnceWithACount)
{
    world w;
    w.watch.look(by_acme, w.answer("[" + w.canary_of(globex) + "]"));
    w.watch.look(by_acme, w.answer("[" + w.canary_of(globex) + "]"));

    auto const found = w.watch.findings();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, evidence::guarantee::confidentiality);
    EXPECT_EQ(found[0].channel, "GET /notes");
    EXPECT_EQ(found[0].victim, "globex");
    EXPECT_EQ(found[0].intruder, "acme");
    EXPECT_EQ(found[0].count, 2U);
}

TEST(LeakWatch, PassesOnesOwnDataAndEchoes)
{
    world w;
    w.watch.look(by_acme, w.answer(w.canary_of(acme)));
    auto const named = w.canary_of(globex);
    leak_watch::asked const asked{"GET /notes", acme, "user", named};
    w.watch.look(asked, w.answer("no such note: " + named));

    EXPECT_TRUE(w.watch.findings().empty());
}

TEST(LeakWatch, WithoutAnObserverSaysNothing)
{
    world w;
    w.around.eye = nullptr;
    w.watch.look(by_acme, w.answer(w.canary_of(globex)));

    EXPECT_TRUE(w.watch.findings().empty());
}

} // namespace watertight::drill
