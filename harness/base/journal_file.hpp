#pragma once

#include "harness/base/error.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace watertight {

/// A file of lines that is only added to: what was written survives the end of this process, and
/// what was flushed that of the machine. All but `remove` throw run_error, which names the file.
class journal_file {
public:
    /// @param name  for messages: "the drill's journal".
    journal_file(std::string path, std::string name);
    journal_file(journal_file&& other) noexcept;
    journal_file& operator=(journal_file&&) = delete;
    ~journal_file();

    /// Readable by its owner alone. @return false if there is such a file already.
    bool create();
    /// Goes on with one that is there.
    void open();
    /// @return false if another process holds it.
    bool lock() noexcept;
    /// Whether a process holds the file of this path at this moment.
    static bool is_held(std::string const& path) noexcept;
    /// What follows the last line break was torn off by a crash.
    void cut_torn_line();
    void write(std::string_view lines);
    void flush();
    /// The file goes, and the lock after it. May be called twice. @return false, and errno says
    /// why, if it stays.
    bool remove() noexcept;

    std::string const& path() const noexcept { return path_; }

private:
    [[noreturn]] void fail(std::string_view what) const;
    void close() noexcept;

    std::string path_;
    std::string name_;
    int file_ = -1;
};

/// Hands on each whole line. @param take  says what is wrong with a line; empty if nothing is.
/// @return `malformed` as "path:line: what" at the first that is wrong.
result<void>
read_journal(std::string const& path, std::function<std::string(std::string_view)> const& take);

} // namespace watertight
