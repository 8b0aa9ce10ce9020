#include "harness/resources/sampler.hpp"

#include "harness/base/text.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace watertight::resources {

struct sampler::scene {
    std::map<int, process_stat> stats;
    std::vector<tcp_socket> sockets;
};

sampler::sampler(std::vector<process_spec> specs, proc_files files, double ticks_per_s)
    : files_{std::move(files)}, ticks_per_s_{ticks_per_s}
{
    if (ticks_per_s_ <= 0) ticks_per_s_ = static_cast<double>(::sysconf(_SC_CLK_TCK));
    for (auto& spec : specs) parts_.push_back({.what = std::move(spec)});
}

static std::optional<int> pid_in(std::string const& path)
{
    auto const text = read_file(path);
    if (text.has_error()) return std::nullopt;
    auto const digits = trim(*text);
    int pid = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    return error == std::errc{} && pid > 0 ? std::optional{pid} : std::nullopt;
}

// Those that hold the socket on which the port is listened to: a master and its workers may share
// it.
static std::set<int> listeners(
    proc_files const& files,
    std::map<int, process_stat> const& stats,
    std::vector<tcp_socket> const& sockets,
    std::uint16_t port
)
{
    std::set<std::uint64_t> wanted;
    for (auto const& s : sockets) {
        if (s.is_listening && s.local_port == port) wanted.insert(s.inode);
    }
    std::set<int> out;
    if (wanted.empty()) return out;
    for (auto const& [pid, stat] : stats) {
        auto const inodes = files.socket_inodes(pid);
        if (!inodes) continue;
        auto const holds = [&](std::uint64_t inode) { return inodes->contains(inode); };
        if (std::ranges::any_of(wanted, holds)) out.insert(pid);
    }
    return out;
}

static void add_children(std::map<int, process_stat> const& stats, std::set<int>& family)
{
    for (bool grows = true; grows;) {
        grows = false;
        for (auto const& [pid, stat] : stats) {
            if (family.contains(stat.parent)) grows = family.insert(pid).second || grows;
        }
    }
}

template <class T>
static void add(std::optional<T>& to, std::optional<T> const& from)
{
    if (from) to = to.value_or(T{}) + *from;
}

template <class T>
static void keep_max(std::optional<T>& to, std::optional<T> const& from)
{
    if (from) to = std::max(to.value_or(T{}), *from);
}

sampler::reading sampler::read(process_spec const& what, scene const& now) const
{
    std::set<int> family;
    if (what.pid > 0) family.insert(what.pid);
    if (auto const pid = what.pid_file.empty() ? std::nullopt : pid_in(what.pid_file)) {
        family.insert(*pid);
    }
    if (what.port > 0) family.merge(listeners(files_, now.stats, now.sockets, what.port));
    add_children(now.stats, family);

    std::set<std::uint64_t> established;
    for (auto const& s : now.sockets) {
        if (s.is_established) established.insert(s.inode);
    }
    reading out;
    std::set<std::uint64_t> own;
    bool reads_sockets = false;
    for (auto const pid : family) {
        auto const stat = now.stats.find(pid);
        if (stat == now.stats.end()) continue;
        out.ticks[pid] = stat->second.ticks;
        add(out.memory_bytes, files_.memory_bytes(pid));
        auto const inodes = files_.socket_inodes(pid);
        if (!inodes) continue;
        reads_sockets = true;
        // A connection that forked processes share is one.
        std::ranges::set_intersection(*inodes, established, std::inserter(own, own.end()));
    }
    if (reads_sockets) out.connections = own.size();
    return out;
}

// Cores in use since the last sample.
std::optional<double> sampler::advance(part& p, reading const& r, steady::time_point now)
{
    if (r.ticks.empty()) return std::nullopt;
    auto const before = std::exchange(p.ticks, r.ticks);
    auto const since = std::exchange(p.last, now);
    if (!p.first) {
        p.first = now;
        return std::nullopt;
    }
    std::uint64_t ticks = 0;
    for (auto const& [pid, n] : r.ticks) {
        auto const known = before.find(pid);
        auto const earlier = known == before.end() || known->second > n ? 0 : known->second;
        ticks += n - earlier;
    }
    auto const used_s = static_cast<double>(ticks) / ticks_per_s_;
    p.used_s += used_s;
    auto const elapsed = seconds(now - since);
    return elapsed > 0 ? std::optional{used_s / elapsed} : std::nullopt;
}

void sampler::enter(std::string const& name, reading const& r, std::optional<double> cpu)
{
    auto& to = usages_[name];
    keep_max(to.cpu_max, cpu);
    keep_max(to.memory_bytes_max, r.memory_bytes);
    keep_max(to.connections_max, r.connections);
}

void sampler::sample(steady::time_point now)
{
    scene s;
    for (auto const pid : files_.pids()) {
        if (auto const stat = files_.stat(pid)) s.stats.emplace(pid, *stat);
    }
    s.sockets = files_.tcp_sockets();

    reading sum;
    std::optional<double> cpu_sum;
    double used_s = 0;
    double lasted_s = 0;
    for (auto& p : parts_) {
        auto const r = read(p.what, s);
        auto const cpu = advance(p, r, now);
        enter(p.what.name, r, cpu);
        add(sum.memory_bytes, r.memory_bytes);
        add(sum.connections, r.connections);
        add(cpu_sum, cpu);
        auto const part_s = p.first ? seconds(p.last - *p.first) : 0;
        if (part_s <= 0) continue;
        usages_[p.what.name].cpu = p.used_s / part_s;
        used_s += p.used_s;
        lasted_s = std::max(lasted_s, part_s);
    }
    enter({}, sum, cpu_sum);
    if (lasted_s > 0) usages_[{}].cpu = used_s / lasted_s;
}

} // namespace watertight::resources
