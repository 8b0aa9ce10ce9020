#include "harness/drill/verifier.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/comparison.hpp"
#include "harness/drill/contents_json.hpp"
#include "harness/drill/report.hpp"
#include "harness/drill/steps.hpp"
#include "harness/drill/stores.hpp"
#include "harness/target/render.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace watertight::drill {

static constexpr std::size_t changes_told_max = 60;
static constexpr std::size_t tenants_listed_max = 20;
// In the window nobody may be made to wait.
static constexpr std::uint64_t window_rows_max = 500'000;
static constexpr auto window_statement = std::chrono::seconds{2};
static constexpr auto look_again_after = std::chrono::milliseconds{700};

verifier::verifier(
    plan const& p, surroundings& s, live_traffic const& traffic, learner const& learnt
)
    : plan_{p}, around_{s}, traffic_{traffic}, learnt_{learnt}
{
}

std::vector<evidence::finding> verifier::take_findings()
{
    auto out = std::move(found_);
    std::ranges::move(strays_, std::back_inserter(out));
    return out;
}

std::size_t verifier::tables_before() const noexcept
{
    std::size_t out = 0;
    for (auto const& c : data_) out += c.size();
    return out;
}

asio::awaitable<result<void>> verifier::look_before()
{
    for (auto const& site : plan_.fingerprints) {
        contents_options how;
        auto taken = co_await take_contents(around_, site, std::move(how));
        if (taken.has_error()) co_return taken.error();
        auto const missing = named_in_vain(around_, site, *taken);
        if (!missing.empty()) {
            auto why = fmt::format("{} has no table {}", site.store, join(missing, ", "));
            co_return failure{errc::not_found, std::move(why), {}};
        }
        data_.push_back(std::move(*taken));
    }
    co_await look_at_shapes(shapes_);
    if (around_.probe && !plan_.verify.probes.empty()) {
        auto run = co_await around_.probe(plan_.verify.probes);
        probed_ = std::move(run.findings);
        if (!probed_.empty()) {
            notes_.push_back(
                plural(probed_.size(), "finding") + " of the probes before the drill, not its doing"
            );
        }
    }
    co_return boost::system::in_place_value;
}

std::string verifier::kept() const
{
    return to_json({data_, shapes_});
}

result<void> verifier::take_up(std::string const& kept, bool has_written)
{
    auto before = state_from_json(kept);
    if (before.has_error()) return before.error();
    data_ = std::move(before->data);
    shapes_ = std::move(before->shapes);
    writes_before_ = has_written ? 1 : 0;
    return boost::system::in_place_value;
}

asio::awaitable<void> verifier::look_at_shapes(std::map<std::string, catalogue>& into)
{
    if (!plan_.verify.catalogue) co_return;
    std::set<std::string> seen;
    auto const elsewhere = stores_to_restore_into(plan_);
    for (auto const& [store, url] : around_.store_urls) {
        // Two names of one server's database are looked at once.
        if (elsewhere.contains(store) || url.empty() || !seen.insert(url).second) continue;
        auto read = co_await read_catalogue(url);
        if (read.has_value()) {
            into.emplace(store, std::move(*read));
        } else {
            auto const why = around_.secrets.redact(read.error().message);
            notes_.push_back(fmt::format("the catalogue of {} was not compared: {}", store, why));
        }
    }
}

asio::awaitable<void> verifier::look_after(verdict::drill_outcome& out)
{
    // Without a way back what the migration made is there to stay.
    if (plan_.rollback.empty()) {
        judge_window();
        co_return;
    }
    contents_options how;
    how.is_own = [this](std::string_view text) { return traffic_.wrote(text); };
    for (std::size_t i = 0; i < data_.size(); ++i) {
        auto const& site = plan_.fingerprints[i];
        auto const taken = co_await take_contents(around_, site, how);
        if (taken.has_error()) {
            found_.push_back(unverified(site.store, around_.secrets.redact(taken.error().message)));
            unverified_ = true;
            continue;
        }
        auto const sent = traffic_.writes_sent() + writes_before_;
        for (auto& print : compare(data_[i], *taken, sent, learnt_.of(i))) {
            print.store = site.store;
            out.fingerprints.push_back(std::move(print));
        }
    }
    judge_window();
    co_await compare_writes();
    co_await compare_shapes();
    co_await compare_probes();
}

stored_tenants verifier::expected_of(std::string const& store) const
{
    auto const& m = around_.model;
    target::template_text const* text = nullptr;
    if (store == "postgres" && m.postgres) text = &m.postgres->tenant_value;
    if (store == "mongo" && m.mongo) text = &m.mongo->tenant_value;
    stored_tenants out;
    if (text == nullptr || text->empty()) return out;
    for (auto const& t : around_.tenants.tenants) {
        target::scope s{.in_tenant = &t};
        s.run_id = around_.tenants.run_id;
        std::string hold;
        std::string value;
        target::lookup const values = [&](std::string_view name) {
            return target::find_value(s, name, hold);
        };
        if (!text->render(values, value)) out.emplace(t.index, std::move(value));
    }
    return out;
}

static census_options census_of(fingerprint_site const& site, surroundings const& s)
{
    census_options o{site.store, site.tenant};
    auto const& m = s.model;
    if (!o.tenant.empty()) return o;
    if (site.store == "postgres" && m.postgres) o.tenant = m.postgres->tenant_column;
    if (site.store == "mongo" && m.mongo) o.tenant = m.mongo->tenant_field;
    return o;
}

asio::awaitable<void> verifier::watch_window()
{
    asio::steady_timer pause{co_await asio::this_coro::executor};
    for (;;) {
        for (auto const& site : plan_.fingerprints) {
            auto o = census_of(site, around_);
            o.rows_max = window_rows_max;
            o.statement_timeout = window_statement;
            auto seen = co_await take_census(around_, std::move(o));
            if (seen.has_value()) window_.insert_or_assign(site.store, std::move(*seen));
        }
        pause.expires_after(look_again_after);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

static std::set<std::string> shared_before(contents const& before)
{
    std::set<std::string> out;
    for (auto const& [table, held] : before) {
        if (held.whole.tenants.contains(std::nullopt)) out.insert(table);
    }
    return out;
}

// What the migration promised, as it stood in the window.
void verifier::judge_window()
{
    for (std::size_t i = 0; i < data_.size(); ++i) {
        auto const& store = plan_.fingerprints[i].store;
        auto const seen = window_.find(store);
        if (seen == window_.end()) continue;
        for (auto const& [table, whose] : seen->second.tables) {
            auto const before = data_[i].find(table);
            auto const is_new = before != data_[i].end() && before->second.whole.tenant_by.empty();
            if (!is_new || whose.tenant_by.empty() || whose.without_tenant == 0) continue;
            found_.push_back(unowned(store, table, whose));
        }
        judge_options const o{expected_of(store), shared_before(data_[i]), false};
        add_strays(store, judge(seen->second, traffic_, o), "in the new version");
    }
}

asio::awaitable<void> verifier::compare_writes()
{
    if (traffic_.writes_sent() == 0) co_return;
    for (std::size_t i = 0; i < data_.size(); ++i) {
        auto const& site = plan_.fingerprints[i];
        auto o = census_of(site, around_);
        auto const seen = co_await take_census(around_, std::move(o));
        if (seen.has_error()) {
            auto const why = around_.secrets.redact(seen.error().message);
            notes_.push_back(fmt::format("writes were not looked for in {}: {}", site.store, why));
            continue;
        }
        if (!seen->left_out.empty()) {
            notes_.push_back(
                "writes were not looked for in " + join(seen->left_out, ", ") + ": too large"
            );
        }
        judge_options const how{expected_of(site.store), shared_before(data_[i]), true};
        auto const strays = judge(*seen, traffic_, how);
        add_strays(site.store, strays, "after the rollback");
    }
}

static std::string listed(std::map<std::string, std::size_t> const& by_tenant)
{
    std::vector<std::string> out;
    for (auto const& [tenant, n] : by_tenant) {
        if (out.size() == tenants_listed_max) break;
        out.push_back(fmt::format("{} {}", tenant.empty() ? "the system" : tenant, n));
    }
    auto const more = by_tenant.size() - out.size();
    return join(out, ", ") + (more > 0 ? fmt::format(" and {} more tenants", more) : "");
}

// One finding a table and kind, with a line for each tenant's share.
void verifier::add_strays(
    std::string const& store, std::vector<stray_write> const& strays, std::string_view when
)
{
    std::map<std::pair<std::string, std::string>, std::vector<stray_write const*>> kinds;
    for (auto const& s : strays) kinds[{s.table, s.how}].push_back(&s);
    for (auto const& [where, all] : kinds) {
        auto const& [table, how] = where;
        auto const place = table.empty() ? store : store + " " + table;
        auto f = make_finding("drill.stray_write", evidence::severity::critical, place);
        f.title = fmt::format("A write of the drill's traffic {} {}", how, when);
        f.cwe = "CWE-284";
        std::map<std::string, std::size_t> by_tenant;
        for (auto const* const s : all) ++by_tenant[s->owner];
        auto const& first = *all.front();
        f.victim = first.owner;
        f.token = first.mark;
        f.detail = fmt::format(
            "{} acknowledged during the drill {} in {} {}; by tenant: {}. The first is {}",
            plural(all.size(), "write"),
            how,
            place,
            when,
            listed(by_tenant),
            first.mark
        );
        f.detail += first.instead.empty() ? "." : ", for which stands " + first.instead + ".";
        f.count = all.size();
        for (auto const& [tenant, n] : by_tenant) {
            if (f.pairs.size() < 64 && !tenant.empty()) f.pairs.emplace_back(tenant, "");
        }
        f.remedy = "Let old code and new schema agree on whose a row is while both are in use: no "
                   "default tenant, no NULL, and a way back that carries everything over.";
        strays_.push_back(std::move(f));
    }
}

static bool guards(std::string_view what)
{
    static constexpr std::string_view kinds[] = {
        "policy ",
        "row security of ",
        "privileges on ",
        "default privileges of ",
        "role ",
        "membership of ",
        "account ",
        "user ",
        "view ",
        "checks of constraint ",
        "references within a tenant of ",
        "settings of "};
    return std::ranges::any_of(kinds, [&](auto const kind) { return what.starts_with(kind); });
}

static evidence::finding
changed_shape(std::string const& store, std::vector<catalogue_change> const& changes)
{
    auto const isolates =
        std::ranges::any_of(changes, [](auto const& c) { return guards(c.what); });
    auto const level = isolates ? evidence::severity::critical : evidence::severity::high;
    auto f = make_finding("drill.catalogue", level, store + " catalogue");
    f.title = fmt::format("The rollback left {} in another shape than it was", store);
    f.cwe = isolates ? "CWE-284" : "CWE-459";
    f.detail = plural(changes.size(), "difference") + " between before the drill and after it:";
    f.detail += in_lines(changes, changes_told_max);
    f.remedy = "Make the way back restore each of these: policies, FORCE, privileges and indexes "
               "are part of what was there. What may differ is named under drill.verify.exclude.";
    return f;
}

// What may differ in the catalogues. Where the traffic removes things, a log may well go on naming
// them in a column that no constraint guards.
static std::vector<std::string> excluded(plan const& p)
{
    auto out = p.verify.exclude;
    auto const removes =
        std::ranges::any_of(p.traffic, [](auto const& op) { return op.method == "DELETE"; });
    if (removes) out.emplace_back("references of *");
    return out;
}

asio::awaitable<void> verifier::compare_shapes()
{
    std::map<std::string, catalogue> now;
    co_await look_at_shapes(now);
    auto const exclude = excluded(plan_);
    for (auto const& [store, before] : shapes_) {
        auto const after = now.find(store);
        if (after == now.end()) {
            found_.push_back(unverified(store, "its catalogue cannot be read any more"));
            unverified_ = true;
            continue;
        }
        auto const changes = differences(before, after->second, exclude);
        if (!changes.empty()) found_.push_back(changed_shape(store, changes));
        for (auto const& what : before.unread) {
            notes_.push_back(fmt::format("not compared in {}: {}", store, what));
        }
    }
}

asio::awaitable<void> verifier::compare_probes()
{
    if (!around_.probe || plan_.verify.probes.empty()) co_return;
    auto run = co_await around_.probe(plan_.verify.probes);
    for (auto& f : run.findings) {
        auto const was_there = std::ranges::any_of(probed_, [&](evidence::finding const& old) {
            return old.probe == f.probe && old.channel == f.channel;
        });
        if (was_there) continue;
        f.title = "After the rollback: " + f.title;
        f.detail = fmt::format(
            "The probe {} found nothing here before the drill; after it, {} is violated. {}",
            f.probe,
            evidence::to_string(f.kind),
            f.detail
        );
        f.kind = evidence::guarantee::rollback;
        found_.push_back(std::move(f));
    }
    for (auto const& undecided : run.undecided) {
        notes_.push_back("undecided after the rollback: " + undecided);
    }
}

} // namespace watertight::drill
