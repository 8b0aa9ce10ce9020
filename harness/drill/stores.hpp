#pragma once

#include "harness/drill/catalogue.hpp"
#include "harness/drill/checks.hpp"
#include "harness/drill/fingerprint.hpp"
#include "harness/drill/run.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace watertight::drill {

enum class store_kind { postgres, mongo, redis };

/// What kind of server a store's URL leads to.
store_kind kind_of_url(std::string_view url) noexcept;

struct contents_options {
    /// Whether a row's text shows that the drill's traffic wrote it; may be empty.
    std::function<bool(std::string_view)> is_own{};
    /// Tell that of each row that is kept, too.
    bool marks_rows = false;
    narrowed only{};
    /// Of documents: in place of the one that the URL names.
    std::string database{};
};

/// The data of one store as the site says, whatever kind it is.
asio::awaitable<result<contents>>
take_contents(surroundings const& s, fingerprint_site site, contents_options o);

/// What the store holds beside its data.
asio::awaitable<result<catalogue>> read_catalogue(std::string url);
/// @param documents_in  of documents: in place of the database that the URL names; may be empty.
asio::awaitable<result<catalogue>> read_catalogue(std::string url, std::string documents_in);

} // namespace watertight::drill
