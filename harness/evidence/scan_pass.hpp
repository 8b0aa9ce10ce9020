#pragma once

#include "harness/evidence/block.hpp"
#include "harness/evidence/identifier_table.hpp"
#include "harness/evidence/scan.hpp"
#include "harness/evidence/token_text.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace watertight::evidence {

/// One pass over one text. `decoded_from` is set where the text was itself decoded from base-64
/// digits that begin there in the outer text; decoded text is not decoded again.
class scan_pass {
public:
    scan_pass(
        std::string_view text,
        scan_options const& options,
        sighting_sink& sink,
        std::optional<std::size_t> decoded_from
    )
        : text_{text},
          options_{options},
          known_{options.identifiers.contents()},
          sink_{sink},
          decoded_from_{decoded_from},
          uuids_are_whole_{known_.uuids_are_whole() && options.base64_length_min > uuid_length}
    {
    }

    /// @return false if the sink ended it.
    bool run();
    /// What the whole of `skip` leading bytes holds was reported before.
    void skip_within(std::size_t skip) { skip_ = skip; }

private:
    /// How many blocks are classified before they are looked at.
    static constexpr std::size_t page_blocks = 32;
    using runs_page = std::array<block_runs, page_blocks>;

    std::uint64_t words_of_tail(std::size_t at) const noexcept;
    std::size_t next_page(std::size_t first, std::size_t whole, runs_page& page);
    void on_runs(std::size_t base, block_runs const& seen);
    bool is_passed_over(std::size_t begin, std::size_t end);
    block_masks masks_at(std::size_t at, std::size_t length) const noexcept;

    bool is_plain_uuid(std::size_t begin) const noexcept;
    void on_word(std::size_t begin, std::size_t end);
    void on_short_word(std::size_t begin, std::size_t length);
    void on_long_word(std::size_t begin, std::size_t end);
    void on_masks(std::size_t base, std::uint64_t prefixes, std::uint64_t digits);
    void on_prefix(std::size_t at);
    void on_digits(std::size_t begin);
    void on_fraction(std::size_t begin, std::size_t end);
    void look_up_short(std::size_t begin, std::size_t length, std::uint64_t joints);
    void look_up_long(std::size_t base, std::uint64_t starts, std::size_t& budget);
    void look_up_from(std::size_t start, std::size_t& budget);
    void look_up(std::size_t at, std::size_t length);
    void report_identifier(identifier_table::match const& found);
    void on_base64(std::size_t begin, std::size_t end);
    void decode(std::size_t begin, std::size_t end);

    bool lies_in_canary(std::size_t at, std::size_t length) const noexcept;
    void report_number(number_token const& number);
    void report(raw_sighting seen, std::size_t length);

    std::string_view text_;
    scan_options const& options_;
    identifier_index::tables const& known_;
    sighting_sink& sink_;
    classifier const& eyes_ = fastest_classifier();
    run_finder runs_;
    std::optional<std::size_t> decoded_from_;
    bool uuids_are_whole_;
    std::size_t skip_ = 0;
    std::size_t digits_done_ = 0;
    std::size_t base64_done_ = 0;
    std::size_t run_begin_ = 0;
    /// The word at hand, whether a canary may stand in it, and whether it has a capital.
    std::size_t word_begin_ = 0;
    std::size_t word_end_ = 0;
    bool word_has_prefix_ = false;
    bool word_has_upper_ = false;
    bool stopped_ = false;
};

} // namespace watertight::evidence
