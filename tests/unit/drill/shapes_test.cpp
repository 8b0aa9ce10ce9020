#include "harness/drill/shapes.hpp"
#include "tests/support/operations.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

using test::operation;

static target::operation creating(std::string const& name, std::string const& path)
{
    auto op = operation(name, "POST", path, R"({"name": "{canary}"})");
    op.captures.push_back({target::capture::from::json_pointer, "id", "/id"});
    return op;
}

TEST(DrillShapes, TellsWhatAnOperationDoesToItsObject)
{
    struct row {
        target::operation op;
        effect does;
        bool is_write;
        bool needs_id;
    };
    row const table[] = {
        {operation("users.list", "GET", "/users"), effect::none, false, false},
        {operation("users.read", "GET", "/users/{id}"), effect::none, false, true},
        {creating("users.create", "/users"), effect::create, true, false},
        {operation("users.update", "PATCH", "/users/{id}"), effect::update, true, true},
        {operation("users.rename", "POST", "/users/{id}/name"), effect::update, true, true},
        {operation("users.remove", "DELETE", "/users/{id}"), effect::remove, true, true},
        {operation("login", "POST", "/login"), effect::none, true, false},
    };
    for (auto const& expected : table) {
        auto const shape = shapes_of({expected.op}, {}).at(0);

        EXPECT_EQ(shape.does, expected.does) << expected.op.name;
        EXPECT_EQ(shape.is_write, expected.is_write) << expected.op.name;
        EXPECT_EQ(shape.needs_id, expected.needs_id) << expected.op.name;
    }
}

TEST(DrillShapes, AWriteIsReadBackByTheReadOfItsResource)
{
    std::vector<target::operation> const operations{
        operation("files.read", "GET", "/files/{id}"),
        creating("users.create", "/users"),
        operation("orders.read", "GET", "/orders/{id}"),
        operation("users.read", "GET", "/users/{id}"),
    };

    auto const shapes = shapes_of(operations, {});

    EXPECT_EQ(shapes[1].twin, &operations[3]);
    EXPECT_TRUE(shapes[1].has_canary);
    EXPECT_EQ(shapes[1].resource, "users");
}

// As a scenario's drill names its requests: the first part is the same of all.
TEST(DrillShapes, KindsThatTheirNamesDoNotTellApartAreToldApartByTheirPaths)
{
    std::vector<target::operation> const operations{
        creating("drill.shift_create", "/shifts"),
        operation("drill.shift_read", "GET", "/shifts/{id}"),
        operation("drill.shift_list", "GET", "/shifts?limit=5"),
        creating("drill.person_create", "/people"),
        operation("drill.person_close", "POST", "/people/{id}/close"),
        operation("drill.person_read", "GET", "/people/{id}"),
        operation("drill.badge", "GET", "/badges/{id}"),
    };

    auto const shapes = shapes_of(operations, {});

    EXPECT_EQ(shapes[0].twin, &operations[1]);
    EXPECT_EQ(shapes[3].twin, &operations[5]);
    for (std::size_t const i : {0, 1, 2}) EXPECT_EQ(shapes[i].resource, "/shifts") << i;
    for (std::size_t const i : {3, 4, 5, 6}) EXPECT_EQ(shapes[i].resource, "/people") << i;
}

// A note on a ticket is no change of the ticket.
TEST(DrillShapes, WhatIsMadeBelowAnObjectIsAKindOfItsOwn)
{
    std::vector<target::operation> const operations{
        creating("drill.ticket_create", "/tickets"),
        operation("drill.ticket_read", "GET", "/tickets/{id}"),
        creating("drill.note_create", "/tickets/{id}/notes"),
        operation("drill.note_read", "GET", "/notes/{id}"),
    };

    auto const shapes = shapes_of(operations, {});

    EXPECT_EQ(shapes[2].does, effect::create);
    EXPECT_EQ(shapes[2].about, shapes[0].resource);
    EXPECT_NE(shapes[2].resource, shapes[0].resource);
    EXPECT_EQ(shapes[2].twin, &operations[3]);
    EXPECT_EQ(shapes[0].twin, &operations[1]);
}

TEST(DrillShapes, WhetherAWriteBelowAnObjectChangesItIsLeftToReads)
{
    EXPECT_TRUE(shapes_of({operation("a", "POST", "/tickets/{id}/notes")}, {})[0].goes_below);
    EXPECT_TRUE(shapes_of({operation("a", "PUT", "/tickets/{id}/tags/1")}, {})[0].goes_below);
    EXPECT_FALSE(shapes_of({operation("a", "PATCH", "/tickets/{id}?full=1")}, {})[0].goes_below);
    EXPECT_FALSE(shapes_of({operation("a", "GET", "/tickets/{id}/notes")}, {})[0].goes_below);
}

TEST(DrillShapes, WithoutSuchAReadTheNextOneServes)
{
    std::vector<target::operation> const operations{
        operation("show", "GET", "/one/{id}"),
        creating("make", "/things"),
        operation("look", "GET", "/things/{id}"),
    };

    EXPECT_EQ(shapes_of(operations, {})[1].twin, &operations[2]);
}

TEST(DrillShapes, TheModelsOwnReadServesWhereTheTrafficHasNone)
{
    target::model m;
    auto& users = m.resources.emplace_back();
    users.name = "users";
    users.read = operation("users.read", "GET", "/users/{id}");
    std::vector<target::operation> const operations{creating("users.create", "/users")};

    EXPECT_EQ(shapes_of(operations, m)[0].twin, &*users.read);
    EXPECT_EQ(shapes_of(operations, {})[0].twin, nullptr);
}

} // namespace watertight::drill
