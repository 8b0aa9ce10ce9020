#pragma once

#include "harness/base/ids.hpp"
#include "harness/evidence/observer.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::probe {

/// The forms in which one canary may stand in an answer: as text, or as digits where a field holds
/// a number and nothing else.
struct marks {
    marks() = default;
    marks(std::string text_, std::uint64_t number_ = 0) : text(std::move(text_)), number(number_) {}
    marks(char const* text_) : text(text_) {}

    std::string text{};
    /// 0: none.
    std::uint64_t number = 0;

    bool empty() const noexcept { return text.empty() && number == 0; }
};

/// One request of a probe and what came back, with every token that it showed and did not echo.
/// A value: judges work on exchanges alone and need no network.
struct exchange {
    /// "GET /api/v1/users/{id}".
    std::string channel{};
    /// In whose name it was sent.
    tenant_index tenant{};
    /// "acme-02 user 0 (user)".
    std::string sender{};
    actor_index actor{};
    std::string method{};
    std::string path{};
    /// The request as sent.
    std::string wire{};
    bool answered = false;
    int status = 0;
    std::string head{};
    std::string body{};
    /// Why there was no answer.
    std::string failure{};
    /// From the request to the end of the answer, without waiting for the probes' rate.
    std::chrono::nanoseconds took{};
    std::vector<evidence::sighting> seen{};

    /// The target failed, and fails for what does not exist in the same way, again and again: that
    /// is how it refuses.
    bool fails_as_for_absent = false;

    /// The scenario expects a redirect, too, or nothing else: then 2xx shows the form again, which
    /// is how it is refused. So is a redirect to the log-in.
    bool may_redirect = false;
    bool ends_in_redirect = false;
    bool leads_to_login = false;

    bool success() const noexcept
    {
        if (!answered || leads_to_login) return false;
        auto const is_redirect = status >= 300 && status < 400 && status != 304;
        if (is_redirect) return may_redirect;
        return status >= 200 && status < 300 && !ends_in_redirect;
    }
    bool throttled() const noexcept { return answered && status == 429; }
    /// No answer, or the target failed or throttled it: nothing can be concluded from it.
    bool undecided() const noexcept
    {
        return !answered || throttled() || (status >= 500 && !fails_as_for_absent);
    }
    /// A clear refusal: 3xx or 4xx other than 429, or a failure as for what does not exist; of what
    /// ends in a redirect, anything else that was answered.
    bool refused() const noexcept { return answered && !success() && !undecided(); }

    /// The first token of this tenant, canaries before identifiers; null if there is none.
    evidence::sighting const* token_of(tenant_index owner) const;
    /// The first token of another tenant than the sender's, canaries before identifiers.
    evidence::sighting const* foreign_token() const;
    /// A canary (either form) of this tenant, not just an identifier.
    bool shows_canary_of(tenant_index owner) const;
    bool shows(std::string_view token) const;
    /// The form of it that the answer shows; empty if it shows none.
    std::string shown(marks const& m) const;
};

/// Where a token of `e.seen` stood: "response body, byte 120".
std::string position(exchange const& e, evidence::sighting const& s);

/// "404 Not Found, 38 bytes", "no answer: connection refused".
std::string summary(exchange const& e);

} // namespace watertight::probe
