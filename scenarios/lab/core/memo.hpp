#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace watertight::lab {

/// Texts that a process remembers for all of its requests: the defects K20 and K21 use it, whose
/// keys do not say for whom.
class memo {
public:
    std::optional<std::string> find(std::string const& key) const
    {
        std::lock_guard const lock{mutex_};
        auto const at = texts_.find(key);
        return at == texts_.end() ? std::nullopt : std::optional{at->second};
    }
    void keep(std::string const& key, std::string text)
    {
        std::lock_guard const lock{mutex_};
        texts_[key] = std::move(text);
    }
    void forget(std::string const& key)
    {
        std::lock_guard const lock{mutex_};
        texts_.erase(key);
    }
    void clear()
    {
        std::lock_guard const lock{mutex_};
        texts_.clear();
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> texts_;
};

} // namespace watertight::lab
