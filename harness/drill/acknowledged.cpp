// What the traffic has written, as far as answers tell it.
#include "harness/drill/live_traffic.hpp"
#include "harness/drill/marks.hpp"

#include <algorithm>

namespace watertight::drill {

bool live_traffic::changes_its_object(shape const& form) const
{
    if (form.does == effect::create) return false;
    if (!form.goes_below) return true;
    auto const at = unproven_.find(&form);
    return at != unproven_.end() && !at->second;
}

std::uint64_t live_traffic::writes_unreadable() const noexcept
{
    auto out = writes_unreadable_;
    for (auto const& [form, writes] : unproven_) {
        if (!writes) continue;
        out += static_cast<std::uint64_t>(std::ranges::count_if(*writes, [](auto const& w) {
            return w.record.result == evidence::outcome::ok;
        }));
    }
    return out;
}

std::optional<std::size_t> places_of(written_object const& o, std::string_view text)
{
    if (o.marks.size() != 2) return std::nullopt;
    return static_cast<std::size_t>(std::ranges::count_if(marks_in(text), [&](auto const& mark) {
        return mark == o.marks[0] || mark == o.marks[1];
    }));
}

void live_traffic::count_places(written_object const& o, std::string_view body)
{
    auto const n = places_of(o, body);
    if (is_old_systems_time_ && n) ++places_[o.made_by][*n];
}

std::optional<std::size_t> live_traffic::places_shown(shape const* made_by) const
{
    static constexpr std::size_t reads_min = 3;
    auto const at = places_.find(made_by);
    if (at == places_.end() || at->second.size() != 1) return std::nullopt;
    auto const [places, reads] = *at->second.begin();
    return reads >= reads_min ? std::optional{places} : std::nullopt;
}

// A read of an object that shows what an operation wrote below it shows that this changes it.
void live_traffic::learn_from_read(shot const& s, std::string_view body)
{
    if (s.form->op == s.about->made_by->twin) count_places(*s.about, body);
    for (auto const& mark : marks_in(body)) {
        if (canary_of(*s.about, mark)) shows_canary_[s.form->op] = true;
        auto const written = marks_.find(mark);
        if (written == marks_.end() || !written->second.by->goes_below) continue;
        if (s.form->op != s.about->made_by->twin) continue;
        auto const at = unproven_.find(written->second.by);
        if (at == unproven_.end() || !at->second) continue;
        for (auto& w : *at->second) {
            w.about->marks.push_back(w.record.canary);
            w.about->marks.push_back(std::to_string(w.number));
            history_.record(std::move(w.record));
        }
        at->second.reset();
    }
}

static evidence::outcome outcome_of(result<net::http_response> const& got, bool ok)
{
    if (ok) return evidence::outcome::ok;
    // A 5xx may well have taken effect before it failed.
    if (got.has_value()) {
        return got->status < 500 ? evidence::outcome::failed : evidence::outcome::unknown;
    }
    return is_definite(got.error().code) ? evidence::outcome::failed : evidence::outcome::unknown;
}

void live_traffic::keep_write(shot const& s, result<net::http_response> const& got, bool ok)
{
    if (ok) ++writes_acknowledged_;
    if (ok && s.form->does == effect::create) return keep_object(s, *got);
    if (s.about == nullptr) {
        if (ok) ++writes_unreadable_;
        return;
    }
    if (s.form->does == effect::create) return;
    auto const removes = s.form->does == effect::remove;
    evidence::write_record record;
    record.object = s.about->key;
    record.kind = removes ? evidence::write_kind::remove : evidence::write_kind::update;
    record.result = outcome_of(got, ok);
    record.invoked = s.sent;
    record.completed = steady::now();
    if (removes && s.form->goes_below) {
        // Whether it took the object itself away, nobody knows.
        if (ok) record.result = evidence::outcome::unknown;
    } else if (removes) {
        s.about->removed = s.about->removed || record.result != evidence::outcome::failed;
    } else if (!s.form->has_canary) {
        if (ok) ++writes_unreadable_;
        return;
    } else {
        record.canary = s.canary;
        if (!changes_its_object(*s.form)) {
            auto& waiting = unproven_.try_emplace(s.form, std::in_place).first->second;
            waiting->push_back({s.about, s.canary_number, std::move(record)});
            return;
        }
        if (ok) s.about->what.canary = s.canary;
        if (ok) s.about->written = s.sent;
    }
    put_down(s, record.result, {});
    history_.record(std::move(record));
}

void live_traffic::keep_object(shot const& s, net::http_response const& response)
{
    auto captured = target::run_captures(*s.form->op, response);
    if (captured.has_error() || s.form->twin == nullptr) {
        ++writes_unreadable_;
        return;
    }
    auto& o = objects_.emplace_back();
    o.what.serial = object_serial{s.serial};
    o.what.tenant = s.from->index();
    o.what.creator = s.from->who.index;
    o.what.resource = s.form->resource;
    o.what.attributes = std::move(*captured);
    o.what.canary = s.canary;
    o.what.canary_number = s.canary_number;
    o.marks = {s.canary, std::to_string(s.canary_number)};
    o.owner = s.from;
    o.made_by = s.form;
    o.written = s.sent;
    o.key = {o.what.tenant, s.form->resource, o.what.serial};
    put_down(s, evidence::outcome::ok, o.what.attributes);
    evidence::write_record record;
    record.object = o.key;
    record.kind = evidence::write_kind::create;
    record.result = evidence::outcome::ok;
    record.canary = s.canary;
    record.invoked = s.sent;
    record.completed = steady::now();
    history_.record(std::move(record));
}

} // namespace watertight::drill
