// What follows from an answer: tokens in it, what it says of an object, what was written by it.
#include "harness/net/content_coding.hpp"
#include "harness/traffic/trip.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace watertight::traffic {

using evidence::outcome;
using evidence::read_judgement;

// An operation that changes something other than the canary leaves the object's value as it was.
static bool carries_canary(target::operation const& op)
{
    auto in_part = [](target::body_part const& p) {
        return p.content.mentions("canary") || p.file_name.mentions("canary");
    };
    return op.body_text.mentions("canary") || op.path.mentions("canary") ||
           std::ranges::any_of(op.parts, in_part);
}

static bool is_tracked(intent const& i)
{
    return i.what->writes() && i.what->in && !i.what->in->is_shared;
}

void worker::begin_write(trip& t)
{
    auto const& i = t.what;
    if (!is_tracked(i) || !i.object) return;
    reads_.begin_history(*i.object);
    ++i.object->writes_in_flight;
    if (i.what->kind == verb::remove) objects_.drop(i.what->resource, i.object);
}

void worker::end_write(trip& t, outcome o, net::http_response_view const* answer)
{
    auto const& i = t.what;
    if (!is_tracked(i)) return;
    if (i.object) --i.object->writes_in_flight;
    if (i.object && o == outcome::ok) i.object->settled = t.finished;

    evidence::write_record w;
    w.result = o;
    w.invoked = t.sent;
    w.completed = t.finished;
    switch (i.what->kind) {
    case verb::create:
        w.object = {i.tenant, i.what->in->name, i.serial};
        w.kind = evidence::write_kind::create;
        break;
    case verb::update:
        if (!carries_canary(*i.what->op)) return;
        w.object = key_of(*i.object->data);
        w.kind = evidence::write_kind::update;
        break;
    default:
        w.object = key_of(*i.object->data);
        w.kind = evidence::write_kind::remove;
        break;
    }
    if (w.kind != evidence::write_kind::remove) w.canary = i.canary();
    reads_.record(std::move(w));
    bool const is_created = i.what->kind == verb::create && o == outcome::ok;
    if (is_created && answer != nullptr) enter_created(t, *answer);
    if (i.what->kind != verb::remove) return;
    if (o == outcome::ok) objects_.bury(i.what->resource, i.object);
    if (o == outcome::failed) objects_.add(i.what->resource, i.object, random_);
}

void worker::enter_created(trip const& t, net::http_response_view const& view)
{
    auto const& i = t.what;
    net::http_response answer;
    answer.status = view.status;
    answer.head = view.head;
    answer.body = readable_body(view);

    auto object = std::make_unique<target::object>();
    auto captured = target::run_captures(*i.what->op, answer);
    if (captured) object->attributes = std::move(*captured);
    if (!object->attributes.find("id")) {
        auto const learned = target::learn_id(answer, *i.what->op, i.what->in->name);
        // Without an id nobody can ask for it again; it is in the ledger all the same.
        if (!learned) return;
        object->attributes.set("id", learned->id);
    }
    object->serial = i.serial;
    object->tenant = i.tenant;
    object->creator = i.actor;
    object->resource = i.what->in->name;
    object->canary = i.canary();
    object->canary_number = i.canary_number;
    if (i.parent) {
        object->parent = i.parent->data->serial;
        for (auto const& [name, value] : i.parent->data->attributes.all()) {
            object->attributes.set("parent." + name, value);
        }
    }
    auto const id = std::string{*object->attributes.find("id")};
    identifiers_.add(id, {i.tenant, i.actor, i.serial}, i.what->in->name);

    object_ref const entry{new live_object};
    entry->data = object.get();
    entry->own = std::move(object);
    entry->parent = i.parent;
    entry->is_ours = true;
    entry->is_recorded = true;
    entry->settled = t.finished;
    objects_.add(i.what->resource, entry, random_);
}

namespace {

// What an answer shows at first sight, without a copy of anything but the tenant's own canaries.
class first_sight final : public evidence::sighting_sink {
public:
    first_sight(tenant_index tenant, std::string_view request, std::vector<canary_text>* own)
        : tenant_{tenant}, request_{request}, own_{own}
    {
    }

    bool take(evidence::raw_sighting const& seen) override
    {
        if (seen.who.tenant != tenant_) {
            is_foreign = true;
            return true;
        }
        if (seen.kind == evidence::token_kind::identifier) {
            known_by = seen.what;
            return true;
        }
        // What the request brought along and got back shows nothing of the tenant's data.
        met_own = met_own || request_.find(seen.token) == std::string_view::npos;
        if (seen.kind != evidence::token_kind::canary || own_ == nullptr) return true;
        std::ranges::copy(seen.token, own_->emplace_back().begin());
        return true;
    }

    bool is_foreign = false;
    bool met_own = false;
    /// An identifier of the tenant's own, as the index holds it; only to be fetched.
    void const* known_by = nullptr;

private:
    tenant_index tenant_;
    std::string_view request_;
    std::vector<canary_text>* own_;
};

// Head and body lie together in most answers, and are seen in one pass then: the empty line between
// them ends every token.
class seen_by_part final : public evidence::sighting_sink {
public:
    seen_by_part(std::size_t head_size, first_sight& head, first_sight& body)
        : head_size_{head_size}, head_{head}, body_{body}
    {
    }

    bool take(evidence::raw_sighting const& seen) override
    {
        return (seen.offset < head_size_ ? head_ : body_).take(seen);
    }

private:
    std::size_t head_size_;
    first_sight& head_;
    first_sight& body_;
};

} // namespace

// A body as it is read; what is packed in a way that is not known here is looked at as it is, and
// counted.
std::string_view worker::readable_body(net::http_response_view const& view)
{
    if (view.coding == net::content_coding::identity || view.body.empty()) return view.body;
    static constexpr std::size_t unpacked_bytes_max = 64U << 20;
    if (view.coding != net::content_coding::other) {
        auto const plain = net::decode(view.coding, view.body, unpacked_, unpacked_bytes_max);
        if (plain.has_value()) return *plain;
    }
    ++out_.responses_unreadable;
    return view.body;
}

void worker::examine(lane const& l, net::http_response_view const& view)
{
    auto const& t = *l.under_way;
    auto const body = readable_body(view);
    own_canaries_.clear();
    bool const is_read = t.what.what->kind == verb::read;
    first_sight in_head{t.what.tenant, l.request.wire, is_read ? &own_canaries_ : nullptr};
    first_sight in_body{t.what.tenant, l.request.wire, is_read ? &own_canaries_ : nullptr};
    if (view.head.data() + view.head.size() == body.data()) {
        seen_by_part both{view.head.size(), in_head, in_body};
        observer_.scan({view.head.data(), view.head.size() + body.size()}, both);
    } else {
        observer_.scan(view.head, in_head);
        observer_.scan(body, in_body);
    }
    if (!view.trailers.empty()) observer_.scan(view.trailers, in_head);
    out_.bytes_scanned += view.head.size() + body.size() + view.trailers.size();
    ++out_.responses_scanned;
    if (in_head.met_own || in_body.met_own) out_.tally.met_own(t.what.tenant);
    if (in_body.known_by != nullptr) known_by_[t.what.tenant.value] = in_body.known_by;
    if (view.sets_cookie) sessions_.take_cookies(t.what.tenant, t.what.actor, view);
    if (!is_read && !in_head.is_foreign && !in_body.is_foreign) return;

    observed const x{
        .model = in_.model,
        .tenants = in_.tenants,
        .what = t.what,
        .who = sessions_.current(t.what.tenant, t.what.actor),
        .request = l.request.wire,
        .head = view.head,
        .body = body,
        .in_flight = in_flight_ - 1,
        .secrets = secrets_,
    };
    if (in_head.is_foreign) report_leaks(x, view.head, true);
    if (in_head.is_foreign && !view.trailers.empty()) report_leaks(x, view.trailers, true);
    if (in_body.is_foreign) report_leaks(x, body, false);
    check_read(x, t, view.status);
}

void worker::report_leaks(observed const& x, std::string_view text, bool in_head)
{
    evidence::context const where{
        .tenant = x.what.tenant,
        .role = role_of(x),
        .resource = subject_of(x.what),
        .request = x.request,
    };
    // One answer that shows much of one victim is one sight of the violation.
    std::vector<tenant_index> victims;
    for (auto const& seen : observer_.foreign(text, where)) {
        if (std::ranges::find(victims, seen.who.tenant) != victims.end()) continue;
        victims.push_back(seen.who.tenant);
        bool const is_new = !has_leaked_[x.what.operation];
        has_leaked_[x.what.operation] = true;
        keep(leak(x, seen, in_head, is_new), is_new);
    }
}

void worker::check_read(observed const& x, trip const& t, int status)
{
    auto const& i = t.what;
    if (i.what->kind != verb::read || !i.object || i.what->in->is_shared) return;
    bool const is_absent = status == 404 || status == 410;
    // Whoever is throttled, refused or met by a failing server learns nothing of the object.
    if (!is_absent && !i.what->op->accepts(status)) return;

    read_back const seen{
        .present = !is_absent,
        .canaries = own_canaries_,
        .asked = t.sent,
        .answered = t.finished,
        .within = i.what->op->within,
    };
    auto const j = reads_.judge(*i.object, i.what->resource, i.expects_absence, seen);
    if (!j) return;
    ++out_.reads_judged;
    if (*j == read_judgement::stale && !i.expects_absence) ++out_.reads_stale;
    bool const is_violation = *j == read_judgement::lost || *j == read_judgement::altered ||
                              (*j == read_judgement::stale && i.expects_absence);
    if (!is_violation) return;
    bool const is_new = !has_violated_[i.operation];
    has_violated_[i.operation] = true;
    keep(violated(x, *j), is_new);
}

void worker::keep(evidence::finding f, bool is_new)
{
    if (is_new) asio::post(in_.home, [told = in_.told, f] { told->found(f); });
    out_.findings.add(std::move(f));
}

} // namespace watertight::traffic
