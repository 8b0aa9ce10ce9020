#include "scenarios/lab/mis/plans.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

TEST(Plans, HaveTheFeaturesOfTheComparison)
{
    auto const has = [](char const* plan, char const* feature) {
        return has_feature(*find_plan(plan), feature);
    };

    EXPECT_FALSE(has("basic", "biometric_auth"));
    EXPECT_TRUE(has("premium", "biometric_auth"));
    EXPECT_TRUE(has("premium", "custom_branding"));
    EXPECT_FALSE(has("premium", "ai_verification"));
    EXPECT_FALSE(has("premium", "advanced_analytics"));
    EXPECT_TRUE(has("enterprise", "ai_verification"));
    EXPECT_FALSE(has("enterprise", "no such feature"));
    EXPECT_EQ(find_plan("gold"), nullptr);
}

TEST(Plans, StartWithTheirConfigurations)
{
    auto const premium = default_configurations(*find_plan("premium"));

    EXPECT_EQ(premium["session.timeout"], 7200);
    EXPECT_EQ(premium["file_upload.max_size"], 107374182400);
    EXPECT_EQ(premium["api.rate_limit"], 10000);
    EXPECT_EQ(premium["features.biometric_auth"], true);
    EXPECT_EQ(premium["security.password_policy"]["minLength"], 10);
    EXPECT_FALSE(default_configurations(*find_plan("basic")).contains("features.biometric_auth"));
}

TEST(PasswordPolicy, NamesWhatIsMissing)
{
    auto const& basic = find_plan("basic")->passwords;
    auto const& enterprise = find_plan("enterprise")->passwords;

    EXPECT_FALSE(complaint(basic, "Passw0rd"));
    EXPECT_TRUE(complaint(basic, "Passw0r"));
    EXPECT_TRUE(complaint(basic, "password1"));
    EXPECT_TRUE(complaint(basic, "PASSWORD1"));
    EXPECT_TRUE(complaint(basic, "Password"));
    EXPECT_TRUE(complaint(enterprise, "Passw0rdPassw0rd"));
    EXPECT_FALSE(complaint(enterprise, "Passw0rd-Passw0rd"));
}

TEST(PasswordPolicy, IsWhatTheTenantConfigured)
{
    auto const policy = with_overrides(
        find_plan("basic")->passwords, {{"minLength", 12}, {"requireSpecialChars", true}}
    );

    EXPECT_TRUE(complaint(policy, "Passw0rdPassw0rd"));
    EXPECT_FALSE(complaint(policy, "Passw0rd-Passw0rd"));
}

} // namespace watertight::lab::mis
