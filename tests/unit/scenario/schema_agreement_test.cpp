#include "harness/scenario/schema_check.hpp"
#include "tests/unit/scenario/documents.hpp"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <memory>

namespace watertight::scenario {

// How: an independent implementation of draft-07 judges the same documents by the same schema. It
// gives no sentences, but it must say yes and no where the project's own checker does.

namespace {

using adapter = valijson::adapters::NlohmannJsonAdapter;

valijson::Schema const& reference()
{
    static auto const parsed = [] {
        auto out = std::make_unique<valijson::Schema>();
        valijson::SchemaParser parser{valijson::SchemaParser::kDraft7};
        adapter const document{parsed_schema()};
        parser.populateSchema(document, *out);
        return out;
    }();
    return *parsed;
}

struct judgement {
    bool ours = false;
    bool theirs = false;
};

judgement judge(std::string const& yaml)
{
    std::map<std::string, std::string> const none;
    variables v{none, false, {}};
    problem_list problems;
    auto root = parse(yaml, v, problems);
    EXPECT_TRUE(problems.empty()) << yaml;
    nlohmann::json const document = to_json(root);
    check_schema(root, parsed_schema(), problems);
    valijson::Validator validator;
    return {problems.empty(), validator.validate(reference(), adapter{document}, nullptr)};
}

/// `shop` with its n-th line changed in some way.
std::vector<std::string> mutations(std::string const& text)
{
    std::vector<std::string> out;
    auto const lines = split(text, '\n');
    auto const put = [&](std::size_t n, std::string const& with) {
        std::string changed;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            changed += i == n ? with : std::string{lines[i]} + "\n";
        }
        out.push_back(changed);
    };
    for (std::size_t n = 0; n < lines.size(); ++n) {
        std::string const line{lines[n]};
        auto const colon = line.find(": ");
        if (colon == std::string::npos) continue;
        auto const key = line.substr(0, colon + 2);
        put(n, "");
        put(n, line.substr(0, colon) + "x: " + line.substr(colon + 2) + "\n");
        for (auto const* const value :
             {"12", "-1", "0.5", "text", "true", "[]", "[x]", "{}", "{x: 1}", "~"})
        {
            put(n, key + value + "\n");
        }
    }
    return out;
}

/// Something of everything, one key a line, so that each can be mutated.
constexpr std::string_view everything = R"(watertight: 1
name: all
target:
  url: http://127.0.0.1
  lab: mis
  allow: [127.0.0.1]
  tls:
    verify: false
    ca: x.pem
  timeout: 5s
  headers:
    X-Y: 1
  basic:
    user: a
    password: b
  identity:
    - header: X
      value: "{tenant.id}"
      default: true
    - host: "{tenant.slug}.x"
    - path: true
    - jwt:
        claim: c
        value: v
  session:
    login:
      post: /l
      form:
        a: b
      expect: [200, 3xx]
      capture:
        t: /t
        c:
          cookie: d
    expires: 5m
    cookies: true
  auth:
    admin:
      headers:
        A: b
tenants:
  count: 2
  users_per_tenant: 3
  slug: s
  attributes:
    a: b
  mix:
    x: 50%
    y: 0.5
  create:
    sql: SELECT 1
    store: postgres
    capture: [id]
  remove:
    command: [rm, x]
    timeout: 3s
  users:
    - role: user
      count: 2
      made_with_tenant: true
      create:
        method: PURGE
        path: /x
        multipart:
          - name: a
            content: b
            file: c
            type: d
  on_failure: stop
  concurrency: 3
resources:
  notes:
    parent: notes
    create:
      post: /n
      as: admin
      body:
        x: [1, {y: null}]
      within: 2s
      poll:
        pointer: /s
        until: [done]
    others:
      find:
        get: /f
        items: /x
        raw: y
        type: z
    count: 1
    per: user
    foreign: denied
    shared: true
operations:
  up:
    head: /up
stores:
  postgres:
    url: x
    tenant_column: c
    row_security: [a]
    exclude: b
  redis:
    url: y
    keys: z
  more:
    postgres: w
sharing:
  - role: r
    resource: s
    pairs:
      - owner: a
        viewer: b
traffic:
  - name: a
    for: 5s
    open:
      rate: 5/s
      to: 6/s
      arrivals: poisson
    tenants:
      zipf: 1.1
    connections: mixed
    connections_max: 5
    operations:
      x: 1
    abandon: 1%
    warm_up: true
  - name: b
    for: 5s
    closed:
      users: 5
      think: 1s
    tenants: uniform
probes:
  include: all
  exclude: [a.b]
  rate: 5/s
  concurrency: 5
  pairs_max: 0
drill:
  forward:
    - sql: x.sql
      store: s
      name: n
      deadline: 5s
      retries: 1
    - command: [a]
    - wait:
        sql: x
        until: y
    - wait:
        get: /x
        until: y
    - post: /x
      body: 1
  trigger:
    error_rate: 5%
    p95_times_baseline: 2
    after: 5s
  rollback: []
  budgets:
    execution: 5s
  traffic:
    rate: 5/s
    requests:
      a:
        get: /a
  baseline: 5s
  recovered_after: 5
  fingerprint:
    store: s
    tables: [t]
criteria:
  - id: a
    require: b
    answers: [c]
  - id: d
    attest: e
    by: f
    on: 2027-01-01
waivers:
  - finding: a
    on: b
    because: c
    until: 2027-01-01
gate:
  inconclusive: fails
files:
  root: x
)";

} // namespace

TEST(SchemaAgreement, BothTakeADocumentWithEverything)
{
    auto const out = judge(std::string{everything});
    EXPECT_TRUE(out.ours);
    EXPECT_TRUE(out.theirs);
}

TEST(SchemaAgreement, BothSayTheSameOfEveryMutation)
{
    std::size_t good_ones = 0;
    std::size_t bad_ones = 0;
    for (auto const& text : mutations(std::string{everything})) {
        judgement const out = judge(text);
        EXPECT_EQ(out.ours, out.theirs) << text;
        ++(out.ours ? good_ones : bad_ones);
    }
    // Both kinds are there in numbers; a corpus of one kind would prove nothing.
    EXPECT_GT(good_ones, 100U);
    EXPECT_GT(bad_ones, 500U);
}

TEST(SchemaAgreement, SchemaDescribesEveryKeyOfEverySection)
{
    auto const& sections = parsed_schema().at("properties");
    for (auto const& [name, section] : sections.items()) {
        EXPECT_TRUE(section.contains("description") || section.contains("$ref")) << name;
    }
    for (auto const& [name, definition] : parsed_schema().at("definitions").items()) {
        EXPECT_TRUE(
            definition.contains("description") || definition.contains("title") ||
            definition.contains("items")
        ) << name;
    }
}

} // namespace watertight::scenario
