#pragma once

#include "harness/base/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace watertight::evidence {

/// What kind of promise a probe examines; DESIGN's four guarantees and the two others.
enum class guarantee {
    confidentiality,
    integrity,
    unobservability,
    performance,
    rollback,
    service
};
enum class severity { info, low, medium, high, critical };

std::string_view to_string(guarantee g);
std::string_view to_string(severity s);
/// The inverse; nothing for another word.
bool parse(std::string_view text, guarantee& out);
bool parse(std::string_view text, severity& out);

/// One request and its answer as evidence: redacted, and cut to a readable length.
struct message_pair {
    /// "GET /api/v1/users/7 as tenant-03 user 0", "psql as mis_app", "redis-cli".
    std::string title;
    std::string request;
    std::string response;
};

/// One violation, however often it was seen.
struct finding {
    /// "api.object_read"; "traffic" for what load alone showed.
    std::string probe;
    guarantee kind{};
    severity level{};
    std::string title;
    /// "CWE-639".
    std::string cwe;
    std::string owasp;
    std::string asvs;
    /// Tenants by slug; the intruder saw, changed or noticed something of the victim's.
    std::string victim;
    std::string intruder;
    /// Where it came through, with ids left as placeholders: "GET /api/v1/users/{id}",
    /// "postgres public.users", "redis user:*", "drill execution".
    std::string channel;
    /// A sentence or two: what was done, what was seen, why it is a violation.
    std::string detail;
    /// The token that proves it and where it stood ("response body, byte 120"); may be empty.
    std::string token;
    std::string position;
    /// How the victim's own view looked (the control), and the intruder's exchange.
    std::vector<message_pair> exchanges;
    /// To paste into a shell.
    std::string reproduction;
    /// How such a defect is usually mended.
    std::string remedy;
    wall::time_point first{};
    wall::time_point last{};
    std::uint64_t count = 1;
    /// Ordered (victim, intruder) pairs seen, at most 64 kept.
    std::vector<std::pair<std::string, std::string>> pairs;

    /// Stable across runs: a hash of probe, guarantee and channel.
    std::string fingerprint() const;
};

/// Collects findings so that the same violation seen a million times is one entry with a count.
/// Single-threaded; the cores' books are merged at the end.
class finding_book {
public:
    /// To an entry of the same probe, guarantee and channel its count, times and pairs are added;
    /// the evidence shown is that of the severer, else of the earlier added.
    void add(finding f);
    void merge(finding_book const& other);
    /// By severity (highest first), then probe, then channel.
    std::vector<finding> sorted() const;
    std::size_t size() const noexcept { return findings_.size(); }

private:
    std::vector<finding> findings_;
    /// By probe, guarantee and channel.
    std::unordered_map<std::string, std::size_t> places_;
};

} // namespace watertight::evidence
