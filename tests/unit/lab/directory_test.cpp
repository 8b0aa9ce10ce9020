#include "scenarios/lab/mis/tenant.hpp"

#include <gtest/gtest.h>

namespace watertight::lab::mis {

static std::shared_ptr<tenant const> some_tenant(std::string status)
{
    tenant out;
    out.id = "id";
    out.slug = "slug";
    out.subdomain = "sub";
    out.status = std::move(status);
    return std::make_shared<tenant const>(std::move(out));
}

TEST(Directory, FindsWhatWasPutByIdAndByLabel)
{
    tenant_directory d;

    d.put(some_tenant("active"), d.now());

    ASSERT_NE(d.find("id"), nullptr);
    EXPECT_EQ(d.id_of("slug"), "id");
    EXPECT_EQ(d.id_of("sub"), "id");
    EXPECT_EQ(d.find("other"), nullptr);
}

TEST(Directory, AReadingThatAChangeOvertookIsNotKept)
{
    tenant_directory d;
    auto const read_at = d.now();

    d.forget("id");
    d.put(some_tenant("active"), read_at);

    EXPECT_EQ(d.find("id"), nullptr);
}

TEST(Directory, ForgetsIdAndLabels)
{
    tenant_directory d;
    d.put(some_tenant("active"), d.now());

    d.forget("id");

    EXPECT_EQ(d.find("id"), nullptr);
    EXPECT_EQ(d.id_of("slug"), "");
}

TEST(Presence, IsCountedWhileItLasts)
{
    tenant_directory d;
    auto const inside = d.in_flight("id");
    {
        presence const first{d.in_flight("id")};
        presence const second{d.in_flight("id")};
        EXPECT_EQ(*inside, 2);
    }
    EXPECT_EQ(*inside, 0);
}

} // namespace watertight::lab::mis
