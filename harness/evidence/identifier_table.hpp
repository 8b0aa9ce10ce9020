#pragma once

#include "harness/evidence/observer.hpp"
#include "harness/evidence/uuid_text.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::evidence {

/// Identifiers by the hash of their longest word, the part that a scan of words meets; the
/// characters before and after it are compared only then. So a JWT, a base64 token or a compound
/// key costs no more than a UUID.
///
/// A UUID is kept once, as 32 lower-case digits, and hashed as these in whatever spelling it comes.
class identifier_table {
public:
    /// All that a look-up of a UUID reads, in one cache line: answers under load are full of them,
    /// and those of thousands of tenants are never near at hand.
    struct alignas(64) record {
        identifier_index::entry value;
        /// Zeros for anything else.
        uuid_digits uuid{};

        bool is_uuid() const noexcept { return uuid[0] != 0; }
    };

    /// An identifier found in a text.
    struct match {
        record const* what = nullptr;
        std::size_t at = 0;
        std::size_t length = 0;
    };

    /// The identifier whose word is text[at, at + length), if the rest of it stands around it.
    /// @param hash  of that word, by `hash_word`.
    match locate(std::string_view text, std::size_t at, std::size_t length, std::uint32_t hash)
        const noexcept;

    /// Whether a word of this hash is here.
    bool has(std::uint32_t hash) const noexcept
    {
        if (slots_.empty()) return false;
        auto const* const slots = slots_.data();
        auto const mask = slots_.size() - 1;
        for (auto i = hash & mask; slots[i].record != 0; i = (i + 1) & mask) {
            if (slots[i].hash == hash) return true;
        }
        return false;
    }

    /// False for nearly every word that is not here.
    bool may_hold(std::uint32_t hash) const noexcept
    {
        return !slots_.empty() && slots_[hash & (slots_.size() - 1)].record != 0;
    }

    /// The one that is all of `id`, in some spelling.
    record* exact(std::string_view id) noexcept;

    /// @return what was made of it. @pre `id` is not held yet; 16 characters of it make a word.
    record& insert(std::string_view id, owner who, std::string_view resource);

    /// In one of its spellings.
    std::string_view text_of(record const& known) const noexcept;
    /// Of the word that it is found by.
    std::size_t word_length(record const& known) const noexcept;
    bool empty() const noexcept { return records_.empty(); }

private:
    struct slot {
        std::uint32_t hash = 0;
        /// Index into `records_` plus one; 0 if the slot is free.
        std::uint32_t record = 0;
    };

    /// How anything but a UUID is spelt: its place in `texts_`, and its longest word's place in it.
    struct spelling {
        std::uint32_t text_at = 0;
        std::uint32_t text_length = 0;
        std::uint32_t word_at = 0;
        std::uint32_t word_length = 0;
    };

    spelling const& spelling_of(record const& known) const noexcept;
    match
    fit(record const& known, std::string_view text, std::size_t at, std::size_t length
    ) const noexcept;
    /// @param number  as in slot::record.
    void place(std::uint32_t hash, std::uint32_t number);
    void put(slot entry) noexcept;
    void grow();

    std::vector<record> records_;
    /// By record.
    std::vector<spelling> spellings_;
    std::vector<slot> slots_;
    std::size_t slots_used_ = 0;
    /// The texts of all records but UUIDs, one after the other.
    std::string texts_;
    std::set<std::string, std::less<>> resources_;
};

/// The part of `text` that its identifier is found by, and where it begins.
std::pair<std::size_t, std::size_t> longest_word(std::string_view text) noexcept;

/// Without case; a UUID has one hash in all its spellings. @pre at least 16 characters.
std::uint32_t hash_word(std::string_view word) noexcept;

/// What copies of an index share, and what is this one's own.
struct identifier_index::tables {
    /// The identifier whose word is text[at, at + length); its record may be shared by two tenants.
    identifier_table::match
    locate(std::string_view text, std::size_t at, std::size_t length) const noexcept;
    /// The same for a word in the groups of a UUID, in fewer steps.
    identifier_table::match locate_uuid(std::string_view text, std::size_t at) const noexcept
    {
        auto const hash = hash_digits(digits_in_groups(text.data() + at));
        bool is_held = newest && newest->has(hash);
        for (auto const& table : older) is_held = is_held || table->has(hash);
        if (!is_held) return {};
        return locate_hashed(text, at, uuid_length, hash);
    }
    /// Whether no stored word can be some groups of a UUID without the others.
    bool uuids_are_whole() const noexcept;
    struct holding {
        identifier_table* where = nullptr;
        identifier_table::record* what = nullptr;
    };
    holding exact(std::string_view id) const noexcept;
    /// The table that may be added to.
    identifier_table& own();
    void know_length(std::size_t length);
    identifier_table::match locate_hashed(
        std::string_view text, std::size_t at, std::size_t length, std::uint32_t hash
    ) const noexcept;

    /// The latest first, because it notes what two tenants turned out to share.
    std::vector<std::shared_ptr<identifier_table>> older;
    /// Null if nothing was added yet; in use by a copy, hence not to be added to, if not unique.
    std::shared_ptr<identifier_table> newest;
    /// Of the lengths of stored words, ascending: nearly every word in a text is turned away by its
    /// length alone. Bit n of `lengths_short` stands for length n, if that is below 64.
    std::vector<std::size_t> lengths;
    std::uint64_t lengths_short = 0;
    std::size_t size = 0;
};

} // namespace watertight::evidence
