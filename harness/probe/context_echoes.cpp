#include "harness/base/text.hpp"
#include "harness/probe/body_diff.hpp"
#include "harness/probe/context.hpp"
#include "harness/probe/roles.hpp"
#include "harness/probe/targets.hpp"

#include <algorithm>

// What of an answer only repeats what was asked, and what of it looks like that.
namespace watertight::probe {

// Sends `wire` again with `word` in place of `token`.
asio::awaitable<std::optional<net::http_response>>
context::ask_with_word(std::string const& wire, std::string_view token, std::string_view word)
{
    auto changed = with_word(wire, token, word);
    if (!changed) co_return std::nullopt;
    co_await pace();
    ++sent_;
    net::http_request again{std::move(*changed), wire.starts_with("HEAD ")};
    auto answer = co_await parts_.shop.client.send(std::move(again), model().timeout);
    if (answer.has_error()) co_return std::nullopt;
    co_return std::move(*answer);
}

// An object that is asked for by its name has that in its answer; so has an error that repeats the
// question. Asked for a name that nobody has, only the latter shows it as often.
asio::awaitable<std::optional<std::string>> context::asked_but_not_echoed(
    target::operation const& op, request_options const& options, exchange const& e
)
{
    auto const* const object = options.object;
    if (object == nullptr || object->canary.empty() || !e.success()) co_return std::nullopt;
    auto const only_asks = e.method == "GET" || (e.method == op.method && is_read(op));
    auto const& name = object->canary;
    if (!only_asks || is_search(op) || e.wire.find(name) == e.wire.npos) co_return std::nullopt;
    auto const shown = count_of(e.body, name);
    if (shown == 0) co_return std::nullopt;
    auto const word = absent_twin(name, random_);
    auto const answer = co_await ask_with_word(e.wire, name, word);
    if (!answer) co_return std::nullopt;
    auto const is_refused = answer->status >= 400 && answer->status < 500 && answer->status != 429;
    if (!is_refused && count_of(answer->body, word) >= shown) co_return std::nullopt;
    co_return with_word(e.wire, name, word);
}

// Sends what asked once more, with a word that nobody has, and looks for it in the same answer.
asio::awaitable<bool> context::repeats_what_was_asked(
    target::operation const& op,
    target::actor& who,
    request_options const& options,
    exchange const& e
)
{
    std::vector<std::string> words;
    for (auto const& s : e.seen) {
        if (s.who.tenant == e.tenant) continue;
        auto const word = absent_twin(s.token, random_);
        auto const requests = asked_.requests(e.tenant, s.token);
        for (auto const& request : requests) {
            auto const answer = co_await ask_with_word(request, s.token, word);
            if (answer) words.push_back(word);
        }
        if (!words.empty()) break;
    }
    if (words.empty()) co_return false;
    if (op.within.count() > 0) {
        co_await pause(std::chrono::ceil<std::chrono::milliseconds>(op.within));
    }
    auto seen = co_await written(op, who, options);
    if (seen.wire.empty()) co_return false;
    net::http_request const once_more{seen.wire, seen.method == "HEAD"};
    co_await deliver(seen, once_more, options.waits);
    co_return std::ranges::any_of(words, [&](auto const& word) { return seen.shows(word); });
}

asio::awaitable<void> context::drop_repetitions(
    target::operation const& op, target::actor& who, request_options const& options, exchange& e
)
{
    if (asked_.is_open(e.channel)) {
        auto const repeats = co_await repeats_what_was_asked(op, who, options, e);
        asked_.learn(e.channel, repeats);
    }
    if (!asked_.repeats(e.channel)) co_return;
    std::erase_if(e.seen, [&](auto const& s) {
        return s.who.tenant != e.tenant && asked_.has(e.tenant, s.token);
    });
}

} // namespace watertight::probe
