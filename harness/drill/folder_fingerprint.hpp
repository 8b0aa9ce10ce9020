#pragma once

#include "harness/drill/fingerprint.hpp"
#include "harness/net/asio.hpp"
#include "harness/probe/redis_keys.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::drill {

struct folder_fingerprint_options {
    std::string root{};
    /// Shell-style patterns of paths below the root; empty: every file.
    std::vector<std::string> patterns{};
    /// Slugs and ids of tenants, by which a path's tenant is told.
    probe::tenant_name_set tenants{};
    /// Whether a file's text shows that the drill's traffic wrote it; may be empty.
    std::function<bool(std::string_view)> is_own{};
};

/// The same for files: families of folders ("uploads/*") instead of tables, files instead of rows.
/// A file is its content, its mode and its owner, a symbolic link what it points to; when a file
/// was written does not count. Between blocks of a megabyte others have their turn.
asio::awaitable<result<contents>> take_contents(folder_fingerprint_options o);

} // namespace watertight::drill
