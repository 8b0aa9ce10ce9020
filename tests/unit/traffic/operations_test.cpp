#include "harness/base/fatal.hpp"
#include "harness/traffic/operations.hpp"

#include <gtest/gtest.h>

namespace watertight::traffic {

static target::operation operation(std::string name, std::string method, std::string_view path)
{
    target::operation op;
    op.name = std::move(name);
    op.method = std::move(method);
    op.path = target::template_text::compile(path, target::escape::url);
    return op;
}

static target::model notes()
{
    target::model m;
    auto& r = m.resources.emplace_back();
    r.name = "notes";
    r.create = operation("notes.create", "POST", "/notes");
    r.read = operation("notes.read", "GET", "/notes/{id}");
    r.list = operation("notes.list", "GET", "/notes");
    r.update = operation("notes.update", "PATCH", "/notes/{id}");
    r.remove = operation("notes.remove", "DELETE", "/notes/{id}");
    r.others.push_back(operation("notes.search", "GET", "/notes?q=x"));
    r.others.push_back(operation("notes.share", "POST", "/notes/{id}/share"));
    m.operations.push_back(operation("health", "GET", "/health"));
    return m;
}

TEST(OperationTable, ByDefaultReadsAndListsAndSomeWrites)
{
    auto const m = notes();

    EXPECT_EQ(operation_table{m}.weights({}), (std::vector<double>{0.1, 1, 1, 0.1, 0, 0, 0, 0}));
}

TEST(OperationTable, WhatAPhaseNamesIsAllThatItSends)
{
    auto const m = notes();
    phase p;
    p.operations = {{"notes.remove", 2}, {"health", 1}};

    EXPECT_EQ(operation_table{m}.weights(p), (std::vector<double>{0, 0, 0, 0, 2, 0, 0, 1}));
}

TEST(OperationTable, AnUnknownNameIsAnErrorThatNamesTheNearest)
{
    auto const m = notes();
    phase p;
    p.operations = {{"note.read", 1}};

    try {
        operation_table{m}.weights(p);
        FAIL() << "no error";
    } catch (usage_error const& e) {
        EXPECT_NE(std::string_view{e.what()}.find("notes.read"), std::string_view::npos)
            << e.what();
    }
}

TEST(OperationTable, ObjectsShownToAllAreNotWrittenTo)
{
    auto m = notes();
    m.resources[0].is_shared = true;

    EXPECT_EQ(operation_table{m}.weights({}), (std::vector<double>{0, 1, 1, 0, 0, 0, 0, 0}));
}

TEST(OperationTable, WithoutResourcesThePlainRequestsAreSent)
{
    target::model m;
    m.operations.push_back(operation("health", "GET", "/health"));
    m.operations.push_back(operation("reset", "POST", "/reset"));
    m.operations.push_back(operation("usage", "GET", "/usage"));

    EXPECT_EQ(operation_table{m}.weights({}), (std::vector<double>{1, 0, 1}));
    EXPECT_THROW(operation_table{target::model{}}.weights({}), usage_error);
}

TEST(OperationTable, KnowsWhatNeedsAnObject)
{
    auto const m = notes();
    operation_table const table{m};
    std::vector<std::string> needing;
    for (auto const& e : table.entries()) {
        if (e.needs_object) needing.push_back(e.op->name);
    }

    EXPECT_EQ(
        needing,
        (std::vector<std::string>{"notes.read", "notes.update", "notes.remove", "notes.share"})
    );
}

TEST(OperationTable, WhatHasNoObjectNeedsTheParent)
{
    auto m = notes();
    m.resources[0].parent = "folders";
    operation_table const table{m};

    EXPECT_TRUE(table.entries()[0].needs_parent);
    EXPECT_FALSE(table.entries()[1].needs_parent);
    EXPECT_TRUE(table.entries()[2].needs_parent);
}

} // namespace watertight::traffic
