#include "harness/base/journal_file.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace watertight {

journal_file::journal_file(std::string path, std::string name)
    : path_{std::move(path)}, name_{std::move(name)}
{
}

journal_file::journal_file(journal_file&& other) noexcept
    : path_{std::move(other.path_)},
      name_{std::move(other.name_)},
      file_{std::exchange(other.file_, -1)}
{
}

journal_file::~journal_file()
{
    close();
}

void journal_file::close() noexcept
{
    if (file_ >= 0) ::close(file_);
    file_ = -1;
}

void journal_file::fail(std::string_view what) const
{
    throw run_error{fmt::format("cannot {} {} {}: {}", what, name_, path_, std::strerror(errno))};
}

bool journal_file::create()
{
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (file_ < 0 && errno != EEXIST) fail("create");
    return file_ >= 0;
}

void journal_file::open()
{
    file_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file_ < 0) fail("open");
}

static bool try_to_lock(int file) noexcept
{
    return ::flock(file, LOCK_EX | LOCK_NB) == 0;
}

bool journal_file::lock() noexcept
{
    return try_to_lock(file_);
}

bool journal_file::is_held(std::string const& path) noexcept
{
    auto const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    auto const is_free = try_to_lock(file);
    ::close(file);
    return !is_free;
}

void journal_file::cut_torn_line()
{
    auto const text = read_file(path_);
    if (text.has_error()) throw run_error{text.error().message};
    auto const end = text->rfind('\n');
    auto const whole = end == std::string::npos ? 0 : end + 1;
    if (::ftruncate(file_, static_cast<off_t>(whole)) != 0) fail("mend");
}

void journal_file::write(std::string_view lines)
{
    while (!lines.empty()) {
        auto const written = ::write(file_, lines.data(), lines.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write");
        lines.remove_prefix(static_cast<std::size_t>(written));
    }
}

void journal_file::flush()
{
    if (::fdatasync(file_) != 0) fail("flush");
}

bool journal_file::remove() noexcept
{
    if (file_ < 0) return true;
    auto const is_gone = ::unlink(path_.c_str()) == 0 || errno == ENOENT;
    auto const why = errno;
    close();
    errno = why;
    return is_gone;
}

result<void>
read_journal(std::string const& path, std::function<std::string(std::string_view)> const& take)
{
    auto const text = read_file(path);
    if (text.has_error()) return text.error();
    auto lines = split(*text, '\n');
    // What follows the last line break was torn off by a crash; it never took effect.
    lines.pop_back();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto const wrong = take(lines[i]);
        if (wrong.empty()) continue;
        return failure{errc::malformed, fmt::format("{}:{}: {}", path, i + 1, wrong), {}};
    }
    return boost::system::in_place_value;
}

} // namespace watertight
