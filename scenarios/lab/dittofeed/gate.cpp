#include "scenarios/lab/dittofeed/gate.hpp"

#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::lab::dittofeed {

static constexpr std::string_view header_name = "X-Workspace-Id";

std::string named_workspace(request const& in)
{
    auto const is_it = [](auto const& header) { return iequals(header.first, header_name); };
    auto const at = std::ranges::find_if(in.headers, is_it);
    if (at == in.headers.end() || std::ranges::count_if(in.headers, is_it) != 1) {
        throw refusal{400, "WORKSPACE_REQUIRED", "X-Workspace-Id is required, once"};
    }
    auto id = to_lower(trim(at->second));
    if (!is_uuid(id)) throw refusal{400, "WORKSPACE_REQUIRED", "X-Workspace-Id is no UUID"};
    return id;
}

// The log is the sender's own workspace's and names nothing of the other one.
static asio::awaitable<void> refuse_foreign(call& c, std::string workspace_id, std::string named)
{
    // After the refusal the context that the entry needs is gone.
    if (c.faults().on("X08")) workspace_id.clear();
    // Whatever the request names is taken for the tenant that it is about.
    if (c.faults().on("X10")) {
        auto const other = co_await find_workspace(c.core, named);
        if (other) workspace_id = named;
    }
    auto what = c.in.method.substr(0, 16) + " of another workspace";
    if (!workspace_id.empty()) {
        co_await audit(
            c.core, std::move(workspace_id), c.user_id, "access.refused", std::move(what)
        );
    }
    throw refusal{403, "WORKSPACE_MISMATCH", "the token is another workspace's"};
}

static asio::awaitable<response> admit_member(call& c, endpoint to, std::string token)
{
    auto const claims = c.process().tokens.read(token);
    auto const own = text_claim(claims, "workspaceId");
    c.user_id = text_claim(claims, "sub");
    c.role = text_claim(claims, "role");
    auto const named = named_workspace(c.in);
    // With the defect of J03 only a token that says something can contradict.
    auto const is_silent = own.empty() && c.faults().on("J03");
    auto const decides = c.faults().on("J01") || is_silent ? named : own;

    presence const here{c.process().workspaces.in_flight(decides)};
    c.on = co_await find_workspace(c.core, decides);
    if (!c.on || c.on->status == "deleting") {
        throw refusal{401, "UNAUTHENTICATED", "the token's workspace does not exist"};
    }
    if (named != decides) co_await refuse_foreign(c, own, named);
    if (!c.on->is_active() && !c.faults().on("L6")) {
        throw refusal{403, "WORKSPACE_SUSPENDED", "the workspace is suspended"};
    }
    if (to.who == access::platform) throw refusal{403, "FORBIDDEN", "for the platform alone"};
    if (to.who == access::admin && c.role != "admin") {
        throw refusal{403, "FORBIDDEN", "for administrators of the workspace alone"};
    }
    co_return co_await to.run(c);
}

asio::awaitable<response> admit(call& c, endpoint to)
{
    c.kind = to.kind;
    if (to.who == access::anyone) co_return co_await to.run(c);
    auto token = bearer_of(c.in);
    if (!same_secret(token, c.process().admin_token)) {
        co_return co_await admit_member(c, to, std::move(token));
    }
    if (to.who != access::platform) {
        throw refusal{401, "UNAUTHENTICATED", "a member's token is required"};
    }
    c.by_platform = true;
    co_return co_await to.run(c);
}

} // namespace watertight::lab::dittofeed
