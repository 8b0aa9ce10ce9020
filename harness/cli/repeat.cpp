#include "harness/cli/repeat.hpp"

#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/cli/commands.hpp"
#include "harness/verdict/changes.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

namespace watertight::cli {

namespace asio = boost::asio;
namespace fs = std::filesystem;

steady::time_point
next_start(steady::time_point begun, steady::time_point now, std::chrono::nanoseconds every)
{
    auto const passed = (now - begun) / every;
    return begun + (passed + 1) * every;
}

exit_code worse(exit_code a, exit_code b) noexcept
{
    static constexpr std::array order{
        exit_code::passed,
        exit_code::inconclusive,
        exit_code::usage,
        exit_code::not_run,
        exit_code::failed,
        exit_code::interrupted,
    };
    auto const rank = [](exit_code c) { return std::ranges::find(order, c); };
    return rank(a) < rank(b) ? b : a;
}

namespace {

/// Hears Ctrl-C while no run listens for it.
class patience {
public:
    patience()
    {
        signals_.async_wait([this](boost::system::error_code error, int) {
            if (error) return;
            is_over_ = true;
            alarm_.cancel();
        });
    }

    bool is_over()
    {
        loop_.restart();
        loop_.poll();
        return is_over_;
    }

    /// @return false if it was interrupted.
    bool wait(steady::time_point until)
    {
        if (is_over()) return false;
        alarm_.expires_at(until);
        bool is_due = false;
        alarm_.async_wait([&](boost::system::error_code) { is_due = true; });
        loop_.restart();
        while (!is_due && loop_.run_one() > 0) {
        }
        return !is_over_;
    }

private:
    asio::io_context loop_{1};
    asio::signal_set signals_{loop_, SIGINT, SIGTERM};
    asio::steady_timer alarm_{loop_};
    bool is_over_ = false;
};

std::chrono::nanoseconds length_of(std::string const& text, char const* option)
{
    auto const out = parse_duration(text);
    if (out.has_error()) throw usage_error{fmt::format("{}: {}", option, out.error().message)};
    if (out->count() <= 0) throw usage_error{fmt::format("{} must be longer than 0", option)};
    return *out;
}

/// The highest number that a folder of an earlier series has.
std::size_t last_number(fs::path const& base)
{
    std::size_t last = 0;
    std::error_code error;
    for (fs::directory_iterator at{base, error}, end; !error && at != end; at.increment(error)) {
        auto const name = at->path().filename().string();
        std::size_t n = 0;
        auto const [stop, wrong] = std::from_chars(name.data(), name.data() + name.size(), n);
        if (wrong == std::errc{} && stop == name.data() + name.size()) last = std::max(last, n);
    }
    return last;
}

std::optional<verdict::run_result> result_in(fs::path const& folder)
{
    auto const text = read_file((folder / "result.json").string());
    if (text.has_error()) return std::nullopt;
    auto r = verdict::from_json(*text);
    return r.has_error() ? std::nullopt : std::optional{std::move(*r)};
}

/// A series that goes on: what the former run found, and the worst end so far.
class series {
public:
    explicit series(run_options const& o) : options_{o}, base_{o.out}, number_{last_number(base_)}
    {
    }

    exit_code run_once()
    {
        ++number_;
        auto const folder = base_ / fmt::format("{:04}", number_);
        auto once = options_;
        once.out = folder.string();
        fmt::print("\n=== run {:04}, {}\n", number_, rfc3339(wall::now()));
        std::fflush(stdout);
        std::string why;
        auto const code = attempt(once, why);
        worst_ = worse(worst_, code);
        tell(folder, code, why);
        is_first_ = false;
        return code;
    }

    exit_code worst() const noexcept { return worst_; }

private:
    exit_code attempt(run_options const& once, std::string& why) const
    {
        try {
            return execute(once);
        } catch (usage_error const& e) {
            // A command line that is wrong will not get better.
            if (is_first_) throw;
            why = e.what();
            return exit_code::usage;
        } catch (std::exception const& e) {
            why = e.what();
            return exit_code::not_run;
        }
    }

    void tell(fs::path const& folder, exit_code code, std::string const& why)
    {
        auto now = result_in(folder);
        std::vector<std::string> news;
        if (!why.empty()) news.push_back("the run could not be carried out: " + why);
        if (former_ && now) {
            for (auto& line : verdict::changes(*former_, *now)) news.push_back(std::move(line));
        }
        if (news.empty()) news.emplace_back(former_ ? "nothing changed" : "the first run");
        auto text = fmt::format(
            "{} {} exit code {}\n",
            folder.filename().string(),
            rfc3339(wall::now()),
            static_cast<int>(code)
        );
        for (auto const& line : news) text += "  " + line + "\n";
        fmt::print("\n{}", text);
        std::fflush(stdout);
        std::ofstream log{base_ / "series.txt", std::ios::app};
        log << text;
        if (now) former_ = std::move(now);
    }

    run_options options_;
    fs::path base_;
    std::size_t number_;
    std::optional<verdict::run_result> former_;
    exit_code worst_ = exit_code::passed;
    bool is_first_ = true;
};

} // namespace

exit_code repeat(run_options const& o)
{
    auto const every = length_of(o.repeat, "--repeat");
    auto const during =
        o.during.empty() ? std::chrono::nanoseconds::max() : length_of(o.during, "--during");
    auto const begun = steady::now();
    patience calm;
    series all{o};
    while (true) {
        auto const code = all.run_once();
        if (code == exit_code::interrupted) return code;
        auto const next = next_start(begun, steady::now(), every);
        if (next - begun >= during || !calm.wait(next)) return all.worst();
    }
}

} // namespace watertight::cli
