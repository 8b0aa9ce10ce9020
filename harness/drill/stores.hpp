#pragma once

#include "harness/drill/catalogue.hpp"
#include "harness/drill/checks.hpp"
#include "harness/drill/fingerprint.hpp"
#include "harness/drill/run.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace watertight::drill {

enum class store_kind { postgres, mongo, redis, files };

/// What kind of store a URL leads to; "file:///srv/uploads" is a folder of this machine.
store_kind kind_of_url(std::string_view url) noexcept;

/// The path of the folder that a URL names.
std::string folder_of_url(std::string_view url);

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

/// The names of tables in PostgreSQL that the site wants and `found` lacks: what is compared with
/// nothing is compared in vain. Collections, keys and files may well come later.
std::vector<std::string>
named_in_vain(surroundings const& s, fingerprint_site const& site, contents const& found);

/// What the store holds beside its data.
asio::awaitable<result<catalogue>> read_catalogue(std::string url);
/// @param documents_in  of documents: in place of the database that the URL names; may be empty.
asio::awaitable<result<catalogue>> read_catalogue(std::string url, std::string documents_in);

} // namespace watertight::drill
