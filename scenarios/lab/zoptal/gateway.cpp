#include "scenarios/lab/zoptal/gateway.hpp"

#include "harness/base/text.hpp"
#include "scenarios/lab/core/time.hpp"

#include <fmt/format.h>

namespace watertight::lab::zoptal {

using namespace std::chrono_literals;

// Written with @NAME@, because nginx and format strings both love braces.
//
// The tenant is named by the host alone. A request that brings a name of its own must agree with
// it; what goes on to the services is the gateway's word. Who asks is established there, too: the
// services believe X-Tenant-ID and X-Caller, but only from whoever shows the gateway's key.
static constexpr char const* config_pattern = R"(
    proxy_cache_path {folder}/pages keys_zone=pages:1m max_size=32m inactive=1m use_temp_path=off;
    map_hash_max_size 65536;
    map_hash_bucket_size 128;
    map $host $subdomain {
        default "";
        www.zoptal.com "";
        api.zoptal.com "";
        "~^(?<label>[a-z0-9][a-z0-9-]*)\.zoptal\.com$" $label;
    }
    map $host $tenant {
        default $subdomain;
@DOMAINS@
    }
    map "$tenant|$http_x_tenant_id" $contradicts {
        default 1;
        "~^[^|]*\|$" 0;
        "~^(?<one>[^|]*)\|\k<one>$" 0;
    }
    map $http_x_tenant_id $forwarded {
        default @FORWARDED@;
        "" $tenant;
    }
    upstream services {
        server 127.0.0.1:@SERVICES@;
        keepalive 64;
        keepalive_requests 100000;
    }
    server {
        listen 127.0.0.1:{port} default_server;
        server_name _;
        default_type application/json;
        keepalive_requests 100000;
        client_max_body_size 64m;
        client_body_buffer_size 128k;
        set $caller "";
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header X-Gateway-Key @KEY@;
        proxy_set_header X-Tenant-ID $forwarded;
        proxy_set_header X-Caller $caller;
        proxy_set_header X-Forwarded-Host @NAME@;
        error_page 401 = @unauthenticated;
        error_page 403 = @forbidden;

        location /api/tenants { proxy_pass http://services; }
        location /_lab/ { proxy_pass http://services; }
        location = /metrics { proxy_pass http://services; }
        location /internal/ { return 404 '@NOT_FOUND@'; }

        location = /api/health {
            if ($tenant = "") { return 404 '@NO_TENANT@'; }
            if ($contradicts) { return 403; }
            @ORIGINAL@
            proxy_pass http://services;
        }
        location = /api/auth/login {
            if ($tenant = "") { return 404 '@NO_TENANT@'; }
            if ($contradicts) { return 403; }
            proxy_pass http://services;
        }
        location = /api/branding {
            if ($tenant = "") { return 404 '@NO_TENANT@'; }
            if ($contradicts) { return 403; }
            @ORIGINAL@
            proxy_cache pages;
            proxy_cache_key "$host$request_uri";
            add_header X-Cache $upstream_cache_status;
            proxy_pass http://services;
        }
        location ~ ^/api/files/[^/]+/content$ {
            if ($tenant = "") { return 404 '@NO_TENANT@'; }
            if ($contradicts) { return 403; }
            @ORIGINAL@
            auth_request /internal/authorise;
            auth_request_set $caller $upstream_http_x_caller;
            proxy_cache pages;
            @FILES@
            add_header X-Cache $upstream_cache_status;
            proxy_pass http://services;
        }
        location ~* \.(css|js|png|svg|ico)$ {
            if ($tenant = "") { return 404 '@NO_TENANT@'; }
            if ($contradicts) { return 403; }
            @ORIGINAL@
            auth_request /internal/authorise;
            auth_request_set $caller $upstream_http_x_caller;
            proxy_cache pages;
            @STYLES@
            add_header X-Cache $upstream_cache_status;
            proxy_pass http://services;
        }
        location / {
            if ($tenant = "") { return 404 '@NO_TENANT@'; }
            if ($contradicts) { return 403; }
            @ORIGINAL@
            auth_request /internal/authorise;
            auth_request_set $caller $upstream_http_x_caller;
            proxy_pass http://services;
        }
        location ^~ /original/ {
            internal;
            proxy_pass http://services;
        }
        location = /internal/authorise {
            internal;
            proxy_pass http://services;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Gateway-Key @KEY@;
            proxy_set_header X-Tenant-ID $tenant;
        }
        location @unauthenticated {
            return 401 '@NO_TOKEN@';
        }
        location @forbidden {
            return 403 '@MISMATCH@';
        }
    }
)";

static constexpr char const* no_tenant =
    R"({"error":{"code":"TENANT_NOT_FOUND","message":"this host belongs to no tenant"}})";
static constexpr char const* no_token =
    R"({"error":{"code":"UNAUTHENTICATED","message":"a valid token is required"}})";
static constexpr char const* says_mismatch =
    R"({"error":{"code":"TENANT_MISMATCH","message":"host, token and header name one tenant"}})";
static constexpr char const* nothing_there =
    R"({"error":{"code":"NOT_FOUND","message":"there is no such thing"}})";
// What is kept of files: nothing, as long as the services call them private.
static constexpr char const* files_by_user =
    R"(proxy_cache_key "$tenant|$http_authorization|$request_uri";)";
static constexpr char const* files_of_all = R"(proxy_cache_key $request_uri;
            proxy_ignore_headers Cache-Control;
            proxy_cache_valid 200 10s;)";
static constexpr char const* styles_by_host = R"(proxy_cache_key "$host$request_uri";)";
static constexpr char const* styles_of_all = R"(proxy_cache_key $request_uri;
            proxy_ignore_headers Cache-Control;
            proxy_cache_valid 200 10s;
            rewrite "^([^;]+);" $1 break;)";
// Until the cut-over, the default host is the original system's.
static constexpr char const* to_original =
    R"(if ($host = "default.zoptal.com") { rewrite ^ /original$uri last; })";

std::string configuration_of(gateway_plan const& plan)
{
    std::string domains;
    for (auto const& [domain, slug] : plan.domains) {
        domains += fmt::format("        \"{}\" \"{}\";\n", domain, slug);
    }
    std::string out = config_pattern;
    auto const fill = [&](char const* name, std::string const& with) {
        out = replace_all(std::move(out), name, with);
    };
    fill("@DOMAINS@", domains);
    auto const& wrong = plan.defects;
    fill("@FORWARDED@", wrong.client_wins ? "$http_x_tenant_id" : "$tenant");
    fill("@NAME@", wrong.passes_name ? "$http_x_forwarded_host" : "$host");
    fill("@FILES@", wrong.shares_files ? files_of_all : files_by_user);
    fill("@STYLES@", wrong.keeps_styles ? styles_of_all : styles_by_host);
    fill("@SERVICES@", std::to_string(plan.port));
    fill("@KEY@", plan.key);
    fill("@NO_TENANT@", no_tenant);
    fill("@NO_TOKEN@", no_token);
    fill("@MISMATCH@", says_mismatch);
    fill("@NOT_FOUND@", nothing_there);
    fill("@ORIGINAL@", plan.is_multi ? "" : to_original);
    if (wrong.client_wins) fill("if ($contradicts) { return 403; }", "");
    return out;
}

gateway::gateway(private_nginx& server, std::string key, fault_set const& faults) : server_{server}
{
    plan_.key = std::move(key);
    plan_.defects = {
        .client_wins = faults.on("J01"),
        .shares_files = faults.on("K16"),
        .keeps_styles = faults.on("K17"),
        .passes_name = faults.on("K18"),
    };
}

asio::awaitable<std::string> gateway::open(std::uint16_t port)
{
    plan_.port = port;
    auto text = configuration_of(plan_);
    co_await server_.open(std::move(text));
    co_return server_.url();
}

bool gateway::claim(std::string const& domain, std::string const& slug)
{
    std::lock_guard const lock{mutex_};
    auto const [at, is_new] = plan_.domains.try_emplace(domain, slug);
    if (is_new) ++wanted_;
    return is_new || at->second == slug;
}

void gateway::give_up(std::string const& domain)
{
    std::lock_guard const lock{mutex_};
    if (plan_.domains.erase(domain) > 0) ++wanted_;
}

asio::awaitable<void> gateway::apply_domains()
{
    return apply();
}

asio::awaitable<void> gateway::set_release(bool is_multi)
{
    {
        std::lock_guard const lock{mutex_};
        plan_.is_multi = is_multi;
        ++wanted_;
    }
    co_await apply();
}

// Whoever finds nobody at it makes the change, for all that wait; nobody holds the lock meanwhile.
asio::awaitable<void> gateway::apply()
{
    std::uint64_t mine = 0;
    {
        std::lock_guard const lock{mutex_};
        mine = wanted_;
    }
    while (true) {
        std::string text;
        std::uint64_t made = 0;
        {
            std::lock_guard const lock{mutex_};
            if (in_force_ >= mine) co_return;
            if (!is_changing_) {
                is_changing_ = true;
                made = wanted_;
                text = configuration_of(plan_);
            }
        }
        if (made == 0) {
            co_await pause(5ms);
            continue;
        }
        std::exception_ptr failed;
        try {
            co_await server_.change(std::move(text));
        } catch (...) {
            failed = std::current_exception();
        }
        std::lock_guard const lock{mutex_};
        is_changing_ = false;
        if (failed) std::rethrow_exception(failed);
        in_force_ = made;
    }
}

} // namespace watertight::lab::zoptal
