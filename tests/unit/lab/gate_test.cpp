#include "scenarios/lab/mis/gate.hpp"

#include <gtest/gtest.h>

namespace watertight::lab::mis {

static tenant acme()
{
    tenant out;
    out.id = "11111111-1111-4111-8111-11111111111a";
    out.slug = "acme";
    out.subdomain = "acme-portal";
    return out;
}

static bool agrees(name_values headers, std::string const& target)
{
    request in;
    in.headers = std::move(headers);
    set_target(in, target);
    return all_name(read_tenant_names(in), acme());
}

TEST(TenantNames, EachWayAloneNamesTheTenant)
{
    EXPECT_TRUE(agrees({}, "/"));
    EXPECT_TRUE(agrees({{"X-Tenant-ID", "11111111-1111-4111-8111-11111111111A"}}, "/"));
    EXPECT_TRUE(agrees({{"x-tenant-slug", "acme"}}, "/"));
    EXPECT_TRUE(agrees({{"Host", "acme.mis.local:8080"}}, "/"));
    EXPECT_TRUE(agrees({{"Host", "ACME-portal.mis.local"}}, "/"));
    EXPECT_TRUE(agrees({}, "/?tenant=acme"));
}

TEST(TenantNames, AnyOtherNameIsAConflict)
{
    EXPECT_FALSE(agrees({{"X-Tenant-ID", "22222222-2222-4222-8222-222222222222"}}, "/"));
    EXPECT_FALSE(agrees({{"X-Tenant-Slug", "other"}}, "/"));
    EXPECT_FALSE(agrees({{"Host", "other.mis.local"}}, "/"));
    EXPECT_FALSE(agrees({}, "/?tenant=other"));
    EXPECT_FALSE(agrees({{"X-Tenant-Slug", "acme"}}, "/?tenant=other"));
    EXPECT_FALSE(agrees({{"X-Tenant-Slug", "acme"}, {"X-Tenant-Slug", "other"}}, "/"));
    EXPECT_FALSE(agrees({}, "/?tenant=acme&tenant=other"));
    EXPECT_FALSE(agrees({{"X-Tenant-Slug", ""}}, "/"));
}

TEST(TenantNames, AHostThatIsNoSubdomainNamesNobody)
{
    EXPECT_TRUE(agrees({{"Host", "127.0.0.1:4000"}}, "/"));
    EXPECT_TRUE(agrees({{"Host", "api.mis.local"}}, "/"));
    EXPECT_TRUE(agrees({{"Host", "other.example.org"}}, "/"));
}

} // namespace watertight::lab::mis
