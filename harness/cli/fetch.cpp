#include "harness/cli/fetch.hpp"

#include "harness/base/text.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/evidence/redaction.hpp"
#include "harness/net/http_client.hpp"

#include <fmt/format.h>

#include <chrono>

namespace watertight::cli {

static constexpr auto fetch_budget = std::chrono::seconds{30};
static constexpr int redirections_max = 5;

bool is_url(std::string_view text)
{
    return text.starts_with("http://") || text.starts_with("https://");
}

static net::http_request get_request(net::url const& u)
{
    auto wire = fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: watertight\r\n"
        "Accept: application/json, application/yaml, */*\r\nAccept-Encoding: gzip\r\n",
        u.target,
        u.where.authority()
    );
    if (!u.userinfo.empty()) wire += fmt::format("Authorization: Basic {}\r\n", base64(u.userinfo));
    return {wire + "\r\n", false};
}

// Where an answer leads to; empty if it leads nowhere.
static std::string next_url(net::url const& from, net::http_response const& answer)
{
    if (answer.status < 300 || answer.status >= 400) return {};
    auto const location = answer.header("Location");
    if (!location) return {};
    std::string const to{*location};
    return to.starts_with('/') ? from.where.origin() + to : to;
}

// The host that a redirection would lead to, if it is another; a step up to https is none.
static std::string leaves(net::url const& from, std::string const& next)
{
    if (next.empty()) return {};
    auto const to = net::parse_url(next);
    // What is no URL is told when it is fetched.
    if (to.has_error()) return {};
    auto const is_upgrade = to->where.tls && !from.where.tls && to->where.host == from.where.host;
    return to->where == from.where || is_upgrade ? std::string{} : to->where.authority();
}

static asio::awaitable<void>
fetch_into(asio::any_io_executor core, std::string url, result<std::string>& out)
{
    evidence::redactor const secrets;
    for (int i = 0; i <= redirections_max; ++i) {
        auto const shown = secrets.redact(url);
        auto const parsed = net::parse_url(url);
        if (parsed.has_error()) {
            out = failure{errc::malformed, shown + ": " + parsed.error().message, {}};
            co_return;
        }
        net::http_client client{core, parsed->where, {}, 1};
        auto request = get_request(*parsed);
        auto const answer = co_await client.send(std::move(request), fetch_budget);
        if (answer.has_error()) {
            out = failure{answer.error().code, shown + ": " + answer.error().message, {}};
            co_return;
        }
        auto next = next_url(*parsed, *answer);
        if (auto const elsewhere = leaves(*parsed, next); !elsewhere.empty()) {
            out = failure{
                errc::rejected,
                fmt::format(
                    "{}: redirects to {}; name that URL if it is the one you mean",
                    shown,
                    secrets.redact(next)
                ),
                {}};
            co_return;
        }
        if (next.empty()) {
            if (answer->ok()) {
                out = answer->body;
            } else {
                out = failure{
                    errc::rejected, fmt::format("{}: status {}", shown, answer->status), {}};
            }
            co_return;
        }
        url = std::move(next);
    }
    out = failure{errc::rejected, url + ": redirected too often", {}};
}

result<std::string> fetch_text(std::string const& url)
{
    result<std::string> out = failure{errc::connection_lost, url + ": interrupted", {}};
    asio::io_context loop{1};
    auto const work = [&]() -> asio::awaitable<void> {
        return fetch_into(loop.get_executor(), url, out);
    };
    run_interruptibly(loop, work);
    return out;
}

} // namespace watertight::cli
