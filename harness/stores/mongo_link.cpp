#include "harness/stores/mongo_link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace watertight::stores {

// No exchange with a server takes longer: what a caller gave up ends by then.
static constexpr auto exchange_max = std::chrono::seconds{30};

using uri_ptr = std::unique_ptr<mongoc_uri_t, decltype(&mongoc_uri_destroy)>;

namespace {

struct bson_free_all {
    void operator()(void* b) const noexcept { bson_destroy(static_cast<bson_t*>(b)); }
};

// libbson asks for an alignment that a template argument cannot carry.
struct held_bson {
    explicit held_bson(bson_t* b) : all{b} {}
    bson_t const* get() const noexcept { return static_cast<bson_t const*>(all.get()); }

    std::unique_ptr<void, bson_free_all> all;
};

/// A reply that libmongoc initialises and fills, whatever comes of the command.
struct reply {
    reply() = default;
    reply(reply const&) = delete;
    reply& operator=(reply const&) = delete;
    ~reply() { bson_destroy(&held); }

    bson_t held{};
};

} // namespace

static void prepare_library()
{
    static std::once_flag once;
    std::call_once(once, [] {
        mongoc_init();
        // What goes wrong is told to callers, not to whoever reads standard error.
        mongoc_log_set_handler(nullptr, nullptr);
    });
}

static std::string text_of(bson_t const& from, bool exact)
{
    std::size_t size = 0;
    auto* const raw = exact ? bson_as_canonical_extended_json(&from, &size)
                            : bson_as_relaxed_extended_json(&from, &size);
    if (raw == nullptr) return "{}";
    std::string out{raw, size};
    bson_free(raw);
    return out;
}

static result<held_bson> bson_of(mongo_document const& from)
{
    auto const text = from.dump(-1, ' ', false, mongo_document::error_handler_t::replace);
    bson_error_t error{};
    auto const size = static_cast<ssize_t>(text.size());
    held_bson out{
        bson_new_from_json(reinterpret_cast<std::uint8_t const*>(text.data()), size, &error)};
    if (!out.all) {
        return failure{errc::malformed, fmt::format("not extended JSON: {}", error.message), {}};
    }
    return out;
}

static errc code_of_server(std::uint32_t code, std::string_view message)
{
    static constexpr std::uint32_t unauthorized = 13;
    static constexpr std::uint32_t authentication_failed = 18;
    static constexpr std::uint32_t namespace_not_found = 26;
    static constexpr std::uint32_t time_limit_exceeded = 50;
    static constexpr std::uint32_t interrupted_at_shutdown = 11600;
    static constexpr std::uint32_t not_primary = 10107;
    switch (code) {
    case unauthorized:
    case authentication_failed:
        return errc::unauthorised;
    case namespace_not_found:
        return errc::not_found;
    case time_limit_exceeded:
        return errc::deadline_exceeded;
    case interrupted_at_shutdown:
    case not_primary:
        return errc::connection_lost;
    default:
        break;
    }
    // A server whose store is PostgreSQL hands on that store's refusals.
    auto const denied = message.find("42501") != message.npos ||
                        message.find("password authentication failed") != message.npos;
    return denied ? errc::unauthorised : errc::rejected;
}

static errc code_of(bson_error_t const& error)
{
    std::string_view const message{error.message};
    switch (error.domain) {
    case MONGOC_ERROR_SERVER:
    case MONGOC_ERROR_WRITE_CONCERN:
    case MONGOC_ERROR_COMMAND:
    case MONGOC_ERROR_QUERY:
        return code_of_server(error.code, message);
    case MONGOC_ERROR_SERVER_SELECTION:
        return message.find("uthentication") != message.npos ? errc::unauthorised
                                                             : errc::unreachable;
    case MONGOC_ERROR_STREAM:
        return errc::connection_lost;
    case MONGOC_ERROR_SASL:
        return errc::unauthorised;
    case MONGOC_ERROR_CLIENT:
        return error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE ? errc::unauthorised : errc::rejected;
    default:
        return errc::rejected;
    }
}

mongo_link::mongo_link(mongoc_client_t* client, std::string where)
    : client_(client), where_(std::move(where))
{
}

mongo_link::~mongo_link()
{
    mongoc_client_destroy(client_);
}

failure mongo_link::failed(bson_error_t const& error) const
{
    std::string_view const message{error.message};
    return {code_of(error), fmt::format("{}: {}", where_, message), std::to_string(error.code)};
}

static void limit_times(mongoc_uri_t* uri, std::chrono::milliseconds budget)
{
    auto const connecting = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(budget.count(), 1, std::chrono::milliseconds{exchange_max}.count())
    );
    auto const whole = static_cast<std::int32_t>(std::chrono::milliseconds{exchange_max}.count());
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, connecting);
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, connecting);
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, whole);
    // One try: who wants another asks for it.
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false);
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
    mongoc_uri_set_appname(uri, "watertight");
}

result<std::shared_ptr<mongo_link>>
mongo_link::open(mongo_address const& address, std::chrono::milliseconds budget)
{
    prepare_library();
    bson_error_t error{};
    uri_ptr const uri{mongoc_uri_new_with_error(address.url.c_str(), &error), &mongoc_uri_destroy};
    auto const where = address.describe();
    auto* const client =
        uri ? (limit_times(uri.get(), budget), mongoc_client_new_from_uri(uri.get())) : nullptr;
    if (client == nullptr) {
        auto why = fmt::format("cannot connect to {}: its URL asks for what is not there", where);
        return failure{errc::malformed, std::move(why), {}};
    }
    mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2);
    std::shared_ptr<mongo_link> out{new mongo_link{client, where}};
    auto const answer = out->command("admin", {{"ping", 1}});
    if (answer.has_value()) return out;
    auto fault = answer.error();
    fault.message = "cannot connect to " + fault.message;
    if (fault.code != errc::unauthorised) fault.code = errc::unreachable;
    return fault;
}

// A write's reply says "ok" even if every single write was refused.
static std::optional<failure> refused_write(mongo_document const& reply, std::string const& where)
{
    auto const errors = reply.find("writeErrors");
    if (errors == reply.end() || !errors->is_array() || errors->empty()) return std::nullopt;
    auto const& first = errors->front();
    auto const code = first.value("code", std::uint32_t{0});
    auto const message = first.value("errmsg", std::string{"a write was refused"});
    return failure{
        code_of_server(code, message), fmt::format("{}: {}", where, message), std::to_string(code)};
}

result<mongo_document> mongo_link::command(std::string const& database, mongo_document const& words)
{
    auto const sent = bson_of(words);
    if (sent.has_error()) return sent.error();
    reply got;
    bson_error_t error{};
    auto const mine = turn();
    auto const ok = mongoc_client_command_simple(
        client_, database.c_str(), sent->get(), nullptr, &got.held, &error
    );
    if (!ok) return failed(error);
    auto out = mongo_document::parse(text_of(got.held, false), nullptr, false);
    if (auto refused = refused_write(out, where_)) return *refused;
    // A JSON value converts to anything, so that it has to be said what it is here.
    return result<mongo_document>{boost::system::in_place_value, std::move(out)};
}

// Frees libmongoc's list of names.
static std::vector<std::string> taken(char** names)
{
    std::vector<std::string> out;
    for (auto** name = names; *name != nullptr; ++name) out.emplace_back(*name);
    bson_strfreev(names);
    std::ranges::sort(out);
    return out;
}

result<std::vector<std::string>> mongo_link::databases()
{
    bson_error_t error{};
    auto const mine = turn();
    auto** const names = mongoc_client_get_database_names_with_opts(client_, nullptr, &error);
    if (names == nullptr) return failed(error);
    auto out = taken(names);
    std::erase_if(out, [](auto const& n) { return n == "admin" || n == "config" || n == "local"; });
    return out;
}

result<std::vector<std::string>>
mongo_link::collections(std::string const& database, mongo_document const& type)
{
    auto const mine = turn();
    std::unique_ptr<mongoc_database_t, decltype(&mongoc_database_destroy)> const from{
        mongoc_client_get_database(client_, database.c_str()), &mongoc_database_destroy};
    mongo_document options;
    options["filter"]["type"] = type;
    auto const wanted = bson_of(options);
    if (wanted.has_error()) return wanted.error();
    bson_error_t error{};
    auto** const names =
        mongoc_database_get_collection_names_with_opts(from.get(), wanted->get(), &error);
    if (names == nullptr) return failed(error);
    auto out = taken(names);
    std::erase_if(out, [](auto const& n) { return n.starts_with("system."); });
    return out;
}

mongo_reading::mongo_reading(std::shared_ptr<mongo_link> link, mongoc_collection_t* from)
    : link_(std::move(link)), from_(from)
{
}

mongo_reading::~mongo_reading()
{
    auto const mine = link_->turn();
    if (cursor_ != nullptr) mongoc_cursor_destroy(cursor_);
    mongoc_collection_destroy(from_);
}

result<std::shared_ptr<mongo_reading>> mongo_reading::begin(
    std::shared_ptr<mongo_link> const& link, mongo_place const& at, mongo_query const& q
)
{
    auto const filter = bson_of(q.filter);
    if (filter.has_error()) return filter.error();
    mongo_document options{{"batchSize", q.batch}};
    if (!q.projection.empty()) options["projection"] = q.projection;
    if (!q.sort.empty()) options["sort"] = q.sort;
    if (q.limit > 0) options["limit"] = q.limit;
    auto const settings = bson_of(options);
    if (settings.has_error()) return settings.error();
    auto const mine = link->turn();
    auto* const from =
        mongoc_client_get_collection(link->client(), at.database.c_str(), at.collection.c_str());
    std::shared_ptr<mongo_reading> out{new mongo_reading{link, from}};
    out->cursor_ = mongoc_collection_find_with_opts(from, filter->get(), settings->get(), nullptr);
    out->documents_max_ = std::max<std::size_t>(q.batch, 1);
    out->exact_ = q.exact;
    return out;
}

result<std::vector<std::string>> mongo_reading::next()
{
    std::vector<std::string> out;
    if (ended_) return out;
    auto const mine = link_->turn();
    bson_t const* document = nullptr;
    while (!ended_ && out.size() < documents_max_) {
        // libmongoc forbids another step after the last.
        ended_ = !mongoc_cursor_next(cursor_, &document);
        if (!ended_) out.push_back(text_of(*document, exact_));
    }
    bson_error_t error{};
    if (mongoc_cursor_error(cursor_, &error)) return link_->failed(error);
    return out;
}

} // namespace watertight::stores
