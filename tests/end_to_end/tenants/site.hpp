#pragma once

#include "harness/tenants/provision.hpp"
#include "tests/support/operations.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace watertight::test {

/// Remembers what a person would have been shown.
class recording_progress final : public progress {
public:
    void begin(std::string_view, std::uint64_t) override {}
    void update(std::uint64_t done, std::string_view detail) override
    {
        done_last = done;
        detail_last = detail;
    }
    void end(std::string_view) override {}
    void note(std::string_view line) override { notes.emplace_back(line); }

    std::uint64_t done_last = 0;
    std::string detail_last;
    std::vector<std::string> notes;
};

inline target::operation as_admin(target::operation op)
{
    op.as = "admin";
    return op;
}

inline target::template_text plain(std::string const& text)
{
    return target::template_text::compile(text, target::escape::none);
}

/// The small service as a scenario would describe it.
inline target::model small_model(std::uint16_t port)
{
    target::model m;
    m.base = {false, "127.0.0.1", port};
    target::identity_channel header;
    header.type = target::identity_channel::kind::header;
    header.name = "X-Tenant-ID";
    header.value = plain("{tenant.id}");
    header.is_default = true;
    m.identity = {header};
    m.credentials = {{"admin", {{"X-Admin", plain("key")}}}};
    m.login.login = operation(
        "login", "POST", "/login", R"({"email":"{user.email}","password":"{user.password}"})"
    );
    m.login.login->captures = {{target::capture::from::json_pointer, "token", "/token"}};
    m.login.headers = {{"Authorization", plain("Bearer {user.token}")}};
    return m;
}

inline tenants::plan small_plan(std::size_t count)
{
    tenants::plan p;
    p.count = count;
    p.slug = plain("t-{tenant.index}");
    p.mix = {{"basic", 0.7}, {"premium", 0.2}, {"enterprise", 0.1}};
    p.create = as_admin(operation(
        "tenants.create", "POST", "/tenants", R"({"slug":"{tenant.slug}","plan":"{tenant.plan}"})"
    ));
    p.create->captures = {{target::capture::from::json_pointer, "id", "/id"}};
    p.remove = as_admin(operation("tenants.remove", "DELETE", "/tenants/{tenant.slug}"));
    tenants::user_plan user;
    user.create = as_admin(operation(
        "users.create", "POST", "/users", R"({"email":"{user.email}","password":"{user.password}"})"
    ));
    user.create->captures = {{target::capture::from::json_pointer, "id", "/id"}};
    p.users = {user};
    return p;
}

/// Everything that a workshop refers to.
struct site {
    site(asio::any_io_executor core, target::model m, tenants::plan p, tenants::journal j)
        : model{std::move(m)},
          how{std::move(p)},
          client{core, model.base, net::connection_options{}, 64},
          log{std::move(j)}
    {
        made.run_id = "run1";
    }
    site(
        asio::any_io_executor core,
        target::model m,
        tenants::plan p,
        std::filesystem::path const& journal_path
    )
        : site{
              core,
              std::move(m),
              std::move(p),
              tenants::journal::create(journal_path.string(), "run1", "s.yaml", "http://t")}
    {
    }

    target::model model;
    tenants::plan how;
    net::http_client client;
    std::map<std::string, std::string> store_urls;
    evidence::canary_mint mint{evidence::derive_key(1, "run1")};
    evidence::redactor secrets;
    tenants::journal log;
    recording_progress display;
    target::population made;
    evidence::ledger history;
    evidence::identifier_index identifiers;
    tenants::workshop workshop{
        .model = model,
        .how = how,
        .client = client,
        .store_urls = store_urls,
        .mint = mint,
        .secrets = secrets,
        .log = log,
        .display = display,
        .seed = 1,
        .made = made,
        .history = history,
        .identifiers = identifiers};
};

} // namespace watertight::test
