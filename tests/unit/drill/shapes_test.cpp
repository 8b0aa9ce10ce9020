#include "harness/drill/shapes.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

static target::operation make(std::string name, std::string method, std::string path)
{
    target::operation op;
    op.name = std::move(name);
    op.method = std::move(method);
    op.path = target::template_text::compile(path, target::escape::url);
    op.path_pattern = std::move(path);
    return op;
}

static target::operation creating(std::string name, std::string path)
{
    auto op = make(std::move(name), "POST", std::move(path));
    op.body = target::body_kind::json;
    op.body_text = target::template_text::compile_json(R"({"name": "{canary}"})");
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
        {make("users.list", "GET", "/users"), effect::none, false, false},
        {make("users.read", "GET", "/users/{id}"), effect::none, false, true},
        {creating("users.create", "/users"), effect::create, true, false},
        {make("users.update", "PATCH", "/users/{id}"), effect::update, true, true},
        {make("users.rename", "POST", "/users/{id}/name"), effect::update, true, true},
        {make("users.remove", "DELETE", "/users/{id}"), effect::remove, true, true},
        {make("login", "POST", "/login"), effect::none, true, false},
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
        make("files.read", "GET", "/files/{id}"),
        creating("users.create", "/users"),
        make("orders.read", "GET", "/orders/{id}"),
        make("users.read", "GET", "/users/{id}"),
    };

    auto const shapes = shapes_of(operations, {});

    EXPECT_EQ(shapes[1].twin, &operations[3]);
    EXPECT_TRUE(shapes[1].has_canary);
    EXPECT_EQ(shapes[1].resource, "users");
}

TEST(DrillShapes, WithoutSuchAReadTheNextOneServes)
{
    std::vector<target::operation> const operations{
        make("show", "GET", "/one/{id}"),
        creating("make", "/things"),
        make("look", "GET", "/things/{id}"),
    };

    EXPECT_EQ(shapes_of(operations, {})[1].twin, &operations[2]);
}

TEST(DrillShapes, TheModelsOwnReadServesWhereTheTrafficHasNone)
{
    target::model m;
    auto& users = m.resources.emplace_back();
    users.name = "users";
    users.read = make("users.read", "GET", "/users/{id}");
    std::vector<target::operation> const operations{creating("users.create", "/users")};

    EXPECT_EQ(shapes_of(operations, m)[0].twin, &*users.read);
    EXPECT_EQ(shapes_of(operations, {})[0].twin, nullptr);
}

} // namespace watertight::drill
