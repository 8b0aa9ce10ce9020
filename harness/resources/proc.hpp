#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// What Linux tells of processes under /proc. Texts are parsed apart from reading them.

namespace watertight::resources {

struct process_stat {
    int parent = 0;
    /// User and system time since its start, in clock ticks.
    std::uint64_t ticks = 0;
};

/// A line of /proc/PID/stat. The command's name may hold spaces and parentheses.
std::optional<process_stat> parse_stat(std::string_view text);

struct tcp_socket {
    std::uint16_t local_port = 0;
    bool is_listening = false;
    bool is_established = false;
    std::uint64_t inode = 0;
};

/// The table of /proc/net/tcp or /proc/net/tcp6; lines that are none are left out.
std::vector<tcp_socket> parse_tcp(std::string_view text);

/// The figure behind `name` in a text of lines such as "Pss:   1234 kB", in bytes.
std::optional<std::uint64_t> parse_kilobytes(std::string_view text, std::string_view name);

/// /proc, or a folder that is made like it. What can't be read is as if it were not there.
class proc_files {
public:
    explicit proc_files(std::string root = "/proc") : root_{std::move(root)} {}

    std::vector<int> pids() const;
    std::optional<process_stat> stat(int pid) const;
    /// Memory, where pages that several processes share are split among them if the kernel tells.
    std::optional<std::uint64_t> memory_bytes(int pid) const;
    /// Of the sockets that it has open; nothing if that can't be read.
    std::optional<std::set<std::uint64_t>> socket_inodes(int pid) const;
    std::vector<tcp_socket> tcp_sockets() const;

private:
    std::optional<std::string> text(std::string const& path) const;

    std::string root_;
};

} // namespace watertight::resources
