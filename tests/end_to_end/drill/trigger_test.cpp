// Every trigger, tripped by live traffic: what was injected is detected by its own sign, in time.
#include "harness/evidence/observer.hpp"
#include "tests/end_to_end/drill/drill_world.hpp"

namespace watertight::drill {

// How: three tenants of four users each send; the failure that is injected is undone by the last
// step of the way back.
class DrillTrigger : public Drill {
protected:
    void SetUp() override
    {
        Drill::SetUp();
        for (auto const* const slug : {"acme", "globex", "initech"}) add_tenant(slug);
        plan_.traffic.push_back(operation("mine", "GET", "/mine/{user.login}"));
        plan_.rate_per_s = 120;
        plan_.when = {};
        plan_.limits.detection = 10s;
        plan_.rollback.back() = post("switch back", "/control/well");
    }

    void add_tenant(std::string const& slug)
    {
        auto& t = tenants_.tenants.emplace_back();
        t.index = tenant_index{static_cast<std::uint32_t>(tenants_.tenants.size() - 1)};
        t.slug = slug;
        t.state = target::tenant_state::ready;
        for (std::uint32_t n = 0; n < 4; ++n) {
            auto& who = t.actors.emplace_back();
            who.index = actor_index{n};
            who.tenant = t.index;
            // One of twelve is Ann.
            auto const is_ann = t.index.value == 0 && n == 0;
            who.attributes.set("login", is_ann ? "ann" : slug + std::to_string(n));
            who.logged_in = true;
        }
    }

    verdict::drill_phase detection() const
    {
        auto const it = std::ranges::find(out_.phases, "detection", &verdict::drill_phase::name);
        return it == out_.phases.end() ? verdict::drill_phase{} : *it;
    }
};

TEST_F(DrillTrigger, AnErrorRateAboveItsLimit)
{
    plan_.when.error_rate = 0.05;
    plan_.inject = {post("break", "/control/break")};
    plan_.rollback.back() = post("switch back", "/control/mend");

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_NE(detection().note.find("error rate of the last second"), std::string::npos)
        << detection().note;
    EXPECT_TRUE(detection().within_budget);
}

TEST_F(DrillTrigger, AP95OfTwiceTheBaseline)
{
    plan_.when.p95_times_baseline = 2;
    plan_.inject = {post("slow down", "/control/slow")};

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_NE(detection().note.find("p95 of the last second is above"), std::string::npos)
        << detection().note;
}

TEST_F(DrillTrigger, MoreThanATwentiethOfTheUsersAffected)
{
    plan_.when.affected = 0.05;
    plan_.inject = {post("fail for one", "/control/refuse-ann")};

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_NE(detection().note.find("8.3 % of 12 users are affected"), std::string::npos)
        << detection().note;
}

TEST_F(DrillTrigger, OneUserOfTwelveIsNoTenth)
{
    plan_.when.affected = 0.1;
    plan_.inject = {post("fail for one", "/control/refuse-ann")};
    plan_.limits.detection = 1500ms;

    rehearse_it();

    EXPECT_TRUE(found("drill.detection")) << all_findings();
}

TEST_F(DrillTrigger, AnAnswerWithAnotherTenantsData)
{
    evidence::canary_mint const mint{evidence::derive_key(around_.seed, tenants_.run_id)};
    evidence::identifier_index const identifiers;
    evidence::observer const eye{mint, identifiers, {}};
    around_.eye = &eye;
    plan_.when.leak = true;
    plan_.inject = {post("show all", "/control/show-all")};

    rehearse_it();

    EXPECT_EQ(detection().note, "an answer held another tenant's data") << all_findings();
    EXPECT_FALSE(out_.succeeded);
    EXPECT_TRUE(std::ranges::any_of(found_, [](evidence::finding const& f) {
        return f.kind == evidence::guarantee::confidentiality && f.victim != f.intruder;
    })) << all_findings();
}

} // namespace watertight::drill
