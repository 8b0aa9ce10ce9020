#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::stores {

/// Reads lines of COPY TO STDOUT in its text format, one after another, into the same memory.
class copied_row {
public:
    /// @param line  without its end. @return its values, until the next call; nothing for NULL.
    std::span<std::optional<std::string_view> const> read(std::string_view line);

private:
    std::string_view unescape(std::string_view value);

    std::vector<std::optional<std::string_view>> values_;
    std::string plain_;
};

} // namespace watertight::stores
