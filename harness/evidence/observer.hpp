#pragma once

#include "harness/evidence/canary.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::evidence {

enum class token_kind { canary, number, identifier };

/// One token that names an owner, and where in the scanned text it stood.
struct sighting {
    token_kind kind{};
    owner who;
    std::size_t offset = 0;
    /// As it stood in the text.
    std::string token;
    /// For an identifier: what it identifies ("tenants", "users", "token"); otherwise empty.
    std::string resource;
};

/// Identifiers that the target itself issued, by owner. Built before and during a run on one core;
/// each core has its own copy of what was known at the start and adds what it creates.
///
/// A copy shares what its original held and keeps additions of its own, so it costs next to nothing
/// and later additions to either stay with it. A look-up asks one table more for each copy that was
/// made of an index that had been added to since the one before.
class identifier_index {
public:
    identifier_index();
    identifier_index(identifier_index const&);
    identifier_index(identifier_index&&) noexcept;
    identifier_index& operator=(identifier_index const&);
    identifier_index& operator=(identifier_index&&) noexcept;
    ~identifier_index();

    /// @return false if `id` is too short or too plain to be met only on purpose (no run of 16
    ///         letters, digits, '-' and '_' in it, or no letter, or fewer than six different
    ///         letters and digits): it is no evidence and is not kept. An id that two tenants share
    ///         is evidence against neither and is dropped. A UUID is known in all its spellings.
    bool add(std::string_view id, owner who, std::string_view resource);
    std::size_t size() const noexcept;

    struct entry {
        owner who;
        /// Two tenants turned out to have it; nobody but the index gets to see that.
        bool shared = false;
        /// Valid as long as any copy of the index that it came from.
        std::string_view resource;
    };
    /// Without case. Nothing if unknown or shared. Valid until the next `add`.
    entry const* find(std::string_view token) const;

    /// What the scan reads; of no use to anybody else.
    struct tables;
    tables const& contents() const noexcept { return *tables_; }

private:
    std::unique_ptr<tables> tables_;
};

/// A token as the scan meets it; nothing is allocated for it.
struct raw_sighting {
    token_kind kind{};
    owner who;
    std::size_t offset = 0;
    /// Valid during the call that it is passed to.
    std::string_view token;
    /// For an identifier; otherwise null. Its address tells one identifier from another.
    identifier_index::entry const* what = nullptr;
};

/// Receives what a scan finds, not strictly in order.
class sighting_sink {
public:
    /// @return false to end the scan.
    virtual bool take(raw_sighting const& seen) = 0;

protected:
    ~sighting_sink() = default;
};

/// In whose name a text was received, and what the receiver had said in asking for it.
struct context {
    tenant_index tenant;
    /// The role of the actor ("user", "admin", ...), for sharing rules.
    std::string_view role;
    /// The resource or channel, for sharing rules ("plans"); may be empty.
    std::string_view resource;
    /// Everything that the request carried (request line, headers, body): tokens in it are echoes.
    std::string_view request;
};

/// Whether the scenario lets the tenant in `where` see what `seen` owns. Own tokens never get here.
using sharing_rule = std::function<bool(context const& where, sighting const& seen)>;

/// The one place where everything that comes back is searched for tokens.
///
/// Immutable apart from the index it refers to; one per core. Finds text canaries (without case,
/// in encodings that leave letters and digits alone, split by nothing), numeric canaries (runs of
/// exactly 16 digits not adjoining other digits, also with ".0" or as 4.5e15) and indexed
/// identifiers (whole runs of letters, digits, '-' and '_', or parts of them between '-' and '_',
/// as in tenant_<id>_db; also JWTs and other compound ones). Runs of 40 and more base-64 digits in
/// both cases are decoded, once, and searched likewise; the offset is then that of the digits.
class observer {
public:
    /// The references must outlive the observer. `sharing` may be empty.
    observer(canary_mint const& mint, identifier_index const& identifiers, sharing_rule sharing);

    /// Every token in `text`, whoever owns it, in order; appended to `out`.
    void scan(std::string_view text, std::vector<sighting>& out) const;

    /// The same, not strictly in order and without allocating anything.
    void scan(std::string_view text, sighting_sink& sink) const;

    /// The tokens in `text` that belong to another tenant than `where.tenant`, that `where.request`
    /// did not carry and that no sharing rule allows. Empty in the usual case, without allocation.
    std::vector<sighting> foreign(std::string_view text, context const& where) const;

    /// True if `text` holds a token of this tenant: the positive control.
    bool shows_own(std::string_view text, tenant_index tenant) const;

    canary_mint const& mint() const noexcept { return mint_; }

private:
    canary_mint const& mint_;
    identifier_index const& identifiers_;
    sharing_rule sharing_;
};

} // namespace watertight::evidence
