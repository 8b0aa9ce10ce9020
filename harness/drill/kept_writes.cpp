// What the traffic writes is put down in the journal, and taken up again from there.
#include "harness/base/fatal.hpp"
#include "harness/drill/live_traffic.hpp"

#include <algorithm>

namespace watertight::drill {

// Serials of requests that were under way when the drill was killed are not used again.
static constexpr std::uint32_t serials_left_out = 1U << 16;

static std::int64_t wall_ms()
{
    auto const now = wall::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

static bool is_asked_for(std::vector<shape> const& shapes, std::string const& name)
{
    return std::ranges::any_of(shapes, [&](shape const& form) {
        auto const* const twin = form.twin;
        return form.op->mentions(name) || form.op->mentions("object." + name) ||
               (twin != nullptr && (twin->mentions(name) || twin->mentions("object." + name)));
    });
}

void live_traffic::put_down(shot const& s, evidence::outcome result, target::values const& captured)
{
    if (around_.log == nullptr || !unkept_.empty()) return;
    kept_write w;
    w.operation = s.form->op->name;
    w.tenant = s.from->slug();
    w.user = s.from->who.index.value;
    w.serial = s.serial;
    auto const is_of_object = s.about != nullptr && s.form->does != effect::create;
    w.object = is_of_object ? s.about->what.serial.value : s.serial;
    w.result = result;
    auto const ago = std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - s.sent);
    w.at_ms = wall_ms() - ago.count();
    for (auto const& [name, value] : captured.all()) {
        auto const is_secret = around_.secrets.redact(value) != value;
        if (!is_secret && is_asked_for(shapes_, name)) w.captured.emplace_back(name, value);
    }
    try {
        around_.log->wrote(w);
    } catch (run_error const& e) {
        // The drill goes on: what it wrote is known as long as it lives.
        unkept_ = e.what();
    }
}

sender* live_traffic::find_sender(kept_write const& w)
{
    auto const it = std::ranges::find_if(senders_, [&](sender const& s) {
        return s.slug() == w.tenant && s.who.index.value == w.user;
    });
    return it == senders_.end() ? nullptr : &*it;
}

void live_traffic::take_up_object(
    kept_write const& w, shape const& form, sender& from, written_object& o
)
{
    o.what.serial = object_serial{w.serial};
    o.what.tenant = from.index();
    o.what.creator = from.who.index;
    o.what.resource = form.resource;
    for (auto const& [name, value] : w.captured) o.what.attributes.set(name, value);
    auto const owner = evidence::owner{from.index(), from.who.index, o.what.serial};
    o.what.canary = mint_.text(owner);
    o.what.canary_number = mint_.number(owner);
    o.owner = &from;
    o.made_by = &form;
    o.key = {o.what.tenant, form.resource, o.what.serial};
}

void live_traffic::take_up(std::vector<kept_write> const& writes)
{
    std::map<std::uint32_t, written_object*> by_serial;
    auto const now = steady::now();
    auto const now_ms = wall_ms();
    for (auto const& w : writes) {
        serial_next_ = std::max(serial_next_, w.serial + serials_left_out);
        auto const form = std::ranges::find_if(shapes_, [&](shape const& f) {
            return f.op->name == w.operation;
        });
        auto* const from = find_sender(w);
        if (form == shapes_.end() || from == nullptr) continue;
        auto* about = by_serial.contains(w.object) ? by_serial[w.object] : nullptr;
        if (about == nullptr) {
            if (form->does != effect::create || form->twin == nullptr) continue;
            about = by_serial[w.serial] = &objects_.emplace_back();
            take_up_object(w, *form, *from, *about);
        }
        auto const owner = evidence::owner{from->index(), from->who.index, object_serial{w.serial}};
        auto const canary = mint_.text(owner);
        for (auto const& mark : {canary, std::to_string(mint_.number(owner))}) {
            marks_.insert_or_assign(mark, written_mark{from, &*form});
            about->marks.push_back(mark);
        }
        // Of what goes below an object, only what changes it is kept.
        if (form->does == effect::update && form->goes_below) unproven_[&*form] = std::nullopt;
        auto const is_ok = w.result == evidence::outcome::ok;
        auto const sent =
            now - std::chrono::milliseconds{std::max<std::int64_t>(0, now_ms - w.at_ms)};
        auto const removes = form->does == effect::remove;
        ++writes_sent_;
        writes_acknowledged_ += is_ok ? 1 : 0;
        if (removes) about->removed = about->removed || w.result != evidence::outcome::failed;
        if (is_ok && !removes) about->what.canary = canary;
        if (is_ok && !removes) about->written = sent;
        auto const kind = removes                        ? evidence::write_kind::remove
                          : form->does == effect::create ? evidence::write_kind::create
                                                         : evidence::write_kind::update;
        history_.record({about->key, kind, w.result, removes ? "" : canary, sent, sent});
    }
}

} // namespace watertight::drill
