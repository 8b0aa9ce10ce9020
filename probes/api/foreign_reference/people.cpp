// References to users, whom no resource need describe: an assignee, an owner, a reviewer.
#include "harness/probe/read_back.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/foreign_reference/writing.hpp"

#include <algorithm>
#include <array>

namespace watertight::probes::api::foreign_reference {

// To bring somebody in is what these are for: whoever has an account may be meant.
static bool admits_people(target::resource const& r)
{
    auto const name = to_lower(r.name);
    auto const speaks = [&](std::string_view word) { return name.find(word) != name.npos; };
    return speaks("user") || speaks("member") || speaks("invit") || speaks("share") ||
           speaks("collab") || speaks("grant") || speaks("permission") || speaks("access");
}

static std::string id_of(target::actor const& who)
{
    return std::string{who.attributes.find("id").value_or("")};
}

// Another user than the one that writes, if there is one: what a target sets by itself names the
// writer.
static std::string colleague_of(probe::context& ctx, tenant_index where)
{
    auto const& writer = ctx.actor(where);
    std::string out;
    for (auto const& one : ctx.tenant(where).actors) {
        if (one.index != writer.index && !id_of(one).empty()) out = id_of(one);
    }
    return out.empty() ? id_of(writer) : out;
}

// Members that the scenario itself fills with a user's id.
static std::vector<reference>
described(probe::context& ctx, target::operation const& op, probe::request_options options)
{
    target::values named;
    named.set("user.id", std::string{unlikely_id});
    options.extra = &named;
    auto const who = options.object->tenant;
    return filled_members(ctx, op, who, std::move(options));
}

asio::awaitable<std::vector<writing>>
writes_about_people(probe::context& ctx, target::resource const& r, tenant_index who)
{
    std::vector<writing> out;
    auto const* const sample = probe::pick_object(ctx, who, r, 0);
    auto const is_resource = ctx.model().find_resource("users") != nullptr;
    if (sample == nullptr || is_resource || admits_people(r)) co_return out;
    auto about = probe::about(ctx, *sample);
    auto const view = co_await probe::look_up(ctx, r, ctx.actor(who), about);
    about.canary = ctx.fresh_canary(who);
    about.canary_number = ctx.fresh_number(who);
    auto const add = [&](target::operation const& op) {
        auto const body = probe::body_of(ctx, op, who, about).value_or("");
        auto const said = described(ctx, op, about);
        auto members = said;
        for (auto const& from : {people_in(body), people_in(view.body)}) {
            for (auto const& one : from) {
                if (std::ranges::count(members, one) == 0) members.push_back(one);
            }
        }
        for (auto& by : members) {
            auto const is_said = std::ranges::count(said, by) != 0;
            out.push_back({&r, &op, std::move(by), nullptr, is_said});
        }
    };
    add(*r.create);
    if (r.update && target::takes_fields(r.update->body)) add(*r.update);
    co_return out;
}

// Whether one of the views tells who it is.
static bool names(written const& w, target::tenant const& t, std::string const& id)
{
    auto const who =
        std::ranges::find_if(t.actors, [&](auto const& one) { return id_of(one) == id; });
    if (who == t.actors.end()) return false;
    return std::ranges::any_of(std::array{"email", "name", "username"}, [&](auto const* attribute) {
        auto const value = who->attributes.find(attribute);
        return value && std::ranges::any_of(w.views, [&](auto const& view) {
                   return view.success() && view.shows(*value);
               });
    });
}

asio::awaitable<bool> attempt_person(
    probe::context& ctx, writing const& w, probe::tenant_pair pair, std::vector<trial>& out
)
{
    auto const own = colleague_of(ctx, pair.intruder);
    auto const theirs = id_of(ctx.actor(pair.victim));
    if (own.empty() || theirs.empty()) co_return false;
    auto const is_own_too =
        std::ranges::any_of(ctx.tenant(pair.intruder).actors, [&](auto const& one) {
            return id_of(one) == theirs;
        });
    // A user of both tenants is one of the intruder's.
    if (is_own_too) co_return false;
    auto const plain = co_await write(ctx, w, pair.intruder, own, nullptr);
    auto const is_seen = plain.is_kept || names(plain, ctx.tenant(pair.intruder), own);
    if (!is_seen && !(w.is_described && plain.answer.success())) co_return false;
    auto t = co_await compare(ctx, w, pair, theirs, nullptr);
    t.of = "users";
    t.control = plain.answer;
    t.is_unseen = !is_seen;
    out.push_back(std::move(t));
    co_return true;
}

} // namespace watertight::probes::api::foreign_reference
