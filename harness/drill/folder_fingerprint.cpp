#include "harness/drill/folder_fingerprint.hpp"

#include "harness/probe/store_scan.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace watertight::drill {

namespace fs = std::filesystem;

static constexpr std::size_t block_bytes = 1 << 20;

struct file_seen {
    row_sums sums;
    std::string text;
};

static failure unreadable(fs::path const& path, std::string const& why)
{
    return {errc::not_found, path.string() + ": " + why, {}};
}

static asio::awaitable<void> let_others_on()
{
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

// Links are what they point to, so that one that is turned elsewhere is seen.
static std::string standing_of(fs::path const& path, struct stat const& about)
{
    std::error_code error;
    auto out = fmt::format("{:o} {} {} ", about.st_mode, about.st_uid, about.st_gid);
    if (S_ISLNK(about.st_mode)) out += fs::read_symlink(path, error).string();
    return out;
}

static void add(crypto_generichash_state& into, std::string_view bytes)
{
    auto const* const data = reinterpret_cast<unsigned char const*>(bytes.data());
    crypto_generichash_update(&into, data, bytes.size());
}

// Of the text only the first block is kept: that is where marks are looked for.
static asio::awaitable<result<file_seen>> read_one(fs::path path, std::string name)
{
    struct stat about = {};
    if (::lstat(path.c_str(), &about) != 0) co_return unreadable(path, "cannot be looked at");
    crypto_generichash_state state;
    std::array<std::uint64_t, 2> sums{};
    crypto_generichash_init(&state, nullptr, 0, sizeof sums);
    add(state, name + '\0' + standing_of(path, about) + '\0');
    file_seen out;
    if (S_ISREG(about.st_mode)) {
        std::ifstream in{path, std::ios::binary};
        if (!in) co_return unreadable(path, "cannot be read");
        std::string block(block_bytes, '\0');
        while (in.read(block.data(), block_bytes) || in.gcount() > 0) {
            std::string_view const got{block.data(), static_cast<std::size_t>(in.gcount())};
            add(state, got);
            if (out.text.empty()) out.text = got;
            co_await let_others_on();
        }
        if (in.bad()) co_return unreadable(path, "cannot be read to its end");
    }
    crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(sums.data()), sizeof sums);
    out.sums = {1, sums[0], sums[1]};
    co_return out;
}

static bool is_wanted(folder_fingerprint_options const& o, std::string const& name)
{
    auto const fits = [&](auto const& p) { return probe::glob_matches(p, name); };
    return o.patterns.empty() || std::ranges::any_of(o.patterns, fits);
}

// "uploads/17/a.txt" is of the family "uploads/*".
static probe::key_name family_of(std::string const& name, probe::tenant_name_set const& tenants)
{
    auto const slash = name.rfind('/');
    if (slash == std::string::npos) return {".", {}};
    return probe::name_of_key(name.substr(0, slash), tenants);
}

static void add_file(
    std::string const& name, file_seen seen, folder_fingerprint_options const& o, contents& out
)
{
    auto about = family_of(name, o.tenants);
    auto& family = out[about.family];
    auto& whole = family.whole;
    family.is_family = true;
    family.has_rows = whole.all.rows == 0 || family.has_rows;
    whole.all += seen.sums;
    if (about.tenant) whole.tenant_by = "the path";
    whole.tenants[about.tenant] += seen.sums;
    if (whole.all.rows > rows_kept_max) {
        family.has_rows = false;
        family.rows.clear();
    }
    auto const is_own = o.is_own && (o.is_own(seen.text) || o.is_own(name));
    if (is_own) {
        family.written.all += seen.sums;
        family.written.tenants[about.tenant] += seen.sums;
    }
    if (!family.has_rows) return;
    auto hash = fmt::format("{:016x}{:016x}", seen.sums.first, seen.sums.second);
    family.rows.emplace(name, kept_row{std::move(hash), std::move(about.tenant), {}, is_own});
}

asio::awaitable<result<contents>> take_contents(folder_fingerprint_options o)
{
    std::error_code error;
    contents out;
    fs::recursive_directory_iterator it{o.root, error};
    if (error) co_return unreadable(o.root, error.message());
    std::vector<fs::path> found;
    for (; it != fs::recursive_directory_iterator{}; it.increment(error)) {
        if (error) co_return unreadable(o.root, error.message());
        auto const is_folder = it->is_directory(error) && !it->is_symlink(error);
        if (!is_folder) found.push_back(it->path());
        if (found.size() % 1024 == 0) co_await let_others_on();
    }
    for (auto const& path : found) {
        auto const name = path.lexically_relative(o.root).generic_string();
        if (!is_wanted(o, name)) continue;
        auto seen = co_await read_one(path, name);
        if (seen.has_error()) {
            // It has gone since it was listed.
            if (!fs::exists(fs::symlink_status(path, error))) continue;
            co_return seen.error();
        }
        add_file(name, std::move(*seen), o, out);
    }
    co_return out;
}

} // namespace watertight::drill
