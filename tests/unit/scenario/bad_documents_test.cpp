#include "harness/base/fatal.hpp"
#include "tests/unit/scenario/documents.hpp"

#include <unistd.h>

#include <filesystem>

namespace watertight::scenario {

// How: each document differs from a good one in one place, and the whole answer is compared, so
// that a second sentence about the same fault fails the test too.

TEST(BadScenario, UnknownKeyAtTheTopIsNamedWithTheNearestKey)
{
    EXPECT_EQ(
        problems_of(shop_and("trafic: []\n")),
        "15:1: trafic is not a key of the scenario; did you mean traffic?"
    );
}

TEST(BadScenario, UnknownKeyInASectionIsNamed)
{
    EXPECT_EQ(
        problems_of(shop_with("  url:", "  indentity: []\n  url:")),
        "4:3: target.indentity is not a key of target; did you mean identity?"
    );
}

TEST(BadScenario, UnknownKeyInARequestIsNamed)
{
    EXPECT_EQ(
        problems_of(shop_with("as: admin", "az: admin")),
        "10:28: tenants.create.az is not a key of tenants.create; did you mean as?"
    );
}

TEST(BadScenario, UnknownKeyDeepInAListIsNamed)
{
    EXPECT_EQ(
        problems_of(shop_and("traffic:\n  - {name: a, for: 5s, open: {rate: 5/s, arrival: x}}\n")),
        "16:42: traffic[0].open.arrival is not a key of traffic[0].open; did you mean arrivals?"
    );
}

TEST(BadScenario, UnknownStoreIsToldWhatAFurtherStoreNeeds)
{
    EXPECT_EQ(
        problems_of(shop_and("stores: {mysql: {url: mysql://127.0.0.1}}\n")),
        "15:18: stores.mysql.url is not a key of stores.mysql; known: files, "
        "mongo, postgres, redis"
    );
}

TEST(BadScenario, WrongTypeIsShownWithWhatWasExpected)
{
    EXPECT_EQ(
        problems_of(shop_with("tenants:\n", "tenants:\n  count: ten\n")),
        R"(10:10: tenants.count is the text "ten", but a whole number was expected)"
    );
}

TEST(BadScenario, NumberForATextIsToldOfQuotes)
{
    EXPECT_EQ(
        problems_of(shop_with("name: shop", "name: 12")),
        "2:7: name is the number 12, but a name of letters, digits, '_' and '-' was expected; in "
        "quotes, \"12\" is a text"
    );
}

TEST(BadScenario, NumberBelowItsBoundIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_with("tenants:\n", "tenants:\n  count: 0\n")),
        "10:10: tenants.count is the number 0, but a number from 1 to 1000000 was expected"
    );
}

TEST(BadScenario, MissingKeyIsNamed)
{
    EXPECT_EQ(
        problems_of(shop_with("name: shop\n", "")),
        "1:1: the scenario lacks name, which is required"
    );
}

TEST(BadScenario, WordOutsideItsListIsShownWithTheList)
{
    EXPECT_EQ(
        problems_of(
            shop_and("traffic:\n  - {name: a, for: 5s, open: {rate: 5/s}, connections: mixd}\n")
        ),
        "16:56: traffic[0].connections is the text \"mixd\", but one of per_user, per_tenant, "
        "mixed "
        "was expected; did you mean mixed?"
    );
}

TEST(BadScenario, UnsetVariableIsAFaultAtItsPlace)
{
    EXPECT_EQ(
        problems_of(shop_with("127.0.0.1:8080", "127.0.0.1:${WATERTIGHT_TEST_UNSET}")),
        "4:25: ${WATERTIGHT_TEST_UNSET} is not set; set WATERTIGHT_TEST_UNSET in the environment "
        "or "
        "in an --env-file, or write ${WATERTIGHT_TEST_UNSET:-default}"
    );
}

TEST(BadScenario, OpenVariableIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_with("http://127.0.0.1:8080", "http://${HOST")),
        "4:15: \"${\" begins a variable, ${NAME} or ${NAME:-default}; for the text itself write $${"
    );
}

TEST(BadScenario, BadUrlIsShown)
{
    EXPECT_EQ(
        problems_of(shop_with("http://127.0.0.1:8080", "ftp//nowhere")),
        "4:8: target.url is no URL: \"ftp//nowhere\" was found, but one such as "
        "https://staging.example.org/api was expected"
    );
}

TEST(BadScenario, HostThatNobodyAllowedIsRefused)
{
    EXPECT_EQ(
        problems_of(shop_with("http://127.0.0.1:8080", "https://shop.example.org/api")),
        "4:8: target.url leads to shop.example.org:443, which target.allow does not list (it "
        "allows "
        "this machine only, unless it is given); add shop.example.org to it if it may be touched"
    );
}

TEST(BadScenario, StoreOnAHostOutsideTheListIsRefused)
{
    auto const with_list = shop_with("  url:", "  allow: [127.0.0.1]\n  url:");
    EXPECT_EQ(
        problems_of(with_list + "stores: {redis: {url: redis://cache.example.org}}\n"),
        "16:23: stores.redis.url leads to cache.example.org:6379, which target.allow does not list "
        "(it lists 127.0.0.1); add cache.example.org to it if it may be touched"
    );
}

TEST(BadScenario, BadPostgresUrlIsNotShown)
{
    EXPECT_EQ(
        problems_of(shop_and("stores: {postgres: {url: \"postgres://u:secret@[/x\"}}\n")),
        "15:26: stores.postgres.url is no PostgreSQL URL; one such as "
        "postgres://user:password@host:5432/database was expected"
    );
}

TEST(BadScenario, UnknownMetricIsMarkedWhereItStands)
{
    EXPECT_EQ(
        problems_of(shop_and(
            "criteria:\n  - {id: fast, require: \"availability >= 99% and latancy.p95 < 1s\"}\n"
        )),
        "16:50: criteria[0].require: 'latancy.p95' is no metric; did you mean 'latency.p95'?"
    );
}

TEST(BadScenario, DurationWithoutAUnitIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_and("traffic:\n  - {name: a, for: 10, open: {rate: 5/s}}\n")),
        "16:20: traffic[0].for is the number 10, but a duration such as 250ms, 60s, 5m or 1h was "
        "expected"
    );
}

TEST(BadScenario, RateWithoutATimeIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_and("traffic:\n  - {name: a, for: 10s, open: {rate: fast}}\n")),
        "16:38: traffic[0].open.rate is the text \"fast\", but a rate such as 500/s or 30/m was "
        "expected"
    );
}

TEST(BadScenario, KeyGivenTwiceIsAFault)
{
    EXPECT_EQ(problems_of(shop_and("name: again\n")), "15:1: name is given twice; first in line 2");
}

TEST(BadScenario, CriterionIdGivenTwiceIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_and("criteria:\n  - {id: a, attest: x}\n  - {id: a, attest: y}\n")),
        "17:10: the criterion id a is there twice; first in line 16"
    );
}

TEST(BadScenario, SlotThatNothingFillsIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_with("/notes/{id}", "/notes/{idd}")),
        "14:17: resources.notes.read.get: nothing fills {idd}; did you mean id?"
    );
}

TEST(BadScenario, ACaptureHasOnePlace)
{
    EXPECT_NE(
        problems_of(shop_with(
                        "capture: {id: /id}}\nresources",
                        "capture: {id: {header: Location, cookie: sid}}}\nresources"
                    ))
            .find("has header and cookie, but only one of them can be given"),
        std::string::npos
    );
}

TEST(BadScenario, SlotInABodyIsAFaultAtItsText)
{
    EXPECT_EQ(
        problems_of(shop_with("{tenant.slug}", "{tenant.slag}")),
        "10:52: tenants.create.body.slug: nothing fills {tenant.slag}; did you mean tenant.slug?"
    );
}

TEST(BadScenario, SlotWithoutQuotesIsToldOfThem)
{
    EXPECT_EQ(
        problems_of(shop_with("\"{canary}\"", "{canary}")),
        "13:41: resources.notes.create.body.text is a mapping with the empty key canary; a slot "
        "needs quotes: \"{canary}\""
    );
    EXPECT_EQ(
        problems_of(shop_with("\"{tenant.id}\"", "{tenant.id}")),
        "6:33: target.identity[0].value is a mapping, but a text was expected; a text that begins "
        "with a brace needs quotes: \"{tenant.id}\""
    );
}

TEST(BadScenario, RequestWithTwoVerbsIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_with("{get: \"/notes/{id}\"}", "{get: /notes, post: /notes}")),
        "14:11: resources.notes.read has get and post, but only one of them can be given"
    );
}

TEST(BadScenario, RequestWithoutAVerbIsOneFaultOnly)
{
    auto const traffic = "traffic:\n"
                         "  - {name: a, for: 5s, open: {rate: 5/s}, operations: {notes.read: 1}}\n";
    EXPECT_EQ(
        problems_of(shop_with("{get: \"/notes/{id}\"}", "{expect: 200}") + traffic),
        "14:11: resources.notes.read needs one of get, post, put, patch, delete, head, options or "
        "method"
    );
}

TEST(BadScenario, AdminWithoutCredentialsIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_with("    admin: {headers:", "    boss: {headers:")),
        "10:32: tenants.create.as is admin, but target.auth.admin gives no credentials"
    );
}

TEST(BadScenario, UnknownSenderIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_with("as: admin", "as: adnim")),
        "10:32: tenants.create.as is adnim, which is neither a role of tenants.users nor in "
        "target.auth; did you mean admin?"
    );
}

TEST(BadScenario, UnknownRoleIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_with("as: admin", "as: admin, roles: [anonymous, adnim]")),
        "10:58: tenants.create.roles[1] is adnim, which is neither a role of tenants.users nor in "
        "target.auth; did you mean admin?"
    );
}

TEST(BadScenario, UnknownOperationInTrafficIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_and(
            "traffic:\n  - {name: a, for: 5s, open: {rate: 5/s}, operations: {notes.reed: 1}}\n"
        )),
        "16:56: traffic[0].operations names notes.reed, which is no operation of this scenario; "
        "did "
        "you mean notes.read?"
    );
}

TEST(BadScenario, UnknownParentIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_with("  notes:\n", "  notes:\n    parent: note\n")),
        "13:13: resources.notes.parent is note, which is no resource; did you mean notes?"
    );
}

TEST(BadScenario, ParentsInACircleAreAFault)
{
    EXPECT_EQ(
        problems_of(shop_with("  notes:\n", "  notes:\n    parent: notes\n")),
        "13:13: resources.notes.parent leads back to notes"
    );
}

TEST(BadScenario, SharesMustAddUp)
{
    EXPECT_EQ(
        problems_of(shop_with("tenants:\n", "tenants:\n  mix: {a: 60%, b: 0.6}\n")),
        "10:8: tenants.mix adds up to 120%, but 100% was expected"
    );
}

TEST(BadScenario, DrillNeedsItsStoreAndItsFile)
{
    EXPECT_EQ(
        problems_of(shop_and("stores: {classic: {postgres: postgres://127.0.0.1/x}}\n"
                             "drill:\n  rollback:\n    - {sql: back.sql, store: clasic}\n")),
        "18:13: drill.rollback[0].sql: there is no file back.sql\n"
        "18:30: drill.rollback[0].store needs the store clasic, which stores does not describe; "
        "did "
        "you mean classic?"
    );
}

TEST(BadScenario, AValidationNeedsToKnowWhatItLooksAtAndWhomItKills)
{
    std::string const stores = "stores: {classic: {postgres: postgres://127.0.0.1/x}}\n";
    EXPECT_EQ(
        problems_of(shop_and("drill:\n  finally: []\n")),
        "16:3: drill has neither rollback steps nor anything to validate"
    );
    EXPECT_EQ(
        problems_of(shop_and(
            stores + "drill:\n  rollback: [{sql: select 1, store: classic}]\n"
                     "  validate: {repeat: true}\n"
        )),
        "18:13: drill.validate needs drill.fingerprint, which says what is looked at"
    );
    EXPECT_EQ(
        problems_of(shop_and(
            stores + "drill:\n  forward: [{name: backfill, command: [a]}]\n"
                     "  fingerprint: {store: classic}\n"
                     "  validate: {interrupt: {step: backfil}}\n"
        )),
        "19:32: drill.validate.interrupt.step is backfil, which is no forward step; did you mean "
        "backfill?"
    );
    EXPECT_EQ(
        problems_of(shop_and(
            stores + "drill:\n  rollback: [{sql: select 1, store: classic}]\n"
                     "  extrapolate: {sizes: [10, 5, 40], to: 9, prepare: [{command: [a]}]}\n"
        )),
        "18:29: drill.extrapolate.sizes must grow"
    );
}

TEST(BadScenario, DayThatDoesNotExistIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_and("waivers: [{finding: api.list, because: x, until: 2027-02-30}]\n")),
        "15:50: waivers[0].until is 2027-02-30, but there is no such day"
    );
}

TEST(BadScenario, ProbeOfAWrongFormIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_and("probes: {include: [api.list, API-1]}\n")),
        "15:30: probes.include[1] is the text \"API-1\", but \"all\", a probe's id such as "
        "api.object_read, or a layer such as api.* was expected"
    );
}

TEST(BadScenario, UnknownProbeIsAFaultWhereProbesAreKnown)
{
    load_options const known{.probe_ids = {"api.list", "api.object_read"}};
    EXPECT_EQ(
        problems_of(shop_and("probes: {exclude: api.lits}\n"), known),
        "15:19: probes.exclude is api.lits, which is no probe; did you mean api.list?"
    );
    EXPECT_EQ(problems_of(shop_and("probes: {exclude: [api.list, \"api.*\"]}\n"), known), "");
}

TEST(BadScenario, BadCaptureDoesNotMakeItsNameUnknown)
{
    EXPECT_EQ(
        problems_of(shop_with("capture: {id: /id}}\nresources", "capture: {id: id}}\nresources")),
        "10:84: tenants.create.capture.id is the text \"id\", but a JSON pointer such as /data/id "
        "was expected"
    );
}

TEST(BadScenario, TextThatIsNotYamlIsAFaultAtItsPlace)
{
    EXPECT_EQ(
        problems_of("watertight: 1\nname: [shop\ntarget: {\n"),
        "3:7: this is not YAML: end of sequence flow not found"
    );
}

TEST(BadScenario, DocumentThatIsNoMappingIsAFault)
{
    EXPECT_EQ(
        problems_of("hello\n"),
        "1:1: the scenario is the text \"hello\", but a mapping that begins with "
        "\"watertight: 1\" was expected"
    );
}

TEST(BadScenario, EmptyFileIsAFault)
{
    auto const* const sentence = "1:1: the file is empty; a scenario begins with \"watertight: 1\"";
    EXPECT_EQ(problems_of(""), sentence);
    EXPECT_EQ(problems_of("# a comment alone\n"), sentence);
}

TEST(BadScenario, SecondDocumentIsAFault)
{
    EXPECT_EQ(
        problems_of(shop_and("---\nname: other\n")),
        "16:1: a second document begins here; a scenario is one document"
    );
}

TEST(BadScenario, AliasOfItselfEnds)
{
    EXPECT_NE(problems_of("a: &a [*a]\n").find("nested deeper than 64 levels"), std::string::npos);
}

TEST(BadScenario, AliasesOfAliasesEnd)
{
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; ++i) {
        bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
    }
    EXPECT_NE(problems_of(bomb).find("more than 200000 nodes"), std::string::npos);
}

TEST(BadScenario, EveryProblemIsToldAtOnce)
{
    auto const text = shop_with("name: shop", "nome: shop") +
                      "trafic: []\n"
                      "criteria:\n"
                      "  - {id: a, require: nonsense}\n"
                      "  - {require: \"availability > 1%\", attest: x}\n";
    EXPECT_EQ(
        problems_of(text),
        "1:1: the scenario lacks name, which is required\n"
        "2:1: nome is not a key of the scenario; did you mean name?\n"
        "15:1: trafic is not a key of the scenario; did you mean traffic?\n"
        "17:22: criteria[0].require: 'nonsense' is no metric; `watertight validate --metrics` "
        "lists "
        "them\n"
        "18:5: criteria[1] has require and attest, but only one of them can be given\n"
        "18:5: criteria[1] lacks id, which is required"
    );
}

TEST(BadScenario, ValueOfAVariableIsNotShown)
{
    load_options const o{.variables = {{"COUNT", "hunter2"}}};
    EXPECT_EQ(
        problems_of(shop_with("tenants:\n", "tenants:\n  count: ${COUNT}\n"), o),
        "10:10: tenants.count is a value from a variable, but a whole number was expected"
    );
}

static std::string refusal_of(std::string const& path)
{
    try {
        load(path, {});
    } catch (usage_error const& e) {
        return e.what();
    }
    return {};
}

TEST(BadScenario, DirectoryIsRefused)
{
    EXPECT_EQ(refusal_of("/"), "/ is a directory; a scenario is a file, such as /scenario.yaml");
}

TEST(BadScenario, MissingFileIsRefused)
{
    auto const message = refusal_of("/nonexistent/scenario.yaml");
    EXPECT_NE(message.find("/nonexistent/scenario.yaml"), std::string::npos) << message;
    EXPECT_NE(message.find("No such file"), std::string::npos) << message;
}

TEST(BadScenario, EachLineOfARefusalBeginsWithFileLineAndColumn)
{
    auto const path =
        std::filesystem::temp_directory_path() / fmt::format("watertight-bad-{}.yaml", ::getpid());
    ASSERT_TRUE(write_file(path.string(), shop_and("trafic: []\n")));

    auto const message = refusal_of(path.string());
    std::filesystem::remove(path);

    EXPECT_EQ(
        message, path.string() + ":15:1: trafic is not a key of the scenario; did you mean traffic?"
    );
}

TEST(BadScenario, AMetricOfAnUnknownPhaseIsToldTheNearest)
{
    EXPECT_EQ(
        problems_of(shop_and("traffic:\n  - {name: steady, for: 5s, open: {rate: 5/s}}\n"
                             "criteria:\n  - {id: a, require: phase.stedy.latency.p95 < 1s}\n")),
        "18:22: criteria[0].require: 'phase.stedy.latency.p95' is no metric; did you mean "
        "'phase.steady.latency.p95'?"
    );
}

TEST(BadScenario, AStopMayNotSpeakOfWhatComesLater)
{
    EXPECT_EQ(
        problems_of(shop_and("traffic:\n"
                             "  - {name: a, for: 5s, open: {rate: 5/s},\n"
                             "     stop_unless: phase.b.availability > 99%}\n"
                             "  - {name: b, for: 5s, open: {rate: 5/s}}\n")),
        "17:19: traffic[0].stop_unless names phase.b.availability, which has no value at the end "
        "of this phase; known are phase.* of this phase and those before it, findings.traffic and "
        "baseline.*"
    );
}

TEST(BadScenario, PartsOfTheTenantsExcludeEachOther)
{
    EXPECT_EQ(
        problems_of(shop_and(
            "traffic:\n  - {name: a, for: 5s, open: {rate: 5/s}, tenants: {share: 10%, count: 2}}\n"
        )),
        "16:52: traffic[0].tenants has share and count, but only one of them can be given"
    );
}

TEST(BadScenario, AProcessElsewhereCannotBeRead)
{
    EXPECT_EQ(
        problems_of(
            shop_with("  auth:", "  processes: {db: {port: \"redis://10.0.0.7:6379\"}}\n  auth:")
        ),
        "7:26: target.processes.db.port is on another machine, whose processes can't be read here"
    );
}

} // namespace watertight::scenario
