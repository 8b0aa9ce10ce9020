#include "harness/base/fatal.hpp"
#include "harness/tenants/document.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace watertight::tenants {

using kind = document_node::kind;

class Document : public testing::Test {
protected:
    document_node read(std::string const& text, std::string const& name = "tenants.json") const
    {
        auto const file = folder / name;
        std::ofstream{file} << text;
        return read_document(file);
    }

    std::string complaint(std::string const& text) const
    {
        try {
            read(text);
        } catch (usage_error const& e) {
            return e.what();
        }
        return "nothing";
    }

    test::temp_dir folder;
};

// The same document in both languages; every scalar has its own line.
static void expect_tenant(document_node const& root)
{
    ASSERT_EQ(root.is, kind::mapping);
    auto const* const tenants = root.find("tenants");
    ASSERT_NE(tenants, nullptr);
    ASSERT_EQ(tenants->is, kind::list);
    ASSERT_EQ(tenants->items.size(), 1U);
    auto const& tenant = tenants->items[0];
    ASSERT_EQ(tenant.members.size(), 5U);
    EXPECT_EQ(tenant.find("slug")->text, "a");
    EXPECT_EQ(tenant.find("slug")->line, 3U);
    EXPECT_EQ(tenant.find("seats")->text, "12");
    EXPECT_EQ(tenant.find("seats")->line, 4U);
    EXPECT_EQ(tenant.find("rate")->text, "1.50");
    EXPECT_EQ(tenant.find("trial")->text, "true");
    EXPECT_EQ(tenant.find("note")->is, kind::null);
    EXPECT_EQ(tenant.find("nothing"), nullptr);
}

TEST_F(Document, JsonIsReadWithItsLines)
{
    expect_tenant(read("{\"tenants\": [\n {\n  \"slug\": \"a\",\n  \"seats\": 12,\n"
                       "  \"rate\": 1.50,\n  \"trial\": true,\n  \"note\": null\n }]}\n"));
}

TEST_F(Document, YamlIsReadWithItsLines)
{
    expect_tenant(read(
        "tenants:\n  -\n    slug: a\n    seats: 12\n    rate: 1.50\n    trial: true\n    note:\n",
        "tenants.yaml"
    ));
}

TEST_F(Document, NestedListsStayInPlaceWhileTheyGrow)
{
    std::string text = "[";
    for (int i = 0; i < 200; ++i) {
        auto const* const comma = i > 0 ? "," : "";
        text += fmt::format(R"({}{{"users": [{{"id": "u{}"}}, {{"id": "v{}"}}]}})", comma, i, i);
    }
    auto const root = read(text + "]");
    ASSERT_EQ(root.items.size(), 200U);
    for (std::size_t i = 0; i < 200; ++i) {
        auto const& users = root.items[i].find("users")->items;
        ASSERT_EQ(users.size(), 2U);
        EXPECT_EQ(users[1].find("id")->text, "v" + std::to_string(i));
    }
}

TEST_F(Document, YamlThatBeginsLikeJsonIsRead)
{
    auto const root = read("{tenants: [{slug: a}]}");
    EXPECT_EQ(root.find("tenants")->items[0].find("slug")->text, "a");
}

TEST_F(Document, WhatIsNeitherIsToldWithItsLine)
{
    EXPECT_NE(complaint("[\n{\"slug\": \"a\"},\n{\"slug\": }}\n]").find(":3:"), std::string::npos);
    EXPECT_NE(complaint("[{\"slug\": \"a\"").find("tenants.json:"), std::string::npos);
}

TEST_F(Document, AMissingFileIsAnError)
{
    EXPECT_THROW(read_document((folder / "none.json").string()), usage_error);
}

} // namespace watertight::tenants
