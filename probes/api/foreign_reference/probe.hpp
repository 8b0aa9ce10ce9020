#pragma once

#include "harness/probe/planting.hpp"

namespace watertight::probes::api::foreign_reference {

/// An object of the intruder's own that refers to one of the victim's.
struct trial {
    /// "coverFileId", and the resource that it refers to.
    std::string member{};
    std::string of{};
    tenant_index victim{};
    /// The same write with a reference to an object of the intruder's own: what was said and what
    /// its reader is shown. It shows that the member is known.
    probe::exchange control{};
    /// The write that refers to the victim's object, and what the intruder is shown afterwards.
    probe::exchange hostile{};
    std::vector<probe::exchange> views{};
    /// Whether one of them repeats the victim's id: then the reference was kept.
    bool is_kept = false;
    /// No view shows the member, which the scenario fills itself: the token of an upload, say. That
    /// an id of the intruder's own is taken and one that nobody has is refused shows that it is
    /// looked up.
    bool is_unseen = false;
    /// What the intruder wrote, and what the victim saw then of what it refers to.
    probe::marks planted{};
    std::vector<probe::exchange> victims_views{};
    /// The same with an id that nobody has.
    probe::exchange absent{};
    bool absent_is_kept = false;
    /// Both refusals once more, if their statuses differ.
    probe::exchange hostile_again{};
    probe::exchange absent_again{};
};

/// A member by which an object refers to others: to one, or to a list of them.
struct reference {
    std::string member{};
    bool is_list = false;
    /// An id of digits is written as a text all the same.
    bool is_text = false;
    /// Of a relationship as JSON:API has it, {"data": {"type": ..., "id": ...}}: its type.
    std::string relates_to{};

    bool operator==(reference const& b) const { return member == b.member && is_list == b.is_list; }
};

/// Members of an object's JSON that may refer to an object of this resource: their name ends in an
/// id and speaks of it ("coverFileId" of files), is the resource's own ("category" of categories),
/// or they hold one of `ids`.
std::vector<reference> references_in(
    std::string_view body, std::string_view resource, std::vector<std::string> const& ids
);

/// Members of a request's body that hold one of `ids` and may refer by it.
std::vector<reference>
named_in(std::string_view body, std::string_view resource, std::vector<std::string> const& ids);

/// Members of a JSON body whose name speaks of people: "assigneeId", "owner", "reviewers".
std::vector<reference> people_in(std::string_view body);

/// Whether a member of this name holds the id, by itself, in a list, or as the id of an object.
bool refers(std::string_view body, std::string_view member, std::string_view id);

/// `body` with the id in the member, further down where the body has it there and not among the
/// object's own; nothing if it is no JSON object.
std::optional<std::string>
with_reference(std::string_view body, reference const& where, std::string const& id);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::foreign_reference
