#include "harness/drill/backups.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/contents_json.hpp"
#include "harness/drill/report.hpp"
#include "harness/drill/stores.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::drill {

static constexpr std::size_t changes_told_max = 40;

namespace {

/// Adds the time until its end to a sum.
class stop_watch {
public:
    explicit stop_watch(std::chrono::nanoseconds& sum) : sum_{sum} {}
    stop_watch(stop_watch const&) = delete;
    stop_watch& operator=(stop_watch const&) = delete;
    ~stop_watch() { sum_ += steady::now() - begun_; }

private:
    std::chrono::nanoseconds& sum_;
    steady::time_point begun_ = steady::now();
};

} // namespace

static std::string journal_name(std::string const& backup)
{
    return "backup " + backup;
}

backups::backups(plan const& p, surroundings& s, live_traffic const& traffic)
    : plan_{p}, around_{s}, traffic_{traffic}
{
}

void backups::take_up(unfinished const& past)
{
    for (auto const& s : all_steps(plan_)) {
        if (!s.keeps || s.keeps->what != safekeeping::deed::backup) continue;
        auto const text = past.kept_as(journal_name(s.keeps->name));
        if (text.empty()) continue;
        auto state = state_from_json(text);
        if (state.has_error() || state->data.size() != 2) continue;
        backed_up was{std::move(state->data[0]), std::move(state->data[1]), {}};
        if (!state->shapes.empty()) was.shape = std::move(state->shapes.begin()->second);
        kept_.insert_or_assign(s.keeps->name, kept{*s.keeps, std::move(was)});
    }
}

// What comes before the backup changes nothing that it would bring back, and a restore from what
// is not there may well destroy what is.
std::string backups::reason_to_leave_out(step const& s) const
{
    if (!s.keeps || s.keeps->what != safekeeping::deed::restore) return {};
    if (kept_.contains(s.keeps->name)) return {};
    return "left out: the backup " + s.keeps->name + " was not made";
}

asio::awaitable<result<contents>> backups::contents_at(fingerprint_site site, std::string into)
{
    contents_options how;
    how.is_own = [this](std::string_view text) { return traffic_.wrote(text); };
    how.marks_rows = true;
    how.database = std::move(into);
    auto out = co_await take_contents(around_, std::move(site), std::move(how));
    co_return out;
}

asio::awaitable<result<catalogue>> backups::shape_at(std::string const& store, std::string into)
{
    auto const url = around_.store_urls.find(store);
    if (url == around_.store_urls.end()) {
        co_return failure{errc::not_found, "the scenario has no store named " + store, {}};
    }
    co_return co_await read_catalogue(url->second, std::move(into));
}

// Of the backup that is brought back, at the place to which it is.
static fingerprint_site site_of(safekeeping const& backup, safekeeping const& restore)
{
    auto out = backup.site;
    out.store = restore.site.store;
    for (auto& object : out.objects) object = moved_to(object, restore.into);
    return out;
}

asio::awaitable<void> backups::look_before(step const& s)
{
    before_.clear();
    unseen_.clear();
    auto const& k = *s.keeps;
    auto site = k.site;
    if (k.what == safekeeping::deed::restore) {
        auto const from = kept_.find(k.name);
        // Only of a single tenant's restore it matters what else there is.
        if (from == kept_.end() || from->second.what.of.empty()) co_return;
        site = site_of(from->second.what, k);
    }
    stop_watch const watch{looked_for_};
    auto seen = co_await contents_at(std::move(site), k.into);
    if (seen.has_value()) {
        before_ = std::move(*seen);
    } else {
        unseen_ = around_.secrets.redact(seen.error().message);
    }
}

asio::awaitable<void> backups::look_after(step const& s, verdict::drill_step& done)
{
    stop_watch const watch{looked_for_};
    if (!unseen_.empty()) {
        add_unseen(s, unseen_);
        co_return;
    }
    if (s.keeps->what == safekeeping::deed::backup) {
        co_await keep(*s.keeps, done);
        co_return;
    }
    auto const from = kept_.find(s.keeps->name);
    if (from == kept_.end()) co_return;
    restored_.insert(s.keeps->name);
    co_await judge(s, from->second, done);
}

asio::awaitable<void> backups::keep(safekeeping const& k, verdict::drill_step& done)
{
    kept made{k, {std::move(before_), {}, {}}};
    std::string own_database;
    auto late = co_await contents_at(k.site, own_database);
    // Without the second look everything that is there counts as having been there all the time.
    made.was.late = late.has_value() ? std::move(*late) : made.was.early;
    if (plan_.verify.catalogue && k.of.empty()) {
        auto shape = co_await shape_at(k.site.store, own_database);
        if (shape.has_value()) made.was.shape = std::move(*shape);
    }
    if (!k.of.empty()) {
        made.was.early = rows_of(made.was.early, k.of);
        made.was.late = rows_of(made.was.late, k.of);
    }
    auto const rows = rows_in(made.was.early);
    done.output += fmt::format(
        "{}{} in {}",
        done.output.empty() ? "" : "\n",
        plural(rows, "row"),
        plural(made.was.early.size(), "table")
    );
    if (around_.log != nullptr) {
        state_before const both{{made.was.early, made.was.late}, {{k.site.store, made.was.shape}}};
        around_.log->keep(journal_name(k.name), to_json(both));
    }
    kept_.insert_or_assign(k.name, std::move(made));
}

asio::awaitable<void> backups::judge(step const& s, kept const& from, verdict::drill_step& done)
{
    auto const& k = *s.keeps;
    auto const site = site_of(from.what, k);
    auto const seen = co_await contents_at(site, k.into);
    if (seen.has_error()) {
        add_unseen(s, around_.secrets.redact(seen.error().message));
        co_return;
    }
    if (rows_in(from.was.early) == 0) {
        add_unseen(s, "there was no row to back up, so that nothing shows whether it comes back");
        co_return;
    }
    auto const found_before = found_.size();
    auto was = from.was;
    if (!k.into.empty()) {
        was.early = moved_to(was.early, k.into);
        was.late = moved_to(was.late, k.into);
    }
    auto const in_place = k.into.empty() && site.store == from.what.site.store;
    auto now = *seen;
    if (!from.what.of.empty()) {
        backed_up const others{
            rows_of_others(before_, from.what.of), rows_of_others(before_, from.what.of), {}};
        auto const beside = rows_of_others(*seen, from.what.of);
        add_unequal(s, compare_restored(others, beside, {in_place, 0}), "of other tenants ");
        now = rows_of(*seen, from.what.of);
    }
    auto const prints = compare_restored(was, now, {in_place, traffic_.writes_sent()});
    add_unequal(s, prints, "");
    std::size_t facts = 0;
    if (from.what.of.empty()) facts = co_await judge_shape(s, from, site);
    if (found_.size() > found_before) co_return;
    done.output += fmt::format(
        "{}{} in {} as they were backed up{}",
        done.output.empty() ? "" : "\n",
        plural(rows_in(was.early), "row"),
        plural(was.early.size(), "table"),
        facts > 0 ? fmt::format(", with the same shape ({})", plural(facts, "fact")) : ""
    );
}

// @return how many facts were compared.
asio::awaitable<std::size_t>
backups::judge_shape(step const& s, kept const& from, fingerprint_site const& site)
{
    if (from.was.shape.facts.empty()) co_return 0;
    auto const seen = co_await shape_at(site.store, s.keeps->into);
    if (seen.has_error()) {
        notes_.push_back(fmt::format(
            "the shape of what {} brought back was not compared: {}",
            s.name,
            around_.secrets.redact(seen.error().message)
        ));
        co_return 0;
    }
    auto const elsewhere = !s.keeps->into.empty() || site.store != from.what.site.store;
    // What may differ after the drill is of no account in a database of its own.
    auto const exclude = elsewhere ? std::vector<std::string>{} : plan_.verify.exclude;
    auto const changes = compare_shape(
        from.was.shape, *seen, {from.what.site.objects, s.keeps->into, elsewhere, exclude}
    );
    if (changes.empty()) co_return seen->facts.size();
    auto f = make_finding("drill.restore", evidence::severity::critical, site.store + " catalogue");
    f.title = fmt::format("The backup {} was brought back in another shape", from.what.name);
    f.cwe = "CWE-459";
    f.detail = fmt::format("{} after \"{}\":", plural(changes.size(), "difference"), s.name);
    f.detail += in_lines(changes, changes_told_max);
    f.remedy = "Let the backup hold what guards and finds the rows, too: policies, privileges, "
               "constraints, indexes.";
    found_.push_back(std::move(f));
    co_return seen->facts.size();
}

void backups::add_unequal(
    step const& s, std::vector<verdict::drill_fingerprint> const& prints, std::string_view whose
)
{
    for (auto const& print : prints) {
        if (print.equal) continue;
        auto f = make_finding(
            "drill.restore",
            evidence::severity::critical,
            fmt::format("{} {}", s.keeps->site.store, print.object)
        );
        f.title = whose.empty() ? fmt::format(
                                      "The backup {} did not bring back what was there: {}",
                                      s.keeps->name,
                                      print.object
                                  )
                                : fmt::format(
                                      "Bringing the backup {} back changed rows {}in {}",
                                      s.keeps->name,
                                      whose,
                                      print.object
                                  );
        f.cwe = whose.empty() ? "CWE-459" : "CWE-284";
        f.detail = fmt::format(
            "{} rows {}before, {} after \"{}\": {}.",
            print.rows_before,
            whose,
            print.rows_after,
            s.name,
            print.note
        );
        f.remedy = "Make the backup of everything that the restore replaces, and let the restore "
                   "replace that and nothing else.";
        found_.push_back(std::move(f));
    }
}

void backups::add_unseen(step const& s, std::string why)
{
    auto const is_backup = s.keeps->what == safekeeping::deed::backup;
    auto f = make_finding(
        is_backup ? "drill.backup" : "drill.restore", evidence::severity::high, s.keeps->site.store
    );
    f.title = fmt::format(
        "Nothing shows what the {} {} {}",
        is_backup ? "backup" : "restore of",
        s.keeps->name,
        is_backup ? "is of" : "brought back"
    );
    f.detail = std::move(why);
    f.remedy = "Back up and restore a store that the harness can read, with rows in it.";
    found_.push_back(std::move(f));
}

std::vector<std::string> backups::take_notes()
{
    for (auto const& [name, made] : kept_) {
        // A drill that was killed may have restored it before.
        if (restored_.contains(name) || around_.earlier != nullptr) continue;
        notes_.push_back(fmt::format(
            "the backup {} was made and not restored: nothing shows that it can be", name
        ));
    }
    return std::move(notes_);
}

} // namespace watertight::drill
