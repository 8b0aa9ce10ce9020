#include "harness/base/text.hpp"
#include "harness/drill/catalogue.hpp"
#include "harness/drill/comparison.hpp"
#include "harness/drill/document_copy.hpp"
#include "harness/drill/mongo_fingerprint.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::drill {

using document = stores::mongo_document;

// How: a private server for the suite; a copy is written of one database and restored to another.
class DocumentCopy : public testing::Test {
protected:
    static void SetUpTestSuite() { server_ = std::make_unique<test::mongo_server>(); }
    static void TearDownTestSuite() { server_.reset(); }

    void SetUp() override { test::run_async(fill()); }

    static asio::awaitable<result<stores::mongo>> open()
    {
        auto const core = co_await asio::this_coro::executor;
        co_return co_await stores::mongo::connect(core, server_->url(), 20s);
    }

    static asio::awaitable<void> fill()
    {
        auto db = co_await open();
        WT_CO_ASSERT(db.has_value());
        stores::mongo_place const at{"shop", "items"};
        auto const gone = co_await db->drop(at);
        WT_CO_ASSERT(gone.has_value());
        std::vector<document> all;
        for (int n = 0; n < 1203; ++n) {
            document one{{"_id", n}, {"name", "item " + std::to_string(n)}};
            one["made"]["$date"]["$numberLong"] = std::to_string(1'700'000'000'000 + n);
            one["price"]["$numberDouble"] = "2.5";
            all.push_back(std::move(one));
        }
        auto const n = co_await db->insert(at, std::move(all));
        WT_CO_ASSERT(n.has_value());
        document words;
        words["createIndexes"] = "items";
        words["indexes"] = document::array({document{
            {"key", {{"name", 1}}}, {"name", "by_name"}, {"unique", true}}});
        auto const made = co_await db->command("shop", std::move(words));
        WT_CO_ASSERT(made.has_value());
    }

    static asio::awaitable<result<std::uint64_t>> copy(document_copy const& o, bool back)
    {
        auto db = co_await open();
        if (db.has_error()) co_return db.error();
        auto work = back ? restore_documents(*db, o) : write_documents(*db, o);
        co_return co_await std::move(work);
    }

    static asio::awaitable<result<contents>> take(std::string database)
    {
        auto db = co_await open();
        if (db.has_error()) co_return db.error();
        mongo_fingerprint_options o{std::move(database)};
        co_return co_await take_contents(*db, std::move(o));
    }

    static asio::awaitable<result<catalogue>> shape(std::string database)
    {
        auto db = co_await open();
        if (db.has_error()) co_return db.error();
        co_return co_await read_catalogue(*db, std::move(database));
    }

    document_copy whole() const
    {
        return {(folder_.path() / "copy").string(), "shop", {}, "aside", steady::now() + 60s};
    }

    test::temp_dir folder_{"documents"};
    inline static std::unique_ptr<test::mongo_server> server_;
};

TEST_F(DocumentCopy, BringsBackDocumentsAndIndexesAsTheyWere)
{
    auto const o = whole();
    auto const written = test::run_async(copy(o, false), 60s);
    ASSERT_TRUE(written.has_value()) << written.error().message;
    EXPECT_EQ(*written, 1203U);
    auto const back = test::run_async(copy(o, true), 60s);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(*back, 1203U);

    auto const was = test::run_async(take("shop")).value();
    auto const is = test::run_async(take("aside")).value();
    EXPECT_EQ(was.at("shop.items").whole.all, is.at("aside.items").whole.all);
    auto const facts = test::run_async(shape("aside")).value().facts;
    EXPECT_TRUE(facts.contains("index: aside.items.by_name"));
}

TEST_F(DocumentCopy, TakesThePlaceOfWhatIsThere)
{
    auto const o = whole();
    test::run_async(copy(o, false), 60s).value();
    test::run_async(copy(o, true), 60s).value();
    EXPECT_EQ(test::run_async(copy(o, true), 60s).value(), 1203U);
    EXPECT_EQ(test::run_async(take("aside")).value().at("aside.items").whole.all.rows, 1203U);
}

TEST_F(DocumentCopy, ThatIsCutOffIsRefusedBeforeAnythingIsTouched)
{
    auto const o = whole();
    test::run_async(copy(o, false), 60s).value();
    test::run_async(copy(o, true), 60s).value();
    auto const text = read_file(o.file).value();
    ASSERT_TRUE(write_file(o.file, std::string_view{text}.substr(0, text.size() / 2)).has_value());

    auto const back = test::run_async(copy(o, true), 60s);

    ASSERT_TRUE(back.has_error());
    EXPECT_NE(back.error().message.find("cut off"), std::string::npos) << back.error().message;
    EXPECT_EQ(test::run_async(take("aside")).value().at("aside.items").whole.all.rows, 1203U);
}

} // namespace watertight::drill
