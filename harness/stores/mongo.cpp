#include "harness/stores/mongo.hpp"

#include "harness/base/assert.hpp"
#include "harness/net/offload.hpp"
#include "harness/stores/mongo_link.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace watertight::stores {

// A message may have 48 MB and a document 16; a portion stays well below both for usual documents.
static constexpr std::size_t inserted_at_once_max = 500;

// Closing says goodbye to the server, which blocks.
template <class T>
static void release(std::shared_ptr<T> held)
{
    if (held) asio::post(net::blocking_threads(), [gone = std::move(held)] {});
}

struct mongo::state {
    explicit state(mongo_address a) : address(std::move(a)), where(address.describe()) {}
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    ~state() { release(std::move(link)); }

    template <class T>
    asio::awaitable<result<T>>
    run(std::chrono::nanoseconds budget, std::function<result<T>(mongo_link&)> work);

    mongo_address address;
    std::string where;
    std::shared_ptr<mongo_link> link;
    bool busy = false;
};

namespace {

/// Gives the connection up unless the operation came to its end.
template <class State>
class use {
public:
    explicit use(State& s) : state_{s}
    {
        WT_ASSERT(!s.busy);
        s.busy = true;
    }
    use(use const&) = delete;
    use& operator=(use const&) = delete;
    ~use()
    {
        state_.busy = false;
        if (!finished) release(std::exchange(state_.link, nullptr));
    }

    bool finished = false;

private:
    State& state_;
};

} // namespace

template <class T>
static bool connection_survives(result<T> const& r)
{
    if (r.has_value()) return true;
    auto const code = r.error().code;
    return code != errc::connection_lost && code != errc::deadline_exceeded &&
           code != errc::unreachable;
}

template <class T>
asio::awaitable<result<T>>
mongo::state::run(std::chrono::nanoseconds budget, std::function<result<T>(mongo_link&)> work)
{
    if (!link) {
        co_return failure{errc::connection_lost, "the connection to " + where + " is closed", {}};
    }
    use<state> in_use{*this};
    std::function<result<T>()> job = [held = link, work = std::move(work)] { return work(*held); };
    auto out = co_await net::offload<T>(budget, std::move(job), where);
    in_use.finished = connection_survives(out);
    co_return out;
}

mongo_cursor::mongo_cursor(std::shared_ptr<mongo_reading> r) noexcept : reading_{std::move(r)}
{
}
mongo_cursor::mongo_cursor(mongo_cursor&&) noexcept = default;
mongo_cursor& mongo_cursor::operator=(mongo_cursor&&) noexcept = default;
mongo_cursor::~mongo_cursor()
{
    release(std::move(reading_));
}

asio::awaitable<result<std::vector<std::string>>> mongo_cursor::next(std::chrono::nanoseconds budget
)
{
    std::function<result<std::vector<std::string>>()> job = [from = reading_] {
        return from->next();
    };
    co_return co_await net::offload<std::vector<std::string>>(
        budget, std::move(job), "the rest of a MongoDB answer"
    );
}

mongo::mongo(std::unique_ptr<state> s) noexcept : state_{std::move(s)}
{
}
mongo::mongo(mongo&&) noexcept = default;
mongo& mongo::operator=(mongo&&) noexcept = default;
mongo::~mongo() = default;

asio::awaitable<result<mongo>>
mongo::connect(asio::any_io_executor, std::string url, std::chrono::nanoseconds budget)
{
    auto address = parse_mongo_address(url);
    if (address.has_error()) co_return address.error();
    mongo out{std::make_unique<state>(std::move(*address))};
    auto const made = co_await out.reconnect(budget);
    if (made.has_error()) co_return made.error();
    co_return out;
}

asio::awaitable<result<void>> mongo::reconnect(std::chrono::nanoseconds budget)
{
    auto& s = *state_;
    WT_ASSERT(!s.busy);
    release(std::exchange(s.link, nullptr));
    using made = std::shared_ptr<mongo_link>;
    auto const limit = std::chrono::duration_cast<std::chrono::milliseconds>(budget);
    std::function<result<made>()> job = [address = s.address, limit] {
        return mongo_link::open(address, limit);
    };
    auto opened = co_await net::offload<made>(budget, std::move(job), s.where);
    if (opened.has_error()) co_return opened.error();
    s.link = std::move(*opened);
    co_return boost::system::in_place_value;
}

bool mongo::is_open() const noexcept
{
    return state_->link != nullptr;
}

std::string const& mongo::where() const noexcept
{
    return state_->where;
}

asio::awaitable<result<mongo_document>>
mongo::command(std::string database, mongo_document words, std::chrono::nanoseconds budget)
{
    std::function<result<mongo_document>(mongo_link&)> work =
        [database = std::move(database), words = std::move(words)](mongo_link& link) {
            return link.command(database, words);
        };
    co_return co_await state_->run<mongo_document>(budget, std::move(work));
}

asio::awaitable<result<mongo_cursor>>
mongo::find(mongo_place at, mongo_query q, std::chrono::nanoseconds budget)
{
    auto& s = *state_;
    using reading = std::shared_ptr<mongo_reading>;
    std::function<result<reading>(mongo_link&)> work =
        [held = s.link, at = std::move(at), q = std::move(q)](mongo_link&) {
            return mongo_reading::begin(held, at, q);
        };
    auto begun = co_await s.run<reading>(budget, std::move(work));
    if (begun.has_error()) co_return begun.error();
    co_return mongo_cursor{std::move(*begun)};
}

asio::awaitable<result<std::optional<mongo_document>>>
mongo::find_one(mongo_place at, mongo_query q, std::chrono::nanoseconds budget)
{
    q.limit = 1;
    auto& s = *state_;
    using texts = std::vector<std::string>;
    std::function<result<texts>(mongo_link&)> work =
        [held = s.link, at = std::move(at), q = std::move(q)](mongo_link&) -> result<texts> {
        auto const begun = mongo_reading::begin(held, at, q);
        if (begun.has_error()) return begun.error();
        return (*begun)->next();
    };
    auto const found = co_await s.run<texts>(budget, std::move(work));
    if (found.has_error()) co_return found.error();
    std::optional<mongo_document> out;
    if (!found->empty()) out = mongo_document::parse(found->front(), nullptr, false);
    co_return out;
}

static result<std::uint64_t>
insert_all(mongo_link& link, mongo_place const& at, std::vector<mongo_document> const& documents)
{
    std::uint64_t out = 0;
    for (std::size_t from = 0; from < documents.size(); from += inserted_at_once_max) {
        auto const end = std::min(from + inserted_at_once_max, documents.size());
        auto portion = mongo_document::array();
        for (auto i = from; i < end; ++i) portion.push_back(documents[i]);
        mongo_document const words{{"insert", at.collection}, {"documents", std::move(portion)}};
        auto const reply = link.command(at.database, words);
        if (reply.has_error()) return reply.error();
        out += reply->value("n", std::uint64_t{0});
    }
    return out;
}

asio::awaitable<result<std::uint64_t>> mongo::insert(
    mongo_place at, std::vector<mongo_document> documents, std::chrono::nanoseconds budget
)
{
    std::function<result<std::uint64_t>(mongo_link&)> work =
        [at = std::move(at), documents = std::move(documents)](mongo_link& link) {
            return insert_all(link, at, documents);
        };
    co_return co_await state_->run<std::uint64_t>(budget, std::move(work));
}

// The command {verb: collection, <list>: [one]}.
static mongo_document
with_one(char const* verb, std::string collection, char const* list, mongo_document one)
{
    mongo_document words;
    words[verb] = std::move(collection);
    words[list] = mongo_document::array({std::move(one)});
    return words;
}

asio::awaitable<result<mongo_changed>>
mongo::update(mongo_place at, mongo_change change, std::chrono::nanoseconds budget)
{
    mongo_document one{{"q", change.filter}, {"u", change.change}};
    one["multi"] = change.many;
    one["upsert"] = change.upsert;
    auto words = with_one("update", std::move(at.collection), "updates", std::move(one));
    auto const reply = co_await command(std::move(at.database), std::move(words), budget);
    if (reply.has_error()) co_return reply.error();
    mongo_changed out;
    out.matched = reply->value("n", std::uint64_t{0});
    out.modified = reply->value("nModified", std::uint64_t{0});
    if (auto const made = reply->find("upserted"); made != reply->end()) {
        out.upserted = made->size();
        out.matched -= std::min(out.matched, out.upserted);
    }
    co_return out;
}

asio::awaitable<result<std::uint64_t>>
mongo::remove(mongo_place at, mongo_document filter, bool many, std::chrono::nanoseconds budget)
{
    mongo_document one;
    one["q"] = std::move(filter);
    one["limit"] = many ? 0 : 1;
    auto words = with_one("delete", std::move(at.collection), "deletes", std::move(one));
    auto const reply = co_await command(std::move(at.database), std::move(words), budget);
    if (reply.has_error()) co_return reply.error();
    co_return reply->value("n", std::uint64_t{0});
}

asio::awaitable<result<std::uint64_t>>
mongo::count(mongo_place at, mongo_document filter, std::chrono::nanoseconds budget)
{
    mongo_document words;
    words["count"] = std::move(at.collection);
    words["query"] = std::move(filter);
    auto const reply = co_await command(std::move(at.database), std::move(words), budget);
    if (reply.has_error()) co_return reply.error();
    co_return reply->value("n", std::uint64_t{0});
}

asio::awaitable<result<std::vector<mongo_document>>> mongo::distinct(
    mongo_place at, std::string field, mongo_document filter, std::chrono::nanoseconds budget
)
{
    mongo_document words;
    words["distinct"] = std::move(at.collection);
    words["key"] = std::move(field);
    words["query"] = std::move(filter);
    auto const reply = co_await command(std::move(at.database), std::move(words), budget);
    if (reply.has_error()) co_return reply.error();
    std::vector<mongo_document> out;
    if (auto const values = reply->find("values"); values != reply->end()) {
        out.assign(values->begin(), values->end());
    }
    co_return out;
}

asio::awaitable<result<std::vector<std::string>>> mongo::databases(std::chrono::nanoseconds budget)
{
    std::function<result<std::vector<std::string>>(mongo_link&)> work = [](mongo_link& link) {
        return link.databases();
    };
    co_return co_await state_->run<std::vector<std::string>>(budget, std::move(work));
}

asio::awaitable<result<std::vector<std::string>>>
mongo::collections(std::string database, std::chrono::nanoseconds budget)
{
    std::function<result<std::vector<std::string>>(mongo_link&)> work =
        [database = std::move(database)](mongo_link& link) {
            return link.collections(database, {{"$ne", "view"}});
        };
    co_return co_await state_->run<std::vector<std::string>>(budget, std::move(work));
}

asio::awaitable<result<std::vector<std::string>>>
mongo::views(std::string database, std::chrono::nanoseconds budget)
{
    std::function<result<std::vector<std::string>>(mongo_link&)> work =
        [database = std::move(database)](mongo_link& link) {
            return link.collections(database, "view");
        };
    co_return co_await state_->run<std::vector<std::string>>(budget, std::move(work));
}

asio::awaitable<result<void>> mongo::drop(mongo_place at, std::chrono::nanoseconds budget)
{
    mongo_document words;
    words["drop"] = std::move(at.collection);
    auto const reply = co_await command(std::move(at.database), std::move(words), budget);
    if (reply.has_error() && reply.error().code != errc::not_found) co_return reply.error();
    co_return boost::system::in_place_value;
}

asio::awaitable<result<void>>
mongo::drop_database(std::string database, std::chrono::nanoseconds budget)
{
    mongo_document words;
    words["dropDatabase"] = 1;
    auto const reply = co_await command(std::move(database), std::move(words), budget);
    if (reply.has_error()) co_return reply.error();
    co_return boost::system::in_place_value;
}

} // namespace watertight::stores
