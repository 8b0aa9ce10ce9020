#include "harness/scenario/schema_check.hpp"
#include "tests/unit/scenario/documents.hpp"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <map>
#include <memory>
#include <optional>

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

/// Nothing if the text is no document at all: then no schema has a say.
std::optional<judgement> judge(std::string const& yaml)
{
    std::map<std::string, std::string> const none;
    variables v{none, false, {}};
    problem_list problems;
    auto root = parse(yaml, v, problems);
    if (!problems.empty()) return std::nullopt;
    nlohmann::json const document = to_json(root);
    check_schema(root, parsed_schema(), problems);
    valijson::Validator validator;
    auto const theirs = validator.validate(reference(), adapter{document}, nullptr);
    return judgement{problems.empty(), theirs};
}

constexpr std::string_view smallest = R"(watertight: 1
name: x
target:
  url: http://127.0.0.1
tenants:
  count: 2
)";

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
    operations:
      one:
        sql: select 1
        args: [a]
        of: r
  redis:
    url: y
    keys: z
    lifetime_max: 5s
    operations:
      one:
        command: [PING]
        of: r
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
experiments:
  - name: a
    prepare:
      - command: [a]
    a:
      set_up: []
      restore: []
    b:
      set_up:
        - sql: x
      restore:
        - post: /x
    restore: []
    operations:
      x: 1
    users: 5
    think: 5ms
    for: 5ms
    settle: 5ms
    rounds: 5
    statistic: mean
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

struct mutation {
    std::string line;
    std::string with;
    std::string text;
};

/// The text's sections by name, each from its key to the next one.
std::map<std::string, std::string> sections_of(std::string_view text)
{
    std::map<std::string, std::string> out;
    std::string name;
    for (auto const line : split(text, '\n')) {
        if (line.empty()) continue;
        if (!line.starts_with(' ')) name = line.substr(0, line.find(':'));
        out[name] += std::string{line} + "\n";
    }
    return out;
}

/// The smallest document that holds `section`, which is another one's section of that name.
std::string around(std::string const& name, std::string const& section)
{
    auto parts = sections_of(smallest);
    parts[name] = section;
    std::string out;
    for (auto const& [key, part] : parts) out += part;
    return out;
}

/// Each line of the section changed in some ways.
std::vector<mutation> mutations(std::string const& name, std::string const& section)
{
    std::vector<mutation> out;
    auto const lines = split(section, '\n');
    auto const put = [&](std::size_t n, std::string const& with) {
        std::string changed;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            changed += i == n ? with : std::string{lines[i]} + "\n";
        }
        out.push_back({std::string{lines[n]}, with, around(name, changed)});
    };
    for (std::size_t n = 0; n < lines.size(); ++n) {
        std::string const line{lines[n]};
        auto const colon = line.find(": ");
        if (colon == std::string::npos) continue;
        put(n, "");
        put(n, line.substr(0, colon) + "x: " + line.substr(colon + 2) + "\n");
        for (auto const* const value : {"12", "-1", "text", "true", "[x]", "{x: 1}", "~"}) {
            put(n, line.substr(0, colon + 2) + value + "\n");
        }
    }
    return out;
}

} // namespace

TEST(SchemaAgreement, BothTakeADocumentWithEverything)
{
    auto const out = judge(std::string{everything});
    ASSERT_TRUE(out);
    EXPECT_TRUE(out->ours);
    EXPECT_TRUE(out->theirs);
}

TEST(SchemaAgreement, BothSayTheSameOfEveryMutation)
{
    std::size_t good_ones = 0;
    std::size_t bad_ones = 0;
    for (auto const& [name, section] : sections_of(everything)) {
        for (auto const& m : mutations(name, section)) {
            auto const out = judge(m.text);
            if (!out) continue;
            EXPECT_EQ(out->ours, out->theirs) << m.line << " became " << m.with;
            ++(out->ours ? good_ones : bad_ones);
        }
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
