#pragma once

#include "harness/base/error.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::tenants {

/// What the journal knows of a thing that the run made or was about to make.
struct journal_entry {
    /// "tenant", "user", "object", "instance".
    std::string kind;
    /// Unique within the run: the slug, or resource and serial.
    std::string key;
    /// Attributes that removal needs (slug, id, ...). No secrets.
    std::vector<std::pair<std::string, std::string>> attributes;
};

/// An append-only file, one JSON object per line, flushed to disk before the thing itself is made,
/// so that `watertight cleanup` can remove what a killed run left behind.
class journal {
public:
    /// Creates `path` (its first line names run, scenario and target), readable by its owner alone.
    /// @throws run_error  also if it exists: it may name what an earlier run left behind.
    static journal create(
        std::string const& path,
        std::string_view run_id,
        std::string_view scenario_path,
        std::string_view target
    );

    /// Goes on with an existing journal, for clean-up. A torn last line is cut off.
    /// @throws run_error.
    static journal reopen(std::string const& path);

    journal(journal&&) noexcept;
    journal& operator=(journal&&) noexcept;
    ~journal();

    /// Before a creation is sent. Returns after the line is on disk.
    void intend(journal_entry const& e);
    /// Several at once, for one wait.
    void intend(std::span<journal_entry const> entries);
    /// After it succeeded, with what is now known (the id). Survives the end of this process at
    /// once; the end of the machine only with the next intent.
    void made(journal_entry const& e);
    void removed(std::string_view kind, std::string_view key);
    /// Nothing is left: the file is deleted. May be called twice.
    void finish();
    std::string const& path() const noexcept;

    struct leftovers {
        std::string run_id;
        std::string scenario_path;
        std::string target;
        /// Intended or made, and not removed; youngest first.
        std::vector<journal_entry> entries;
    };
    /// Reads a journal back; a torn last line is ignored.
    static result<leftovers> read(std::string const& path);

private:
    struct state;
    explicit journal(std::unique_ptr<state> s);
    std::unique_ptr<state> state_;
};

} // namespace watertight::tenants
