#pragma once

#include "harness/probe/reach.hpp"
#include "harness/probe/roles.hpp"

namespace watertight::probe {

/// An object that an intruder creates in its own way, hoping that it lands in the victim's tenant.
/// It is in population and journal as the intruder's from before it is sent until it is removed.
class planting {
public:
    /// Announces it. Its canary is the intruder's.
    static asio::awaitable<planting>
    begin(context& ctx, target::resource const& r, tenant_index intruder);

    target::resource const& kind() const noexcept { return *kind_; }
    marks canary() const { return {object_->canary, object_->canary_number}; }
    /// The object itself, with the id that the creation brought.
    target::object const& made() const noexcept { return *object_; }
    /// Its canaries, and nothing else.
    request_options options() const;

    /// What concerns it once it is made: its id and its parent.
    request_options place(context& ctx) const { return about(ctx, *object_); }

    /// Whether the answer was that of a creation, with what is to be captured from it.
    bool is_made() const noexcept { return !object_->removed; }

    /// Sends the creation as `options` say, from where `way` says; keeps the id that it brings.
    asio::awaitable<exchange>
    send(context& ctx, tenant_pair pair, approach way, request_options options);

    /// As somebody of its own tenant, or nobody, would: with that one's session and nothing of
    /// another's.
    asio::awaitable<exchange> send_as(context& ctx, role by, request_options options);
    /// What the victim can see of it: the list, the object by its id. Without the id, or where the
    /// resource has neither, nothing.
    asio::awaitable<std::vector<exchange>>
    seen_by(context& ctx, tenant_index viewer, request_options place) const;

    /// Removes it as its creator or, if it landed there, as the victim.
    asio::awaitable<void> remove(context& ctx, std::optional<tenant_index> landed_in);

    /// Removes it where it can be removed; no probe after this meets it either way.
    asio::awaitable<void> discard(context& ctx);

private:
    planting(target::resource const& kind, target::object& object) : kind_{&kind}, object_{&object}
    {
    }

    target::resource const* kind_;
    target::object* object_;
};

/// Makes an object of `r` for the tenant of `beside`: under it where it lives under such, and with
/// its attributes where the scenario refers to it ({tenant.tickets.id}).
asio::awaitable<planting> make_beside(
    context& ctx,
    target::resource const& r,
    target::resource const& of,
    target::object const& beside
);

/// Whether the victim sees even what the intruder creates in its own place, as anybody would: then
/// seeing a planted object proves nothing, and whatever lets it see that is another probe's
/// finding.
asio::awaitable<bool> sees_strangers_objects(
    context& ctx, target::resource const& r, tenant_pair pair, request_options victims_place
);

/// The first of `views` that shows `canary` in either form; null if none does.
exchange const* shown_in(std::vector<exchange> const& views, marks const& canary);

} // namespace watertight::probe
