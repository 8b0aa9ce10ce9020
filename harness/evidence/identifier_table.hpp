#pragma once

#include "harness/evidence/observer.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::evidence {

/// The hash table behind an identifier_index.
///
/// An identifier is stored under its longest word, the part that a scan of words meets; the
/// characters before and after it are compared only then. So a JWT, a base64 token or a compound
/// key costs no more than a UUID.
struct identifier_index::table {
    struct record {
        entry value;
        bool shared = false;
    };

    /// One spelling of an identifier. A UUID has three: with dashes, with underscores, with none.
    struct spelling {
        /// Lower-case.
        std::string text;
        std::uint32_t word_at = 0;
        std::uint32_t word_length = 0;
        std::uint32_t record = 0;
    };

    struct slot {
        std::uint64_t hash = 0;
        /// Index into `spellings` plus one; 0 if the slot is free.
        std::uint32_t spelling = 0;
    };

    /// A spelling found in a text.
    struct match {
        record const* what = nullptr;
        std::size_t at = 0;
        std::size_t length = 0;
    };

    std::vector<record> records;
    std::vector<spelling> spellings;
    std::vector<slot> slots;
    /// The distinct lengths of stored words, ascending: nearly every word in a text is turned away
    /// by its length alone.
    std::vector<std::size_t> lengths;
    std::size_t shared = 0;

    /// The identifier whose word is text[at, at + length), if the rest of it stands around it.
    match locate(std::string_view text, std::size_t at, std::size_t length) const noexcept;
    spelling const* exact(std::string_view text) const noexcept;
    void insert(std::string_view text, std::uint32_t record_at);

private:
    /// @param number  as in slot::spelling.
    void place(std::uint64_t hash, std::uint32_t number) noexcept;
    void grow();
};

} // namespace watertight::evidence
