#include "probes/api/job_result/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/jobs.hpp"
#include "harness/probe/links.hpp"
#include "harness/probe/roles.hpp"
#include "harness/probe/tenant_names.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::api::job_result {

constexpr probe::spec spec{
    .id = "api.job_result",
    .title = "What a job makes in the background is another tenant's, or is left behind",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-362",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1, 15.4.1",
    .faults = "Q1 Q2 Q7 F9",
    .rationale = "A worker has no request to take the tenant from. It takes it from the message, "
                 "from what it worked on last, or from a number that two tenants' jobs share, and "
                 "nobody looks at the file that it leaves.",
    .remedy = "Put the tenant into the message where it is queued, from the credentials and not "
              "from the order's body; name results by tenant and job; compare the tenant again "
              "when a result is fetched; remove the result with the job.",
};

static constexpr std::size_t tenants_max = 8;
static constexpr std::size_t jobs_each = 6;
static constexpr std::size_t pairs_max = 4;

// One kind of job.
class workshop {
public:
    workshop(probe::context& ctx, target::resource const& r, trial& out);

    asio::awaitable<void> make_alone_and_together();
    asio::awaitable<void> name_another(probe::tenant_pair pair);
    asio::awaitable<void> follow_links(probe::tenant_pair pair);
    asio::awaitable<void> remove_one(tenant_index whose);
    asio::awaitable<void> clear_away();

private:
    asio::awaitable<probe::exchange> wait_for(tenant_index whose, probe::request_options about);
    asio::awaitable<target::object*> make(tenant_index whose);
    asio::awaitable<probe::exchange>
    result_of(probe::target_operation read, target::object const& o);
    asio::awaitable<void> view(target::object const& o, bool is_alone);
    asio::awaitable<std::vector<std::string>> tenant_members();

    probe::context& ctx_;
    target::resource const& r_;
    target::operation const& state_;
    std::vector<probe::target_operation> results_{};
    std::vector<tenant_index> tenants_;
    std::vector<target::object*> made_{};
    trial& out_;
    std::size_t first_view_;
};

workshop::workshop(probe::context& ctx, target::resource const& r, trial& out)
    : ctx_{ctx},
      r_{r},
      state_{*probe::job_state(r)},
      tenants_{ctx.tenants()},
      out_{out},
      first_view_{out.views.size()}
{
    for (auto const& read : probe::content_reads(ctx.model())) {
        if (read.of == &r && !probe::object_slots(*read.op).empty()) results_.push_back(read);
    }
    if (tenants_.size() > tenants_max) tenants_.resize(tenants_max);
    out_.views.resize(first_view_ + results_.size());
    for (std::size_t i = 0; i < results_.size(); ++i) {
        out_.views[first_view_ + i].alone.channel = results_[i].op->channel();
    }
}

asio::awaitable<probe::exchange>
workshop::wait_for(tenant_index whose, probe::request_options about)
{
    auto const patience = probe::job_patience(state_);
    auto end = co_await probe::wait_for_job(ctx_, state_, whose, std::move(about), patience);
    co_return std::move(end.last);
}

asio::awaitable<target::object*> workshop::make(tenant_index whose)
{
    auto* const job = co_await probe::order_job(ctx_, r_, whose);
    if (job != nullptr) made_.push_back(job);
    co_return job;
}

// Where the state shows nothing that the job made, what an address in it leads to: a signed link
// to a file.
asio::awaitable<probe::exchange>
workshop::result_of(probe::target_operation read, target::object const& o)
{
    auto& who = ctx_.actor(o.tenant);
    auto const about = probe::about(ctx_, o);
    auto answer = co_await ctx_.send(*read.op, who, about);
    if (!answer.success() || answer.shows_canary_of(o.tenant)) co_return answer;
    auto const& base = ctx_.model().base;
    for (auto const& link : probe::links_in(answer)) {
        auto const is_own = link.host.empty() || link.host == base.authority();
        if (!is_own) continue;
        auto options = about;
        options.changes.path = link.target;
        options.changes.method = "GET";
        options.judged_alone = true;
        auto file = co_await ctx_.send(*read.op, who, std::move(options));
        if (!file.success() || file.seen.empty()) continue;
        file.channel = answer.channel;
        co_return file;
    }
    co_return answer;
}

asio::awaitable<void> workshop::view(target::object const& o, bool is_alone)
{
    auto const about = probe::about(ctx_, o);
    co_await wait_for(o.tenant, about);
    for (std::size_t i = 0; i < results_.size(); ++i) {
        auto answer = co_await result_of(results_[i], o);
        auto& v = out_.views[first_view_ + i];
        if (is_alone)
            v.alone = std::move(answer);
        else
            v.together.push_back(std::move(answer));
    }
}

asio::awaitable<void> workshop::make_alone_and_together()
{
    auto const* const alone = co_await make(tenants_.front());
    if (alone == nullptr) co_return;
    co_await view(*alone, true);
    // All orders first, so that the worker has everybody's before it; then all results.
    std::vector<target::object*> together;
    auto const order = [&](std::size_t i) -> asio::awaitable<void> {
        auto* const one = co_await make(tenants_[i % tenants_.size()]);
        if (one != nullptr) together.push_back(one);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = order;
    co_await ctx_.for_each(tenants_.size() * jobs_each, each);
    auto const look = [&](std::size_t i) -> asio::awaitable<void> {
        co_await view(*together[i], false);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each_view = look;
    co_await ctx_.for_each(together.size(), each_view);
}

// Names under which the service itself shows a job's tenant, and usual ones.
asio::awaitable<std::vector<std::string>> workshop::tenant_members()
{
    std::vector<std::string> out{"tenantId", "tenant_id", "workspaceId", "workspace_id", "org_id"};
    for (auto& name : probe::tenant_names(ctx_.model())) {
        if (std::ranges::count(out, name) == 0) out.push_back(std::move(name));
    }
    if (made_.empty()) co_return out;
    auto const about = probe::about(ctx_, *made_.front());
    auto const state = co_await ctx_.send(state_, ctx_.actor(made_.front()->tenant), about);
    auto const id = ctx_.tenant(made_.front()->tenant).attributes.find("id").value_or("");
    for (auto const& name : probe::members_that_hold(state.body, id)) {
        if (!id.empty() && std::ranges::count(out, name) == 0) out.push_back(name);
    }
    co_return out;
}

asio::awaitable<void> workshop::name_another(probe::tenant_pair pair)
{
    auto const named = std::string{ctx_.tenant(pair.victim).attributes.find("id").value_or("")};
    if (named.empty() || !target::takes_fields(r_.create->body)) co_return;
    auto const members = co_await tenant_members();
    auto object = co_await probe::planting::begin(ctx_, r_, pair.intruder);
    auto options = object.options();
    auto const body = probe::body_of(ctx_, *r_.create, pair.intruder, options);
    auto const spoofed = with_members(body.value_or(""), members, named);
    if (spoofed.empty()) co_return;
    options.changes.body = spoofed;
    spoofed_job s;
    s.named = pair.victim;
    s.members = join(members, ", ");
    s.order = co_await object.send(ctx_, pair, probe::approach::own_path, std::move(options));
    if (object.is_made()) {
        auto const about = object.place(ctx_);
        co_await wait_for(pair.intruder, about);
        for (auto const& read : results_) {
            auto answer = co_await ctx_.send(*read.op, ctx_.actor(pair.intruder), about);
            s.views.push_back(std::move(answer));
        }
    }
    co_await object.discard(ctx_);
    out_.spoofed.push_back(std::move(s));
}

asio::awaitable<void> workshop::follow_links(probe::tenant_pair pair)
{
    auto const* const object = probe::pick_foreign(ctx_, pair, r_, 0);
    if (object == nullptr) co_return;
    auto const about = probe::about(ctx_, *object);
    auto const state = co_await wait_for(pair.victim, about);
    for (auto const& link : links_in(state.body, ctx_.model().base.origin())) {
        auto options = about;
        options.changes.path = link;
        options.changes.method = "GET";
        handed_out_link l;
        l.owner = co_await ctx_.send(state_, ctx_.actor(pair.victim), options);
        l.intruder = co_await ctx_.send(state_, ctx_.actor(pair.intruder), options);
        auto const id = probe::id_of(*object);
        l.owner.channel = "GET " + (id.empty() ? link : replace_all(link, id, "{id}"));
        l.intruder.channel = l.owner.channel;
        out_.links.push_back(std::move(l));
    }
}

asio::awaitable<void> workshop::remove_one(tenant_index whose)
{
    if (!r_.remove || !probe::is_tenants_own(ctx_.model(), *r_.remove)) co_return;
    auto* const object = co_await make(whose);
    if (object == nullptr) co_return;
    auto const about = probe::about(ctx_, *object);
    co_await wait_for(whose, about);
    std::vector<removed_job> all;
    for (auto const& read : results_) {
        all.emplace_back().before = co_await ctx_.send(*read.op, ctx_.actor(whose), about);
    }
    auto const removal = co_await ctx_.send(*r_.remove, ctx_.actor(whose), about);
    object->removed = removal.success();
    // A service may take a moment to tidy up.
    static constexpr int attempts = 5;
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].removal = removal;
        for (int attempt = 0; attempt < attempts; ++attempt) {
            all[i].after = co_await ctx_.send(*results_[i].op, ctx_.actor(whose), about);
            if (!all[i].after.success()) break;
            co_await probe::pause(std::chrono::milliseconds{100});
        }
        out_.removed.push_back(std::move(all[i]));
    }
}

asio::awaitable<void> workshop::clear_away()
{
    for (auto* const job : made_) co_await probe::remove_job(ctx_, r_, *job);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    trial seen;
    bool has_jobs = false;
    for (auto const* const r : probe::resources_with(ctx.model(), {&target::resource::create})) {
        if (probe::job_state(*r) == nullptr || ctx.tenants().size() < 2) continue;
        has_jobs = true;
        workshop one{ctx, *r, seen};
        co_await one.make_alone_and_together();
        for (auto const pair : ctx.few_pairs(pairs_max)) {
            co_await one.name_another(pair);
            co_await one.follow_links(pair);
        }
        co_await one.remove_one(ctx.tenants().front());
        co_await one.clear_away();
    }
    if (!has_jobs) {
        out.not_applicable = "no resource has a `create` and a read with `poll`: a job that is "
                             "ordered, waited for and fetched";
        co_return out;
    }
    co_return judge(seen);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::job_result
