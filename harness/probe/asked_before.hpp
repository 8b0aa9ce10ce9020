#pragma once

#include "harness/probe/exchange.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::probe {

/// What tenants have asked for of others', and by which requests. Met later in the asker's own log
/// or history it may tell what was asked and no more. Whether an answer does that is tried out:
/// what asked is sent again with a word that nobody has in the token's place, and the word is
/// looked for.
class asked_before {
public:
    /// What the request names. It may be sent again if it changed nothing: whatever was refused,
    /// and what only asks.
    void remember(exchange const& e, evidence::observer const& eye, bool only_asks);

    bool has(tenant_index who, std::string_view token) const;
    /// Whether a token of another tenant is shown that the asker has named itself.
    bool has_any(exchange const& e) const;
    /// The requests that named it and may be sent again, one a channel.
    std::vector<std::string> requests(tenant_index who, std::string_view token) const;

    /// Whether it is still worth finding out of `channel`: what it repeats, it repeats always, and
    /// what does not repeat anything is not asked again and again.
    bool is_open(std::string const& channel) const;
    bool repeats(std::string const& channel) const;
    void learn(std::string const& channel, bool repeats);

private:
    struct knowledge {
        bool repeats = false;
        int tries = 0;
    };

    std::map<std::pair<tenant_index, std::string>, std::map<std::string, std::string>> asked_;
    std::map<std::string, knowledge> known_;
};

/// A request as sent, with `word` in place of each `token`, which is as long; nothing where the
/// token does not stand in it as it is.
std::optional<std::string>
with_word(std::string wire, std::string_view token, std::string_view word);

} // namespace watertight::probe
