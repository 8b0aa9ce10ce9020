// How: leaves.py writes documents of three organisations, in each of four layouts, soundly and with
// something wrong; there is no service, so that what is found is found in the store.
#include "harness/base/text.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace watertight::test {

struct leaves_case {
    char const* layout;
    char const* whose;
    char const* fault;
    /// "probe channel" of what must be found; empty: nothing.
    char const* finds;
};

static void PrintTo(leaves_case const& c, std::ostream* out)
{
    *out << c.layout << " " << c.fault;
}

class Documents : public testing::TestWithParam<leaves_case> {
protected:
    static void SetUpTestSuite() { server = std::make_unique<mongo_server>(); }
    static void TearDownTestSuite() { server.reset(); }

    static std::string scenario_of(leaves_case const& c)
    {
        auto const folder = source_root() + "/tests/end_to_end/documents/";
        auto text = read_file(folder + "leaves.yaml").value();
        text = replace_all(text, "SCRIPT", folder + "leaves.py");
        text = replace_all(text, "ADDRESS", "\"" + server->url() + "\"");
        text = replace_all(text, "LAYOUT", c.layout);
        text = replace_all(text, "FAULT", c.fault);
        return replace_all(text, "WHOSE", c.whose);
    }

    static std::unique_ptr<mongo_server> server;
};

std::unique_ptr<mongo_server> Documents::server;

TEST_P(Documents, AreFoundWhereTheyDoNotBelongAndNowhereElse)
{
    auto const& c = GetParam();
    temp_dir const folder;
    auto const scenario = (folder.path() / "leaves.yaml").string();
    ASSERT_TRUE(write_file(scenario, scenario_of(c)).has_value());
    auto const done =
        run({"watertight", "probe", scenario, "--only", "mongo.*", "--out", folder.path()},
            {{"LEAVES", server->url()}});
    auto const r = result_in(folder.path());
    std::string const finds = c.finds;
    EXPECT_EQ(done.code, finds.empty() ? 0 : 1) << done.output;
    auto is_found = finds.empty();
    for (auto const& f : r.findings) {
        auto const what = f.probe + " " + f.channel;
        if (finds.empty()) ADD_FAILURE() << what << f.detail;
        is_found = is_found || what.starts_with(finds);
    }
    EXPECT_TRUE(is_found) << done.output;
}

static constexpr auto const* nested = "tenant_field: meta.org._id, tenant_value: \"{tenant.id}\"";
static constexpr auto const* numbers = "tenant_field: orgId, tenant_value: \"{tenant.number}\"";
static constexpr auto const* collections = "collections: \"{tenant.collection}\"";
static constexpr auto const* databases = "databases: \"{tenant.database}\"";

static constexpr leaves_case cases[] = {
    {"nested", nested, "none", ""},
    {"numbers", numbers, "none", ""},
    {"collections", collections, "none", ""},
    {"databases", databases, "none", ""},
    {"nested", nested, "misfiled", "mongo.document_ownership mongo leaves.notes"},
    {"nested", nested, "bare", "mongo.missing_tenant mongo leaves.notes"},
    {"nested", nested, "archive", "mongo.document_ownership mongo leaves.archive"},
    {"numbers", numbers, "misfiled", "mongo.document_ownership mongo leaves.notes"},
    {"collections", collections, "misfiled", "mongo.document_ownership mongo leaves.notes_"},
    {"collections", collections, "archive", "mongo.document_ownership mongo leaves.archive"},
    {"databases", databases, "misfiled", "mongo.document_ownership mongo org_"},
    {"databases", databases, "archive", "mongo.document_ownership mongo leaves.archive"},
};

INSTANTIATE_TEST_SUITE_P(Leaves, Documents, testing::ValuesIn(cases), [](auto const& of) {
    return std::string{of.param.layout} + "_" + of.param.fault;
});

} // namespace watertight::test
