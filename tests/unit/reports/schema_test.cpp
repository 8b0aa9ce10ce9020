// How: valijson is an implementation of JSON Schema that shares no code with the writer.

#include "harness/base/text.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Woverloaded-virtual"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

using namespace watertight;
using nlohmann::json;

// What is wrong with `document`; empty if nothing is.
static std::string faults_in(json const& document)
{
    auto const text = json::parse(*read_file(WT_SCHEMA_FILE));
    valijson::Schema schema;
    valijson::SchemaParser parser{valijson::SchemaParser::kDraft7};
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter{text}, schema);

    valijson::Validator validator;
    valijson::ValidationResults results;
    validator.validate(schema, valijson::adapters::NlohmannJsonAdapter{document}, &results);
    std::string out;
    valijson::ValidationResults::Error error;
    while (results.popError(error)) {
        for (auto const& step : error.context) out += step;
        out += ": " + error.description + "\n";
    }
    return out;
}

TEST(ResultSchema, AcceptsWhatIsWritten)
{
    EXPECT_EQ(faults_in(json::parse(verdict::to_json(sample_result()))), "");
    EXPECT_EQ(faults_in(json::parse(verdict::to_json({}))), "");
}

// Also what the tests of the page in a browser begin with.
TEST(ResultSchema, TheSampleIsWrittenAsBefore)
{
    auto const result = nlohmann::ordered_json::parse(verdict::to_json(sample_result()));
    expect_golden("result.json", result.dump(1) + "\n");
}

TEST(ResultSchema, RefusesAMissingMemberAndAnUnknownWord)
{
    auto const good = json::parse(verdict::to_json(sample_result()));
    auto without_status = good;
    without_status["probes"][0].erase("status");
    EXPECT_NE(faults_in(without_status), "");
    auto wrong_word = good;
    wrong_word["outcome"] = "splendid";
    EXPECT_NE(faults_in(wrong_word), "");
}

// A member that is written but not described would escape the schema unseen.
static void
expect_described(json const& schema, json const& root, json const& value, std::string at)
{
    auto const& s = schema.contains("$ref")
                        ? root[json::json_pointer{schema["$ref"].get<std::string>().substr(1)}]
                        : schema;
    if (value.is_array()) {
        for (auto const& v : value) expect_described(s["items"], root, v, at + "/0");
    }
    if (!value.is_object() || s.contains("additionalProperties")) return;
    for (auto const& [key, v] : value.items()) {
        ASSERT_TRUE(s["properties"].contains(key)) << at << "/" << key;
        expect_described(s["properties"][key], root, v, at + "/" + key);
    }
}

TEST(ResultSchema, DescribesEveryMemberThatIsWritten)
{
    auto const schema = json::parse(*read_file(WT_SCHEMA_FILE));
    expect_described(schema, schema, json::parse(verdict::to_json(sample_result())), "");
}
