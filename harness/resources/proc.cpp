#include "harness/resources/proc.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace watertight::resources {

namespace fs = std::filesystem;

template <class Number>
static std::optional<Number> number(std::string_view text, int base = 10)
{
    Number n{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n, base);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    return n;
}

// Between blanks and tabs: /proc has both.
static std::vector<std::string_view> words(std::string_view line)
{
    std::vector<std::string_view> out;
    for (auto const part : split(line, ' ')) {
        for (auto const word : split(part, '\t')) {
            if (!word.empty()) out.push_back(word);
        }
    }
    return out;
}

std::optional<process_stat> parse_stat(std::string_view text)
{
    auto const name_end = text.rfind(')');
    if (name_end == text.npos) return std::nullopt;
    auto const fields = words(trim(text.substr(name_end + 1)));
    // State, parent, ...; user and system time are the 12th and 13th behind the name.
    if (fields.size() < 13) return std::nullopt;
    auto const parent = number<int>(fields[1]);
    auto const user = number<std::uint64_t>(fields[11]);
    auto const system = number<std::uint64_t>(fields[12]);
    if (!parent || !user || !system) return std::nullopt;
    return process_stat{*parent, *user + *system};
}

static std::optional<tcp_socket> parse_socket(std::string_view line)
{
    auto const fields = words(line);
    if (fields.size() < 10) return std::nullopt;
    auto const colon = fields[1].rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto const port = number<std::uint16_t>(fields[1].substr(colon + 1), 16);
    auto const inode = number<std::uint64_t>(fields[9]);
    if (!port || !inode) return std::nullopt;
    return tcp_socket{*port, fields[3] == "0A", fields[3] == "01", *inode};
}

std::vector<tcp_socket> parse_tcp(std::string_view text)
{
    std::vector<tcp_socket> out;
    for (auto const line : split(text, '\n')) {
        if (auto const socket = parse_socket(line)) out.push_back(*socket);
    }
    return out;
}

std::optional<std::uint64_t> parse_kilobytes(std::string_view text, std::string_view name)
{
    for (auto const line : split(text, '\n')) {
        if (!line.starts_with(name)) continue;
        auto const fields = words(line.substr(name.size()));
        if (fields.size() < 2) continue;
        if (auto const n = number<std::uint64_t>(fields[0])) return *n * 1024;
    }
    return std::nullopt;
}

std::optional<std::string> proc_files::text(std::string const& path) const
{
    // Files of /proc have no size, so that they are read until they end.
    std::ifstream file{root_ + "/" + path, std::ios::binary};
    if (!file) return std::nullopt;
    std::string out{std::istreambuf_iterator<char>{file}, {}};
    if (file.bad()) return std::nullopt;
    return out;
}

std::vector<int> proc_files::pids() const
{
    std::vector<int> out;
    std::error_code error;
    for (fs::directory_iterator at{root_, error}, end; !error && at != end; at.increment(error)) {
        if (auto const pid = number<int>(at->path().filename().string())) out.push_back(*pid);
    }
    return out;
}

std::optional<process_stat> proc_files::stat(int pid) const
{
    auto const found = text(fmt::format("{}/stat", pid));
    return found ? parse_stat(*found) : std::nullopt;
}

std::optional<std::uint64_t> proc_files::memory_bytes(int pid) const
{
    if (auto const shared_out = text(fmt::format("{}/smaps_rollup", pid))) {
        if (auto const pss = parse_kilobytes(*shared_out, "Pss:")) return pss;
    }
    auto const status = text(fmt::format("{}/status", pid));
    return status ? parse_kilobytes(*status, "VmRSS:") : std::nullopt;
}

std::optional<std::set<std::uint64_t>> proc_files::socket_inodes(int pid) const
{
    static constexpr std::string_view prefix = "socket:[";
    std::error_code error;
    fs::directory_iterator at{fmt::format("{}/{}/fd", root_, pid), error};
    if (error) return std::nullopt;
    std::set<std::uint64_t> out;
    for (fs::directory_iterator const end; !error && at != end; at.increment(error)) {
        std::error_code gone;
        auto const target = fs::read_symlink(at->path(), gone).string();
        if (gone || !target.starts_with(prefix) || !target.ends_with(']')) continue;
        auto const digits = std::string_view{target}.substr(prefix.size());
        if (auto const inode = number<std::uint64_t>(digits.substr(0, digits.size() - 1))) {
            out.insert(*inode);
        }
    }
    return out;
}

std::vector<tcp_socket> proc_files::tcp_sockets() const
{
    std::vector<tcp_socket> out;
    for (auto const* const table : {"net/tcp", "net/tcp6"}) {
        auto const found = text(table);
        if (!found) continue;
        auto const sockets = parse_tcp(*found);
        out.insert(out.end(), sockets.begin(), sockets.end());
    }
    return out;
}

} // namespace watertight::resources
