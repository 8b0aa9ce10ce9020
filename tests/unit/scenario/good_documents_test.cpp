#include "harness/scenario/compile.hpp"
#include "tests/unit/scenario/documents.hpp"

#include <unistd.h>

#include <filesystem>

namespace watertight::scenario {

using namespace std::chrono_literals;
using target::body_kind;
using target::capture;
using target::identity_channel;

// How: services of unlike shapes, each described in full and compared with what the engine gets.

static constexpr std::string_view workspaces = R"(watertight: 1
name: wiki
target:
  url: http://localhost:9000/wiki/
  identity: [{path: true}]
  session: {basic: {user: "{user.email}", password: "{user.password}"}}
  auth: {admin: {basic: {user: root, password: toor}}}
tenants:
  create: {put: "/admin/spaces/{tenant.slug}", as: admin}
  remove: {delete: "/admin/spaces/{tenant.slug}", as: admin, expect: 2xx}
  users_per_tenant: 3
  users:
    - attributes: {email: "u{user.index}@{tenant.slug}.example.com", password: "pw-{run}"}
      create:
        post: "/admin/spaces/{tenant.slug}/users"
        as: admin
        form: {mail: "{user.email}", pw: "{user.password}", kind: "a&b"}
resources:
  pages:
    create:
      put: "/{tenant.slug}/pages/{canary}"
      raw: "Text of {canary}"
      type: text/markdown
      capture: {rev: {header: ETag}}
    read: {get: "/{tenant.slug}/pages/{object.canary}", headers: {If-Match: "{rev}"}}
)";

TEST(GoodScenario, WorkspaceInThePathWithBasicAuth)
{
    auto const s = good(workspaces);

    EXPECT_EQ(s.target.base_path, "/wiki");
    ASSERT_EQ(s.target.identity.size(), 1U);
    EXPECT_EQ(s.target.identity[0].type, identity_channel::kind::path);
    EXPECT_EQ(s.target.identity[0].value_pattern, "{tenant.slug}");
    EXPECT_TRUE(s.target.identity[0].is_default);
    ASSERT_EQ(s.target.login.headers.size(), 1U);
    EXPECT_EQ(written(s.target.login.headers[0].second), "Basic {basic.user.email.user.password}");
    ASSERT_EQ(s.target.credentials.size(), 1U);
    EXPECT_EQ(
        written(s.target.credentials[0].headers.at(0).second), "Basic " + base64("root:toor")
    );

    ASSERT_EQ(s.tenants.users.size(), 1U);
    EXPECT_EQ(s.tenants.users[0].count, 3U);
    auto const& create = s.tenants.users[0].create;
    ASSERT_TRUE(create);
    EXPECT_EQ(create->body, body_kind::form);
    EXPECT_EQ(written(create->body_text), "mail={user.email}&pw={user.password}&kind=a%26b");

    auto const* const pages = s.target.find_resource("pages");
    ASSERT_NE(pages, nullptr);
    EXPECT_EQ(pages->create->method, "PUT");
    EXPECT_EQ(pages->create->body, body_kind::raw);
    EXPECT_EQ(pages->create->content_type, "text/markdown");
    EXPECT_EQ(pages->create->captures.at(0).where, capture::from::header);
    EXPECT_EQ(pages->read->path_pattern, "/{tenant.slug}/pages/{object.canary}");
}

TEST(GoodScenario, SecretMadeOfSecretsIsReported)
{
    auto const out = load_text(workspaces, "wiki.yaml", {});
    ASSERT_TRUE(out);
    ASSERT_EQ(out->variables_used.size(), 1U);
    EXPECT_EQ(out->variables_used[0].first, "target.auth.admin.basic");
    EXPECT_EQ(out->variables_used[0].second, base64("root:toor"));
}

// A key is often sent as the name, with nothing or a fixed word for the password.
TEST(GoodScenario, OneHalfOfBasicCredentialsMayBeFixed)
{
    auto text = std::string{workspaces};
    auto const from = std::string{R"(password: "{user.password}"}}
  auth)"};
    auto const at = text.find(from);
    ASSERT_NE(at, text.npos);

    auto const empty = good(text.replace(at, from.size(), "password: \"\"}}\n  auth"));

    EXPECT_EQ(written(empty.target.login.headers[0].second), "Basic {basic.user.email.fixed.}");
}

static constexpr std::string_view sign_up = R"(watertight: 1
name: crm
target:
  url: https://localhost:8443
  tls: {verify: false}
  identity: [{cookie: org, value: "{tenant.id}"}]
  session:
    cookies: true
    login:
      post: /login
      form: {email: "{user.email}", password: "{user.password}"}
      capture: {csrf: {cookie: csrftoken}}
      expect: [200, 302]
    headers: {X-CSRF-Token: "{user.csrf}"}
    expires: 15m
    signing_key: "a key of {tenant.id}"
tenants:
  create:
    post: /sign-up
    as: anonymous
    body: {company: "{tenant.name}", owner: {email: "{user.email}", password: "{user.password}"}}
    capture: {id: /org/id, user.id: /owner/id}
  users:
    - role: owner
      made_with_tenant: true
      attributes: {email: "o@{tenant.slug}.example.com", password: "Secret-{run}"}
    - role: clerk
      count: 2
      attributes: {email: "c{user.index}@{tenant.slug}.example.com", password: "Secret-{run}"}
      create:
        post: /members
        as: owner
        body: {email: "{user.email}", password: "{user.password}"}
resources:
  leads:
    foreign: not_found
    create:
      post: /leads
      body: {name: "{canary}", budget: "{canary.number}"}
      capture: {id: {regex: 'id=(\d+)'}, ref: {header: Location, regex: '(\w+)$'}}
    read: {get: "/leads/{id}"}
)";

TEST(GoodScenario, ACaptureTakesAPartOfAHeader)
{
    auto const s = good(sign_up);

    auto const& captures = s.target.resources.at(0).create->captures;
    EXPECT_EQ(captures.at(0).where, capture::from::regex);
    EXPECT_EQ(captures.at(0).part, "");
    EXPECT_EQ(captures.at(1).where, capture::from::header);
    EXPECT_EQ(captures.at(1).expression, "Location");
    EXPECT_EQ(captures.at(1).part, "(\\w+)$");
}

TEST(GoodScenario, SignUpMakesTheTenantAndCookiesCarryTheSession)
{
    auto const s = good(sign_up);

    EXPECT_TRUE(s.target.base.tls);
    EXPECT_FALSE(s.target.connection.tls.verify);
    EXPECT_TRUE(s.target.login.cookies);
    EXPECT_EQ(s.target.login.expires_after, 15min);
    EXPECT_FALSE(s.target.login.signing_key.empty());
    EXPECT_EQ(s.target.identity.at(0).describe(), "cookie org");
    EXPECT_TRUE(s.target.identity.at(0).is_default);
    ASSERT_TRUE(s.target.login.login);
    EXPECT_EQ(s.target.login.login->captures.at(0).where, capture::from::cookie);
    EXPECT_TRUE(s.target.login.login->accepts(302));
    EXPECT_FALSE(s.target.login.login->accepts(201));

    ASSERT_TRUE(s.tenants.create);
    EXPECT_EQ(s.tenants.create->as, "anonymous");
    EXPECT_EQ(s.tenants.create->captures.at(1).name, "user.id");
    ASSERT_EQ(s.tenants.users.size(), 2U);
    EXPECT_TRUE(s.tenants.users[0].made_with_tenant);
    EXPECT_EQ(s.tenants.users[1].count, 2U);
    EXPECT_EQ(s.tenants.users[1].create->as, "owner");

    auto const* const leads = s.target.find_resource("leads");
    ASSERT_NE(leads, nullptr);
    EXPECT_EQ(leads->expect_foreign, target::foreign_access::not_found);
    EXPECT_EQ(written(leads->create->body_text), R"({"name":"{canary}","budget":{canary.number}})");
}

TEST(GoodScenario, ApiKeysComeFromAFileOfTenantsThatExist)
{
    auto const folder =
        std::filesystem::temp_directory_path() / fmt::format("watertight-good-{}", ::getpid());
    std::filesystem::create_directory(folder);
    ASSERT_TRUE(write_file((folder / "tenants.json").string(), "[]"));
    std::string const text = R"(watertight: 1
name: api
target:
  url: http://127.0.0.1:1234
  identity:
    - {query: account, value: "{tenant.account}"}
    - {header: X-Account, value: "{tenant.account}", default: true}
  session: {headers: {X-Api-Key: "{user.api_key}"}}
tenants: {file: tenants.json}
resources:
  items: {list: {get: /items, items: /data}, read: {get: "/items/{id}"}}
)";

    auto const out = load_text(text, (folder / "scenario.yaml").string(), {});
    std::filesystem::remove_all(folder);

    ASSERT_TRUE(out) << out.error().front().what;
    auto const& s = out->value;
    EXPECT_EQ(s.tenants.from_file, (folder / "tenants.json").string());
    EXPECT_FALSE(s.tenants.create);
    EXPECT_TRUE(s.tenants.users.empty());
    EXPECT_FALSE(s.target.identity.at(0).is_default);
    EXPECT_TRUE(s.target.identity.at(1).is_default);
    EXPECT_EQ(s.target.find_resource("items")->list->items, "/data");
}

TEST(GoodScenario, TenantsAreMadeBySql)
{
    auto const s = good(R"(watertight: 1
name: sql
target: {url: "http://127.0.0.1:1", identity: [{host: "{tenant.slug}.test"}]}
tenants:
  count: 3
  create:
    sql: INSERT INTO orgs (slug) VALUES ('{tenant.slug}') RETURNING id, key
    capture: [id, key]
  remove: {sql: "DELETE FROM orgs WHERE id = '{tenant.id}'", store: admin}
  users: [{attributes: {key: "{tenant.key}"}}]
  on_failure: go_on
stores:
  postgres: {url: "postgres://127.0.0.1/app", tenant_column: org_id, row_security: "*"}
  admin: {postgres: "host=/run/postgresql dbname=app"}
)");

    ASSERT_TRUE(s.tenants.create_sql);
    EXPECT_EQ(s.tenants.create_sql->store, "postgres");
    EXPECT_EQ(s.tenants.create_sql->capture, (std::vector<std::string>{"id", "key"}));
    ASSERT_TRUE(s.tenants.remove_sql);
    EXPECT_EQ(s.tenants.remove_sql->store, "admin");
    EXPECT_EQ(s.tenants.failure_policy, tenants::on_failure::go_on);
    EXPECT_EQ(s.store_urls.at("admin"), "host=/run/postgresql dbname=app");
    ASSERT_TRUE(s.target.postgres);
    EXPECT_EQ(written(s.target.postgres->tenant_value), "{tenant.id}");
    EXPECT_EQ(s.target.postgres->row_security, std::vector<std::string>{"*"});
}

TEST(GoodScenario, TenantsAreMadeByACommand)
{
    auto const s = good(R"(watertight: 1
name: command
target: {url: "http://127.0.0.1:1", identity: [{header: X-T, value: "{tenant.uuid}"}]}
tenants:
  create: {command: [./make-tenant, "--slug={tenant.slug}"], timeout: 90s}
  remove: {command: [./drop-tenant, "{tenant.uuid}"]}
)");

    ASSERT_TRUE(s.tenants.create_command);
    EXPECT_EQ(s.tenants.create_command->timeout, 90s);
    ASSERT_EQ(s.tenants.create_command->arguments.size(), 2U);
    EXPECT_EQ(written(s.tenants.create_command->arguments[1]), "--slug={tenant.slug}");
    ASSERT_TRUE(s.tenants.remove_command);
    ASSERT_EQ(s.tenants.users.size(), 1U);
    EXPECT_EQ(s.tenants.users[0].role, "user");
}

static constexpr std::string_view nested = R"({
  "watertight": 1,
  "name": "nested",
  "target": {
    "url": "http://127.0.0.1:1",
    "identity": [{"jwt": {"claim": "org", "value": "{tenant.id}"}}]
  },
  "tenants": {"create": {"post": "/orgs", "as": "anonymous", "capture": {"id": "/id"}}},
  "resources": {
    "tasks": {
      "parent": "projects", "count": 4, "per": "tenant",
      "create": {
        "post": "/tasks",
        "body": {"project": "{parent.id}", "ids": ["{parent.id}"], "text": "{canary}"},
        "capture": {"id": "/id"},
        "within": "2s"
      },
      "others": {"find": {"post": "/tasks/query", "body": {"ids": ["{id}"]}, "items": ""}}
    },
    "projects": {
      "create": {"post": "/projects", "body": {"name": "{canary}"}, "capture": {"id": "/id"}}
    },
    "notes": {
      "parent": "tasks",
      "create": {
        "post": "/projects/{parent.parent.id}/tasks/{parent.id}/notes",
        "body": {"text": "{canary}"},
        "capture": {"id": "/id"}
      }
    },
    "exports": {
      "create": {
        "post": "/exports",
        "multipart": [
          {"name": "list", "file": "{canary}.csv", "type": "text/csv", "content": "{canary}"}
        ],
        "capture": {"id": "/job", "status": {"status": true}},
        "expect": ["200-202"]
      },
      "read": {"get": "/exports/{id}/file"},
      "others": {
        "state": {
          "get": "/exports/{id}",
          "poll": {"pointer": "/state", "until": ["done", "failed"]}
        }
      }
    }
  }
})";

TEST(GoodScenario, NestedResourcesIdsInBodiesAndJobsAsJson)
{
    auto const s = good(nested);

    // Parents come before what lives under them, whatever the order in the file.
    std::vector<std::string> names;
    for (auto const& r : s.target.resources) names.push_back(r.name);
    EXPECT_EQ(names, (std::vector<std::string>{"projects", "exports", "tasks", "notes"}));

    auto const* const tasks = s.target.find_resource("tasks");
    EXPECT_EQ(tasks->parent, "projects");
    EXPECT_EQ(tasks->count, 4U);
    EXPECT_TRUE(tasks->per_tenant);
    EXPECT_EQ(tasks->create->within, 2s);
    EXPECT_EQ(
        written(tasks->create->body_text),
        R"({"project":"{parent.id}","ids":["{parent.id}"],"text":"{canary}"})"
    );
    EXPECT_EQ(tasks->others.at(0).name, "tasks.find");

    auto const* const exports = s.target.find_resource("exports");
    EXPECT_EQ(exports->create->body, body_kind::multipart);
    EXPECT_EQ(written(exports->create->parts.at(0).file_name), "{canary}.csv");
    EXPECT_EQ(exports->create->captures.at(1).where, capture::from::status);
    EXPECT_EQ(exports->create->expect.at(0).last, 202);
    EXPECT_EQ(exports->others.at(0).poll.until, (std::vector<std::string>{"done", "failed"}));
}

TEST(GoodScenario, PlacesAreThoseOfTheFile)
{
    auto const s = good(shop_and("criteria:\n  - {id: up, require: \"availability > 99%\"}\n"));

    EXPECT_EQ(s.criteria.at(0).place.file, "shop.yaml");
    EXPECT_EQ(s.criteria.at(0).place.line, 16);
    EXPECT_EQ(s.criteria.at(0).place.column, 5);
    EXPECT_EQ(s.target.resources.at(0).read->place.line, 14);
    EXPECT_EQ(s.target.resources.at(0).read->place.column, 11);
    EXPECT_EQ(s.target.identity.at(0).place.line, 6);
}

TEST(GoodScenario, PhasesOfEachKind)
{
    auto const s = good(shop_and(R"(traffic:
  - {name: ramp, for: 90s, open: {rate: 60/m, to: 10/s, arrivals: constant}, warm_up: true}
  - name: users
    for: 5m
    closed: {users: 50, think: 250ms}
    tenants: {zipf: 1.1}
    connections: per_user
    abandon: 1%
  - name: plain
    for: 1s
    open: {rate: 5/s}
    tenants: uniform
    operations: {notes.read: 9, notes.create: 1}
)"));

    ASSERT_EQ(s.phases.size(), 3U);
    auto const& ramp = std::get<traffic::open_loop>(s.phases[0].loop);
    EXPECT_DOUBLE_EQ(ramp.rate_per_s, 1);
    EXPECT_DOUBLE_EQ(ramp.rate_per_s_end, 10);
    EXPECT_EQ(ramp.arrivals, traffic::arrival_kind::constant);
    EXPECT_TRUE(s.phases[0].warm_up);
    auto const& users = std::get<traffic::closed_loop>(s.phases[1].loop);
    EXPECT_EQ(users.users, 50U);
    EXPECT_EQ(users.think, 250ms);
    EXPECT_DOUBLE_EQ(s.phases[1].tenants.zipf_exponent, 1.1);
    EXPECT_DOUBLE_EQ(s.phases[1].abandon_share, 0.01);
    auto const& plain = std::get<traffic::open_loop>(s.phases[2].loop);
    EXPECT_DOUBLE_EQ(plain.rate_per_s_end, 5);
    EXPECT_EQ(s.phases[2].operations.at(0), (std::pair<std::string, double>{"notes.read", 9}));
}

TEST(GoodScenario, DrillStepsOfEachKind)
{
    auto const s = good(shop_and(R"(stores: {classic: {postgres: "postgres://127.0.0.1/x"}}
drill:
  forward:
    - {sql: "ALTER TABLE t ADD c int", store: classic, retries: 2}
    - {name: restart, command: [systemctl, restart, app], deadline: 10s}
    - {post: /release, as: admin, body: {to: new}}
    - wait: {get: /health, until: ok}
    - wait: {sql: SELECT 1, store: classic, until: "1"}
  trigger: {error_rate: 5%, p95_times_baseline: 2.5}
  rollback:
    - {sql: "ALTER TABLE t DROP c", store: classic}
  budgets: {execution: 8s}
  fingerprint: {store: classic, tables: public.t}
)"));

    auto const& d = s.drill;
    ASSERT_EQ(d.forward.size(), 5U);
    EXPECT_EQ(std::get<drill::sql_step>(d.forward[0].action).text, "ALTER TABLE t ADD c int");
    EXPECT_EQ(d.forward[0].retries, 2U);
    EXPECT_EQ(std::get<drill::command_step>(d.forward[1].action).arguments.at(1), "restart");
    EXPECT_EQ(d.forward[1].name, "restart");
    EXPECT_EQ(std::get<drill::http_step>(d.forward[2].action).call.as, "admin");
    EXPECT_EQ(d.forward[2].name, "POST /release");
    auto const& by_http = std::get<drill::wait_step>(d.forward[3].action);
    EXPECT_EQ(std::get<drill::http_step>(by_http.ask).call.path_pattern, "/health");
    auto const& by_sql = std::get<drill::wait_step>(d.forward[4].action);
    EXPECT_EQ(by_sql.expected, "1");
    EXPECT_DOUBLE_EQ(*d.when.error_rate, 0.05);
    EXPECT_DOUBLE_EQ(*d.when.p95_times_baseline, 2.5);
    EXPECT_EQ(*d.limits.execution, 8s);
    EXPECT_FALSE(d.limits.detection);
    ASSERT_EQ(d.fingerprints.size(), 1U);
    EXPECT_EQ(d.fingerprints[0].objects, std::vector<std::string>{"public.t"});
    EXPECT_TRUE(d.verify.catalogue);
}

TEST(GoodScenario, ADrillMayFingerprintSeveralStoresAndProbeAgain)
{
    auto const s = good(shop_and(
        R"(stores:
  classic: {postgres: "postgres://127.0.0.1/x"}
  redis: {url: "redis://127.0.0.1"}
drill:
  rollback:
    - {sql: "ALTER TABLE t DROP c", store: classic}
  fingerprint:
    - {store: classic, tenant: org_id}
    - {store: redis, tables: "tenant:*"}
  verify: {catalogue: false, exclude: "table public.old_*", probes: ["store.*", api.list]}
)"
    ));

    auto const& d = s.drill;
    ASSERT_EQ(d.fingerprints.size(), 2U);
    EXPECT_EQ(d.fingerprints[0].store, "classic");
    EXPECT_EQ(d.fingerprints[0].tenant, "org_id");
    EXPECT_EQ(d.fingerprints[1].objects, std::vector<std::string>{"tenant:*"});
    EXPECT_FALSE(d.verify.catalogue);
    EXPECT_EQ(d.verify.exclude, std::vector<std::string>{"table public.old_*"});
    EXPECT_EQ(d.verify.probes.size(), 2U);
}

TEST(GoodScenario, AMigrationMayBeValidatedAndContinuedToOtherSizes)
{
    auto const s = good(shop_and(R"(stores: {classic: {postgres: "postgres://127.0.0.1/x"}}
drill:
  forward:
    - {name: backfill, command: [./backfill]}
  fingerprint: {store: classic}
  validate:
    owned: [public.t]
    default_tenant: t1
    present: index public.by_tenant
    renamed: {public.old: public.new}
    repeat: true
    interrupt: {step: backfill, after: 250ms}
  extrapolate: {sizes: [10, 20, 40], to: 1000, prepare: [{sql: select 1, store: classic}]}
)"));

    auto const& d = s.drill;
    ASSERT_TRUE(d.validate);
    EXPECT_FALSE(d.empty());
    EXPECT_EQ(d.validate->owned, std::vector<std::string>{"public.t"});
    EXPECT_EQ(d.validate->default_tenant, "t1");
    EXPECT_EQ(d.validate->present, std::vector<std::string>{"index public.by_tenant"});
    EXPECT_EQ(d.validate->renamed.at("public.old"), "public.new");
    EXPECT_TRUE(d.validate->repeat);
    EXPECT_EQ(d.validate->interrupt->after, 250ms);
    ASSERT_TRUE(d.extrapolate);
    EXPECT_EQ(d.extrapolate->sizes.back(), 40U);
    EXPECT_EQ(d.extrapolate->to, 1000U);
    EXPECT_EQ(d.extrapolate->prepare.size(), 1U);
}

TEST(GoodScenario, CommandLineOverridesNumbers)
{
    load_options const o{.tenants = 10, .users_per_tenant = 100};
    auto const s = good(sign_up, o);

    EXPECT_EQ(s.tenants.count, 10U);
    EXPECT_EQ(s.tenants.users[0].count, 1U);
    EXPECT_EQ(s.tenants.users[1].count, 99U);
}

TEST(GoodScenario, EmptyUrlSwitchesAStoreOff)
{
    auto const out = load_text(
        shop_and("stores: {redis: {url: \"${WATERTIGHT_TEST_UNSET:-}\"}}\n"), "shop.yaml", {}
    );
    ASSERT_TRUE(out);
    EXPECT_FALSE(out->value.target.redis);
    EXPECT_EQ(
        out->warnings,
        std::vector<std::string>{"stores.redis.url is empty: nothing is examined in this store"}
    );
}

TEST(GoodScenario, LabAloneFindsItsUrlInItsVariable)
{
    auto const text = shop_with("url: http://127.0.0.1:8080", "lab: mis");
    auto const s = good(text, {.variables = {{"MIS_URL", "http://127.0.0.1:4711"}}});
    EXPECT_EQ(s.lab, "mis");
    EXPECT_EQ(s.target.base.port, 4711);
}

TEST(GoodScenario, UnsetVariablesAreToleratedOnDemand)
{
    auto const text = shop_with("http://127.0.0.1:8080", "${WATERTIGHT_TEST_UNSET}") +
                      "stores: {postgres: {url: \"${WATERTIGHT_TEST_UNSET}\"}}\n";
    auto const s = good(text, {.tolerate_unset = true});
    EXPECT_EQ(s.name, "shop");
    EXPECT_TRUE(s.target.postgres.has_value());
}

static constexpr std::string_view forms = R"(watertight: 1
name: forms
target:
  url: http://localhost:9000
  session:
    cookies: true
    before_login:
      - {get: /login, capture: {form_csrf: {cookie: csrf}}}
    login:
      post: /login
      form: {user: "{user.email}", csrf: "{user.form_csrf}"}
      capture: {csrf: /csrf}
    headers: {X-CSRF: "{user.csrf}"}
tenants:
  create: {post: /tenants, as: anonymous, capture: {id: /id}}
  suspend: {post: "/tenants/{tenant.id}/suspend", as: anonymous}
  users: [{attributes: {email: "u@{tenant.slug}"}}]
)";

TEST(GoodScenario, AFormWithATokenBeforeTheLogIn)
{
    auto const s = good(forms);
    ASSERT_EQ(s.target.login.before_login.size(), 1U);
    EXPECT_EQ(s.target.login.before_login[0].path_pattern, "/login");
    EXPECT_TRUE(s.target.login.cookies);
    ASSERT_TRUE(s.tenants.suspend.has_value());
    EXPECT_EQ(s.tenants.suspend->channel(), "POST /tenants/{tenant.id}/suspend");
    auto const all = all_operations(s);
    EXPECT_EQ(std::ranges::count(all, &s.target.login.before_login[0]), 1);
}

TEST(BadScenario, AFormWithoutALogInIsNeverSent)
{
    auto const text = shop_with("  auth:", "  session: {before_login: [{get: /login}]}\n  auth:");
    EXPECT_NE(problems_of(text).find("before_login without login"), std::string::npos);
}

static constexpr std::string_view rollout = R"(traffic:
  - {name: alone, for: 2s, full: 1m, open: {rate: 5/s}, tenants: {count: 1}}
  - {name: ten, for: 3s, open: {rate: 5/s}, tenants: {share: 10%, zipf: 1.2},
     stop_unless: "phase.ten.latency.p95 <= 1.2 * phase.alone.latency.p95 + 5ms"}
  - {name: all, for: 3s, open: {rate: 5/s}}
criteria:
  - {id: even, require: "phase.all.latency.p95 <= 1.2 * phase.alone.latency.p95"}
)";

TEST(GoodScenario, PhasesMayTakeAPartOfTheTenantsAndStopTheNext)
{
    auto const s = good(shop_and(rollout));

    ASSERT_EQ(s.phases.size(), 3U);
    EXPECT_EQ(s.phases[0].duration, 2s);
    EXPECT_EQ(s.phases[0].tenants.take, 1U);
    EXPECT_FALSE(s.phases[0].decides);
    EXPECT_DOUBLE_EQ(s.phases[1].tenants.share, 0.1);
    EXPECT_EQ(s.phases[1].tenants.type, traffic::mix_kind::zipf);
    EXPECT_TRUE(s.phases[1].decides);
    EXPECT_TRUE(s.stops.contains("ten"));
    ASSERT_EQ(s.criteria.size(), 2U);
    EXPECT_EQ(s.criteria[0].id, "stop_unless.ten");
    EXPECT_EQ(s.criteria[0].place.line, 18);
}

TEST(GoodScenario, FullMakesPhasesAsLongAsTheySay)
{
    auto const s = good(shop_and(rollout), {.full = true});

    EXPECT_EQ(s.phases[0].duration, 1min);
    EXPECT_EQ(s.phases[1].duration, 3s);
}

} // namespace watertight::scenario
