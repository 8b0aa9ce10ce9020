#include "harness/probe/tenant_names.hpp"
#include "tests/support/operations.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

static target::model with_path(std::string const& path)
{
    target::model m;
    m.operations.push_back(test::operation("o", "GET", path));
    return m;
}

using words = std::vector<std::string>;

TEST(TenantNames, APathCallsATenantByThePartBeforeIt)
{
    EXPECT_EQ(
        tenant_words(with_path("/api/v1/organizers/{tenant.slug}/events")), words{"organizer"}
    );
    EXPECT_EQ(tenant_words(with_path("/companies/{tenant.id}")), words{"company"});
    EXPECT_EQ(tenant_words(with_path("/access/{tenant.id}/x")), words{"access"});
}

TEST(TenantNames, WhatIsNoNameIsLeftOut)
{
    EXPECT_EQ(tenant_words(with_path("/{tenant.slug}/events")), words{});
    EXPECT_EQ(tenant_words(with_path("/v1.2-beta!/{tenant.slug}")), words{});
    EXPECT_EQ(tenant_words(with_path("/x-{tenant.slug}/events")), words{});
    EXPECT_EQ(tenant_words(with_path("/events?in=a/b/{tenant.slug}")), words{});
    EXPECT_EQ(tenant_words(with_path("/events/{id}")), words{});
}

static target::identity_channel channel(target::identity_channel::kind type, std::string name)
{
    target::identity_channel out;
    out.type = type;
    out.name = std::move(name);
    return out;
}

TEST(TenantNames, AChannelsNameTellsIt)
{
    using kind = target::identity_channel::kind;
    target::model m;
    m.identity.push_back(channel(kind::header, "X-Organizer-Id"));
    m.identity.push_back(channel(kind::query, "shopId"));
    m.identity.push_back(channel(kind::jwt, "claim"));
    EXPECT_EQ(tenant_words(m), (words{"organizer", "shop"}));
}

TEST(TenantNames, EachWordComesAloneAndWithItsEndings)
{
    EXPECT_EQ(
        tenant_names(with_path("/organizers/{tenant.slug}")),
        (words{"organizer", "organizer_id", "organizerId", "organizer_slug"})
    );
}

} // namespace watertight::probe
