// How: the built program drafts from what is handed to it in other ways than a file of OpenAPI: a
// URL, a recording with secrets in it, a database; and from a description of the lab, the draft of
// which is then tried against the lab itself.

#include "harness/base/text.hpp"
#include "harness/stores/postgres.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/standing_lab.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace watertight::test {

namespace {

/// Part of the lab's dialect "mis", as its authors might describe it.
constexpr std::string_view membership = R"(openapi: 3.1.0
info: {title: Membership, version: "1"}
security: [{bearer: []}]
paths:
  /api/v1/tenants/create:
    post:
      requestBody: {content: {application/json: {schema: {
        type: object, required: [name, slug, plan, admin], properties: {
          name: {type: string}, slug: {type: string}, plan: {type: string, enum: [premium, basic]},
          admin: {type: object, required: [email, password], properties: {
            email: {type: string, format: email}, password: {type: string}}}}}}}}
      responses: {'201': {content: {application/json: {schema: {
        type: object, properties: {id: {type: string}, slug: {type: string}}}}}}}
  /api/v1/tenants/{tenantId}:
    parameters: [{name: tenantId, in: path, required: true, schema: {type: string}}]
    delete: {responses: {'204': {description: gone}}}
  /api/v1/auth/login:
    post:
      security: []
      requestBody: {content: {application/json: {schema: {
        type: object, required: [email, password, tenantSlug], properties: {
          email: {type: string}, password: {type: string}, tenantSlug: {type: string}}}}}}
      responses: {'200': {content: {application/json: {schema: {
        type: object, properties: {token: {type: string}, expiresIn: {type: integer}}}}}}}
  /api/v1/media:
    parameters: [{$ref: '#/components/parameters/Tenant'}]
    get:
      responses: {'200': {content: {application/json: {schema: {type: object, properties: {
        media: {type: array, items: {$ref: '#/components/schemas/Medium'}}}}}}}}
    post:
      requestBody: {$ref: '#/components/requestBodies/Medium'}
      responses: {'201': {content: {application/json: {schema: {
        $ref: '#/components/schemas/Medium'}}}}}
  /api/v1/media/{id}:
    parameters:
      - {$ref: '#/components/parameters/Tenant'}
      - {name: id, in: path, required: true, schema: {type: string}}
    get: {responses: {'200': {content: {application/json: {schema: {
      $ref: '#/components/schemas/Medium'}}}}}}
    patch:
      requestBody: {$ref: '#/components/requestBodies/Medium'}
      responses: {'200': {description: changed}}
    delete: {responses: {'204': {description: gone}}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  parameters:
    Tenant: {name: X-Tenant-ID, in: header, required: true, schema: {type: string}}
  requestBodies:
    Medium: {content: {application/json: {schema: {$ref: '#/components/schemas/Medium'}}}}
  schemas:
    Medium:
      type: object
      required: [title]
      properties:
        id: {type: string, readOnly: true}
        title: {type: string, maxLength: 200}
        caption: {type: [string, "null"]}
)";

bool says(outcome const& o, std::string_view text)
{
    return o.output.find(text) != std::string::npos;
}

/// A folder for one draft.
struct drafting {
    temp_dir folder{"init"};
    std::string scenario = (folder / "s.yaml").string();

    outcome init(std::vector<std::string> more) const
    {
        std::vector<std::string> arguments{"watertight", "init", "-o", scenario};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }

    std::string file(std::string_view name, std::string_view content) const
    {
        auto path = (folder / std::string{name}).string();
        EXPECT_TRUE(write_file(path, std::string{content}).has_value());
        return path;
    }

    /// All that was written, in one text.
    std::string written() const
    {
        std::string out;
        for (auto const& entry : std::filesystem::directory_iterator{folder.path()}) {
            if (entry.path().extension() == ".yaml") out += *read_file(entry.path().string());
        }
        return out;
    }
};

std::string answer(std::string_view status, std::string_view more, std::string_view body)
{
    return fmt::format(
        "HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n{}", status, more, body.size(), body
    );
}

/// Secrets wherever bodies have them; each contains "hush", but for the number.
constexpr std::string_view secret_body = R"({"title": "hush10", "pin": 987612,
  "credentials": {"user": "hush11", "pass": "hush12"}, "owner": "hush@example.org",
  "webhook": "https://hush13.example.org/0123456789", "client_secret": "hush14"})";

/// And wherever else recordings have them.
constexpr std::string_view recording = R"({"log": {"entries": [
{"request": {"method": "POST", "url": "https://user:hush0@app.example.org/api/login?key=hush1",
  "headers": [{"name": "Cookie", "value": "theme=hush2; app_session=hush3"}],
  "postData": {"mimeType": "application/x-www-form-urlencoded",
    "text": "email=hush%40example.org&password=hush4"}},
 "response": {"status": 200, "headers": [{"name": "Set-Cookie", "value": "app_session=hush5"}],
  "content": {"mimeType": "application/json", "text": "{\"access_token\": \"hush6\"}"}}},
{"request": {"method": "POST", "url": "https://app.example.org/api/notes",
  "headers": [{"name": "Authorization", "value": "Bearer hush7"},
              {"name": "X-Api-Key", "value": "hush8"}, {"name": "X-CSRF-Token", "value": "hush9"}],
  "postData": {"mimeType": "application/json", "encoding": "base64", "text": "BODY"}},
 "response": {"status": 201, "content": {"mimeType": "application/json",
  "text": "{\"id\": \"n-1\", \"title\": \"hush15\"}"}}},
{"request": {"method": "GET", "url": "https://app.example.org/api/notes/n-1?sig=hush16",
  "headers": [{"name": "Authorization", "value": "Bearer hush7"}]},
 "response": {"status": 200, "content": {"mimeType": "application/json",
  "text": "{\"id\": \"n-1\", \"title\": \"hush15\"}"}}}]}})";

asio::awaitable<result<stores::postgres_rows>> run_script(std::string url, std::string sql)
{
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::postgres::connect(core, url, std::chrono::seconds{20});
    if (db.has_error()) co_return db.error();
    auto done = co_await db->script(sql);
    co_return done;
}

} // namespace

TEST(CliInitSources, ADraftOfTheLabRunsOnceItsAddressAndTheAdministratorAreGiven)
{
    standing_lab const lab;
    drafting const d;
    auto const o = d.init({"--openapi", d.file("api.yml", membership)});
    ASSERT_EQ(o.code, 0) << o.output;
    EXPECT_TRUE(says(o, "made by POST /api/v1/tenants/create")) << o.output;
    // Three places, none of them in the requests.
    EXPECT_TRUE(says(o, "to fill in by hand: 3 places")) << o.output << *read_file(d.scenario);

    auto const& known = lab.environment();
    std::map<std::string, std::string> const given{
        {"MEMBERSHIP_URL", known.at("MIS_URL")},
        {"MEMBERSHIP_ADMIN_TOKEN", known.at("MIS_ADMIN_TOKEN")}};
    auto const dry = run({"watertight", "run", d.scenario, "--dry-run"}, given);
    EXPECT_EQ(dry.code, 0) << dry.output;
    for (auto const* const line :
         {"media.create: POST /api/v1/media",
          "> PATCH /api/v1/media/",
          "> DELETE /api/v1/media/",
          "> DELETE /api/v1/tenants/",
          ", 0 not answered as the scenario expects"})
    {
        EXPECT_TRUE(says(dry, line)) << line << "\n" << dry.output;
    }
    EXPECT_FALSE(says(dry, known.at("MIS_ADMIN_TOKEN")));
    auto const out = (d.folder / "out").string();
    auto const whole =
        run({"watertight", "run", d.scenario, "--for", "1s", "--out", out, "--only", "api.list"},
            given);
    EXPECT_EQ(whole.code, 0) << whole.output;
}

TEST(CliInitSources, AUrlIsFetched)
{
    scripted_server const site{[](peer& client, std::size_t) {
        if (client.read_request().starts_with("GET /moved ")) {
            return client.send(answer("302 Found", "Location: /api.yaml\r\n", ""));
        }
        client.send(answer("200 OK", "", membership));
    }};
    drafting const d;
    auto const at = fmt::format("http://127.0.0.1:{}/moved", site.port());
    auto const o = d.init({"--openapi", at});

    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_TRUE(says(o, "Membership")) << o.output;
    EXPECT_EQ(site.requests(), 2U);
}

TEST(CliInitSources, ARedirectionToAnotherHostIsNotFollowed)
{
    scripted_server const other{[](peer& client, std::size_t) {
        client.read_request();
        client.send(answer("200 OK", "", membership));
    }};
    auto const away = fmt::format("http://127.0.0.1:{}/api.yaml", other.port());
    scripted_server const site{[&](peer& client, std::size_t) {
        client.read_request();
        client.send(answer("302 Found", "Location: " + away + "\r\n", ""));
    }};
    drafting const d;
    auto const o = d.init({"--openapi", fmt::format("http://127.0.0.1:{}/", site.port())});

    EXPECT_EQ(o.code, 3) << o.output;
    EXPECT_TRUE(says(o, "redirects to " + away)) << o.output;
    EXPECT_EQ(other.accepted(), 0U);
    EXPECT_FALSE(std::filesystem::exists(d.scenario));
}

TEST(CliInitSources, NoSecretOfARecordingIsWrittenAnywhere)
{
    drafting const d;
    auto const har = replace_all(std::string{recording}, "BODY", base64(secret_body));
    auto const o = d.init({"--har", d.file("app.har", har)});

    EXPECT_EQ(o.code, 0) << o.output;
    auto const written = d.written();
    EXPECT_NE(written.find("post: /api/notes"), std::string::npos) << written;
    EXPECT_NE(written.find("password: \"{user.password}\""), std::string::npos) << written;
    EXPECT_EQ((o.output + written).find("hush"), std::string::npos) << o.output << written;
    EXPECT_EQ((o.output + written).find("987612"), std::string::npos) << o.output << written;
    auto const validated = run({"watertight", "validate", d.scenario});
    EXPECT_EQ(validated.code, 0) << validated.output;
}

TEST(CliInitSources, ABrokenRecordingIsNotQuoted)
{
    drafting const d;
    auto const o = d.init({"--har", d.file("app.har", "{\"log\":\n {\"password\": \"hush\n")});

    EXPECT_EQ(o.code, 2) << o.output;
    EXPECT_TRUE(says(o, "app.har:3:")) << o.output;
    EXPECT_FALSE(says(o, "hush")) << o.output;
}

TEST(CliInitSources, ADatabaseTellsTheColumnThatNamesTheTenant)
{
    postgres_server const server;
    auto const made = run_async(run_script(
        server.url(),
        "create table tenants (id int primary key);"
        "create table notes (id int, tenant_id int references tenants, body text);"
        "create table files (id int, tenant_id int references tenants);"
        "create table colours (id int)"
    ));
    ASSERT_TRUE(made) << made.error().message;
    drafting const d;
    auto const api = d.file("api.yml", membership);
    auto const o = d.init({"--openapi", api, "--postgres", server.url()});

    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_TRUE(says(o, "tenant_id (names the tenant in 2 of ")) << o.output;
    auto const text = *read_file(d.scenario);
    EXPECT_NE(text.find("tenant_column: tenant_id"), std::string::npos) << text;
    EXPECT_NE(text.find("url: ${MEMBERSHIP_POSTGRES_URL:-}"), std::string::npos) << text;
    EXPECT_EQ((o.output + text).find(postgres_server::password), std::string::npos);
    EXPECT_EQ(run({"watertight", "validate", d.scenario}).code, 0);
}

TEST(CliInitSources, ADatabaseThatIsNotThereIsSaidWithoutItsPassword)
{
    drafting const d;
    auto const o = d.init(
        {"--openapi",
         d.file("api.yml", membership),
         "--postgres",
         fmt::format("postgres://audit:hush@127.0.0.1:{}/app", free_port())}
    );

    EXPECT_EQ(o.code, 3) << o.output;
    EXPECT_TRUE(says(o, "postgres: ")) << o.output;
    EXPECT_FALSE(says(o, "hush")) << o.output;
    EXPECT_FALSE(std::filesystem::exists(d.scenario));
}

} // namespace watertight::test
