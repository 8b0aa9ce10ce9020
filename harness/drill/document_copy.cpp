#include "harness/drill/document_copy.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace watertight::drill {

using stores::mongo_document;

static constexpr std::size_t batch_documents = 500;
// What each line begins with.
static constexpr std::string_view collection_mark = "c ";
static constexpr std::string_view document_mark = "d ";
static constexpr std::string_view end_mark = "e ";

static result<std::chrono::nanoseconds> time_left(document_copy const& o)
{
    std::chrono::nanoseconds const left = o.deadline - steady::now();
    if (left <= std::chrono::nanoseconds::zero()) {
        return failure{errc::deadline_exceeded, "the copy did not end in time", {}};
    }
    return left;
}

static bool is_wanted(document_copy const& o, std::string const& label)
{
    return o.collections.empty() || std::ranges::find(o.collections, label) != o.collections.end();
}

// The reply's first batch, which is all that is asked for.
static asio::awaitable<result<mongo_document>>
list_of(stores::mongo& db, std::string database, mongo_document words, document_copy const& o)
{
    auto const left = time_left(o);
    if (left.has_error()) co_return left.error();
    words["cursor"]["batchSize"] = 100'000;
    auto const reply = co_await db.command(std::move(database), std::move(words), *left);
    if (reply.has_error()) co_return reply.error();
    auto out = mongo_document::array();
    if (reply->contains("cursor")) out = reply->at("cursor").value("firstBatch", out);
    co_return result<mongo_document>{boost::system::in_place_value, std::move(out)};
}

// @return how many documents it has.
static asio::awaitable<result<std::uint64_t>> write_collection(
    stores::mongo& db, stores::mongo_place at, document_copy const& o, std::ofstream& out
)
{
    stores::mongo_query everything;
    everything.exact = true;
    auto cursor = co_await db.find(std::move(at), std::move(everything));
    if (cursor.has_error()) co_return cursor.error();
    std::uint64_t documents = 0;
    for (;;) {
        auto const left = time_left(o);
        if (left.has_error()) co_return left.error();
        auto const batch = co_await cursor->next(*left);
        if (batch.has_error()) co_return batch.error();
        if (batch->empty()) co_return documents;
        for (auto const& text : *batch) out << document_mark << text << '\n';
        documents += batch->size();
    }
}

static asio::awaitable<result<std::uint64_t>>
write_database(stores::mongo& db, std::string database, document_copy const& o, std::ofstream& out)
{
    mongo_document words;
    words["listCollections"] = 1;
    auto const all = co_await list_of(db, database, std::move(words), o);
    if (all.has_error()) co_return all.error();
    std::uint64_t documents = 0;
    for (auto const& c : *all) {
        auto const name = c.value("name", "");
        auto const is_plain = c.value("type", "collection") == "collection";
        if (name.starts_with("system.") || !is_plain) continue;
        if (!is_wanted(o, database + "." + name)) continue;
        mongo_document ask;
        ask["listIndexes"] = name;
        auto const indexes = co_await list_of(db, database, std::move(ask), o);
        if (indexes.has_error()) co_return indexes.error();
        mongo_document const head{
            {"database", database},
            {"collection", name},
            {"options", c.value("options", mongo_document::object())},
            {"indexes", *indexes}};
        out << collection_mark << head.dump() << '\n';
        stores::mongo_place at{database, name};
        auto const written = co_await write_collection(db, std::move(at), o, out);
        if (written.has_error()) co_return written.error();
        documents += *written;
    }
    co_return documents;
}

asio::awaitable<result<std::uint64_t>> write_documents(stores::mongo& db, document_copy const& o)
{
    std::vector<std::string> databases{o.database};
    if (o.database.empty()) {
        auto all = co_await db.databases();
        if (all.has_error()) co_return all.error();
        databases = std::move(*all);
    }
    std::ofstream out{o.file, std::ios::trunc};
    ::chmod(o.file.c_str(), S_IRUSR | S_IWUSR);
    std::uint64_t documents = 0;
    for (auto const& database : databases) {
        auto const written = co_await write_database(db, database, o, out);
        if (written.has_error()) co_return written.error();
        documents += *written;
    }
    out << end_mark << documents << '\n';
    out.close();
    if (!out) co_return failure{errc::exhausted, o.file + " cannot be written", {}};
    co_return documents;
}

// The last line says how many documents there are: without it, some may be missing.
static result<void> check_whole(std::string const& file)
{
    std::ifstream in{file};
    if (!in) return failure{errc::not_found, file + ": there is no such copy", {}};
    std::string line;
    std::string last;
    std::uint64_t documents = 0;
    while (std::getline(in, line)) {
        if (line.starts_with(document_mark)) ++documents;
        last = line;
    }
    if (last == fmt::format("{}{}", end_mark, documents)) return boost::system::in_place_value;
    return failure{errc::malformed, file + ": the copy is cut off", {}};
}

namespace {

/// Writes one collection after the other, a batch of documents at a time.
class collection_writer {
public:
    collection_writer(stores::mongo& db, document_copy const& o) : db_{db}, options_{o} {}

    asio::awaitable<result<void>> begin(mongo_document head)
    {
        auto const ended = co_await end();
        if (ended.has_error()) co_return ended.error();
        at_ = {head.value("database", ""), head.value("collection", "")};
        if (!options_.into.empty()) at_.database = options_.into;
        indexes_ = head.value("indexes", mongo_document::array());
        auto const dropped = co_await db_.drop(at_);
        if (dropped.has_error()) co_return dropped.error();
        mongo_document words;
        words["create"] = at_.collection;
        auto const options = head.value("options", mongo_document::object());
        for (auto const& [name, value] : options.items()) words[name] = value;
        co_return co_await run(std::move(words));
    }

    asio::awaitable<result<void>> add(mongo_document one)
    {
        batch_.push_back(std::move(one));
        if (batch_.size() < batch_documents) co_return boost::system::in_place_value;
        co_return co_await flush();
    }

    /// Of the collection that was begun: what is left, and its indexes.
    asio::awaitable<result<void>> end()
    {
        auto const flushed = co_await flush();
        if (flushed.has_error()) co_return flushed.error();
        auto wanted = mongo_document::array();
        for (auto& index : indexes_) {
            if (index.value("name", "") == "_id_") continue;
            // Its former database, and the format that the server chooses by itself.
            index.erase("ns");
            index.erase("v");
            wanted.push_back(std::move(index));
        }
        indexes_ = mongo_document::array();
        if (wanted.empty()) co_return boost::system::in_place_value;
        mongo_document words;
        words["createIndexes"] = at_.collection;
        words["indexes"] = std::move(wanted);
        co_return co_await run(std::move(words));
    }

    std::uint64_t documents() const noexcept { return documents_; }

private:
    asio::awaitable<result<void>> run(mongo_document words)
    {
        auto const left = time_left(options_);
        if (left.has_error()) co_return left.error();
        auto const done = co_await db_.command(at_.database, std::move(words), *left);
        if (done.has_error()) co_return done.error();
        co_return boost::system::in_place_value;
    }

    asio::awaitable<result<void>> flush()
    {
        if (batch_.empty()) co_return boost::system::in_place_value;
        auto const left = time_left(options_);
        if (left.has_error()) co_return left.error();
        auto batch = std::exchange(batch_, {});
        auto const done = co_await db_.insert(at_, std::move(batch), *left);
        if (done.has_error()) co_return done.error();
        documents_ += *done;
        co_return boost::system::in_place_value;
    }

    stores::mongo& db_;
    document_copy const& options_;
    stores::mongo_place at_{};
    mongo_document indexes_ = mongo_document::array();
    std::vector<mongo_document> batch_;
    std::uint64_t documents_ = 0;
};

} // namespace

asio::awaitable<result<std::uint64_t>> restore_documents(stores::mongo& db, document_copy const& o)
{
    auto const whole = check_whole(o.file);
    if (whole.has_error()) co_return whole.error();
    std::ifstream in{o.file};
    collection_writer writer{db, o};
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with(end_mark)) break;
        auto const text = std::string_view{line}.substr(document_mark.size());
        auto one = mongo_document::parse(text, nullptr, false);
        if (one.is_discarded()) {
            co_return failure{errc::malformed, o.file + ": a line is no JSON", {}};
        }
        auto work = line.starts_with(collection_mark) ? writer.begin(std::move(one))
                                                      : writer.add(std::move(one));
        auto const done = co_await std::move(work);
        if (done.has_error()) co_return done.error();
    }
    auto const ended = co_await writer.end();
    if (ended.has_error()) co_return ended.error();
    co_return writer.documents();
}

} // namespace watertight::drill
