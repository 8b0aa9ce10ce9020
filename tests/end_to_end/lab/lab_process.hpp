#pragma once

#include "harness/net/http.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/stores/redis.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace watertight::test {

using nlohmann::json;
using headers = std::vector<std::pair<std::string, std::string>>;

struct lab_reply {
    int status = 0;
    std::string head;
    std::string text;
    /// The body, if it is JSON.
    json body;

    std::string header(std::string_view name) const;
    std::string error_code() const;
};

struct lab_request {
    std::string method = "GET";
    std::string target = "/";
    /// Sent as a bearer token unless it is empty.
    std::string token = {};
    json body = {};
    headers extra = {};
    /// Sent as it is instead of `body`, unless it is empty.
    std::string raw = {};
};

/// The request as bytes.
std::string to_wire(lab_request const& what, std::string const& host);

/// A `watertight-lab` of our own. Ends with this object, by the end of its standard input.
class lab_process {
public:
    /// @param prefix  what the names of the dialect's variables begin with: MIS_URL.
    explicit lab_process(std::vector<std::string> arguments = {}, std::string prefix = "MIS");
    lab_process(lab_process const&) = delete;
    lab_process& operator=(lab_process const&) = delete;
    ~lab_process();

    /// The line that said it is ready.
    json const& ready() const noexcept { return ready_; }
    std::string environment(std::string const& name) const;
    std::string admin_token() const { return environment(prefix_ + "_ADMIN_TOKEN"); }

    lab_reply send(lab_request const& what);
    /// Sends it `n` times, each on a connection of its own, all at once. @return the statuses.
    std::vector<int> send_at_once(lab_request const& what, std::size_t n);
    stores::postgres_rows sql(std::string const& url_name, std::string const& statement);
    /// The first value of the first row.
    std::string sql_value(std::string const& statement);
    stores::redis_reply redis(std::vector<std::string> words);
    std::vector<std::string> redis_keys(std::string const& pattern);

    int pid() const noexcept { return pid_; }
    /// Closes its standard input and waits. @return the exit code.
    int finish();
    /// Waits for one that was killed, without asking how it ended.
    void abandon();

private:
    struct connection;

    std::string prefix_;
    int pid_ = -1;
    int input_ = -1;
    int output_ = -1;
    json ready_;
    std::unique_ptr<connection> connection_;
};

inline constexpr char const* good_password = "Passw0rd-Passw0rd";

/// A tenant with its first administrator logged in.
struct lab_tenant {
    std::string id;
    std::string slug;
    std::string admin_id;
    std::string admin_email;
    std::string token;
};

lab_tenant
make_tenant(lab_process& lab, std::string const& slug, std::string const& plan = "basic");
lab_reply log_in(lab_process& lab, std::string const& slug, std::string const& email);
/// Creates a user; the answer's body.
json make_user(
    lab_process& lab, lab_tenant const& t, std::string const& name, json more = json::object()
);

} // namespace watertight::test
