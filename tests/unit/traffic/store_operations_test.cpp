#include "harness/base/fatal.hpp"
#include "harness/traffic/request_source.hpp"
#include "harness/traffic/store_access.hpp"
#include "harness/traffic/store_evidence.hpp"

#include <gtest/gtest.h>

namespace watertight::traffic {

using kind = target::store_operation::kind;

static target::template_text text(std::string_view of)
{
    return target::template_text::compile(of, target::escape::none);
}

static target::model shop()
{
    target::model m;
    auto& r = m.resources.emplace_back();
    r.name = "notes";
    auto& db = m.postgres.emplace();
    db.url = "postgres://app@127.0.0.1/shop";
    db.context = "app.tenant";
    db.tenant_value = text("{tenant.id}");
    db.operations.push_back({kind::postgres, "now", "select now()", {}, {}, {}});
    db.operations.push_back(
        {kind::postgres,
         "one",
         "select * from notes where id = $1 and kind = $2;\n",
         {text("{id}"), text("a 'b'")},
         "notes",
         {"shop.yaml", 7, 9}}
    );
    db.operations.push_back(
        {kind::postgres, "add", "insert into notes values ($1)", {text("{canary}")}, {}, {}}
    );
    auto& cache = m.redis.emplace();
    cache.url = "redis://127.0.0.1";
    cache.operations.push_back(
        {kind::redis, "note", {}, {text("GET"), text("t:{tenant.id}:{id}")}, "notes", {}}
    );
    return m;
}

static phase naming(std::vector<std::pair<std::string, double>> operations)
{
    phase p;
    p.name = "load";
    p.operations = std::move(operations);
    return p;
}

class StoreOperations : public testing::Test {
protected:
    StoreOperations()
    {
        auto& t = people.tenants.emplace_back();
        t.slug = "acme";
        t.attributes.set("id", "t-1");
        t.actors.emplace_back();
        note.attributes.set("id", "n-7");
        i.object = object_ref{new live_object};
        i.object->data = &note;
    }

    result<void> write(std::size_t operation)
    {
        i.operation = operation;
        i.what = &table.entries()[operation];
        request_source source{m, people, table};
        return source.write(i, nullptr, out);
    }

    observed seen() const
    {
        return {m, people, i, people.tenants[0].actors[0], out.wire, {}, {}, 0, secrets};
    }

    target::model m = shop();
    operation_table const table{m};
    target::population people;
    target::object note;
    evidence::redactor secrets;
    intent i;
    request_buffer out;
};

TEST_F(StoreOperations, AreSentOnlyWhereAPhaseNamesThemOrThereIsNothingElse)
{
    EXPECT_EQ(table.weights({}), (std::vector<double>{1, 1, 1, 1}));
    EXPECT_EQ(
        table.weights(naming({{"postgres.one", 3}, {"redis.note", 1}})),
        (std::vector<double>{0, 3, 0, 1})
    );

    m.resources[0].list.emplace().name = "notes.list";

    EXPECT_EQ(operation_table{m}.weights({}), (std::vector<double>{1, 0, 0, 0, 0}));
}

TEST_F(StoreOperations, NeedAnObjectOnlyIfTheyAreOfAResource)
{
    auto const& all = table.entries();

    EXPECT_FALSE(all[0].needs_object);
    EXPECT_TRUE(all[1].needs_object);
    EXPECT_TRUE(all[3].needs_object);
    EXPECT_EQ(all[3].in, &m.resources[0]);
    EXPECT_FALSE(all[1].mints_canary);
    EXPECT_TRUE(all[2].mints_canary);
    EXPECT_FALSE(all[2].writes());
    EXPECT_EQ(all[1].op->channel(), "postgres one");
}

TEST_F(StoreOperations, AnUnknownNameIsAnErrorThatNamesTheNearest)
{
    try {
        table.weights(naming({{"redis.nite", 1}}));
        FAIL() << "no error";
    } catch (usage_error const& e) {
        EXPECT_NE(std::string_view{e.what()}.find("redis.note"), std::string_view::npos)
            << e.what();
    }
}

TEST_F(StoreOperations, AStatementTravelsWithContextAndArguments)
{
    using namespace std::string_literals;

    ASSERT_TRUE(write(1));
    EXPECT_EQ(out.wire, "one\0t-1\0n-7\0a 'b'\0"s);

    m.postgres->context.clear();
    ASSERT_TRUE(write(1));
    EXPECT_EQ(out.wire, "one\0n-7\0a 'b'\0"s);

    ASSERT_TRUE(write(3));
    EXPECT_EQ(out.wire, "GET\0t:t-1:n-7\0"s);
}

TEST_F(StoreOperations, WhatHasNoValueOrAnImpossibleOneIsNotSent)
{
    i.object = nullptr;
    auto const lacking = write(1);
    ASSERT_FALSE(lacking);
    EXPECT_EQ(lacking.error().message, "postgres.one: nothing fills {id}");

    note.attributes.set("id", std::string{"n\0x", 3});
    i.object = object_ref{new live_object};
    i.object->data = &note;
    auto const cut = write(3);
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, errc::malformed);
}

TEST_F(StoreOperations, AreRepeatedByPsqlAndRedisCli)
{
    ASSERT_TRUE(write(1));
    auto const sql = std::string{
        "begin; select set_config('app.tenant', 't-1', true); prepare p as select * from notes "
        "where id = $1 and kind = $2; execute p('n-7', 'a ''b''')"};
    EXPECT_EQ(store_request_text(seen()), sql);
    EXPECT_TRUE(store_reproduction(seen()).starts_with("psql \"$POSTGRES_URL\" -c 'begin; "));

    ASSERT_TRUE(write(0));
    EXPECT_EQ(
        store_request_text(seen()),
        "begin; select set_config('app.tenant', 't-1', true); select now()"
    );

    ASSERT_TRUE(write(3));
    EXPECT_EQ(store_request_text(seen()), "GET t:t-1:n-7");
    EXPECT_EQ(store_reproduction(seen()), "redis-cli -u \"$REDIS_URL\" GET t:t-1:n-7");
}

TEST_F(StoreOperations, SecretsAreNotShown)
{
    secrets.add_secret("n-7-is-a-secret", "NOTE");
    note.attributes.set("id", "n-7-is-a-secret");
    ASSERT_TRUE(write(1));

    EXPECT_EQ(store_request_text(seen()).find("n-7-is"), std::string::npos);
    EXPECT_EQ(store_reproduction(seen()).find("n-7-is"), std::string::npos);
}

TEST_F(StoreOperations, OnlyWhatPhasesSendIsPrepared)
{
    auto const both = access_to_stores(m, table, {naming({{"postgres.one", 1}})});

    ASSERT_NE(both.postgres, nullptr);
    EXPECT_FALSE(both.redis);
    EXPECT_EQ(both.postgres->context, "app.tenant");
    ASSERT_EQ(both.postgres->statements.size(), 1);
    EXPECT_EQ(both.postgres->statements[0].name, "one");
    EXPECT_EQ(both.postgres->statements[0].arguments, 2);
    EXPECT_EQ(both.postgres->statements[0].title, "shop.yaml:7:9: stores.postgres.operations.one");

    auto const cache = access_to_stores(m, table, {naming({{"redis.note", 1}})});
    EXPECT_EQ(cache.postgres, nullptr);
    EXPECT_TRUE(cache.redis);
}

TEST_F(StoreOperations, TheApplicationsRoleIsTheOneThatSends)
{
    m.postgres->app_role_url = "postgres://other@127.0.0.1/shop";

    auto const to = access_to_stores(m, table, {naming({{"postgres.one", 1}})});

    EXPECT_EQ(to.postgres->address.get("user"), "other");
}

TEST(StoreStatus, TellsWhoIsToBlame)
{
    auto const status = [](std::string_view refusal) { return status_of({"text", refusal}); };

    EXPECT_EQ(status(""), 200);
    EXPECT_EQ(status("22012"), 400);
    EXPECT_EQ(status("40001"), 400);
    EXPECT_EQ(status("42501"), 403);
    EXPECT_EQ(status("42P01"), 400);
    EXPECT_EQ(status("53300"), 503);
    EXPECT_EQ(status("57014"), 503);
    EXPECT_EQ(status("WRONGTYPE"), 400);
    EXPECT_EQ(status("NOPERM"), 403);
    EXPECT_EQ(status("MOVED"), 307);
    EXPECT_EQ(status("LOADING"), 503);
}

} // namespace watertight::traffic
