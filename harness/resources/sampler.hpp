#pragma once

#include "harness/base/clock.hpp"
#include "harness/resources/proc.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace watertight::resources {

/// A part of the target that runs on this machine; its child processes belong to it. One of the
/// three says which it is.
struct process_spec {
    std::string name;
    int pid = 0;
    /// Holds the number of the process.
    std::string pid_file{};
    /// On which it listens.
    std::uint16_t port = 0;
};

/// What a part used while it was sampled. What could not be read has no value.
struct usage {
    /// Processor cores, on average from the first sample to the last, and between two of them.
    std::optional<double> cpu;
    std::optional<double> cpu_max;
    std::optional<std::uint64_t> memory_bytes_max;
    /// Established TCP connections.
    std::optional<std::uint64_t> connections_max;
};

/// Reads now and then what the target's processes use. What a process used between the last sample
/// and its end is not seen. Reads some files a sample and process: some milliseconds in all.
class sampler {
public:
    /// @param ticks_per_s  of the processor times; 0: as this machine has it.
    sampler(std::vector<process_spec> specs, proc_files files, double ticks_per_s = 0);

    void sample(steady::time_point now);
    /// By name; the sum over all parts has an empty one.
    std::map<std::string, usage> const& usages() const noexcept { return usages_; }

private:
    struct reading {
        std::map<int, std::uint64_t> ticks;
        std::optional<std::uint64_t> memory_bytes;
        std::optional<std::uint64_t> connections;
    };
    struct part {
        process_spec what;
        std::optional<steady::time_point> first{};
        steady::time_point last{};
        std::map<int, std::uint64_t> ticks{};
        double used_s = 0;
    };
    /// Everything that one sample looks up more than once.
    struct scene;

    reading read(process_spec const& what, scene const& now) const;
    std::optional<double> advance(part& p, reading const& r, steady::time_point now);
    void enter(std::string const& name, reading const& r, std::optional<double> cpu);

    std::vector<part> parts_;
    proc_files files_;
    double ticks_per_s_;
    std::map<std::string, usage> usages_;
};

} // namespace watertight::resources
