// How: shelf.py, a small service over a private Redis, by four conventions of how things are kept
// there; sound, and with one defect after another. The probes of the cache look at it, and those of
// what a tenant leaves behind.
#include "harness/base/text.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace watertight::test {

static std::string in_keys(std::string const& name)
{
    return source_root() + "/tests/end_to_end/keys/" + name;
}

/// How one convention names tenants, and what is wrong with it.
struct shelf_case {
    char const* layout;
    char const* keys;
    char const* fault;
    /// The probe that must find it, and how its channel begins.
    char const* probe;
    char const* channel;
};

static void PrintTo(shelf_case const& c, std::ostream* out)
{
    *out << c.layout << " " << c.fault;
}

class Keys : public testing::TestWithParam<shelf_case> {
protected:
    static void SetUpTestSuite() { server = std::make_unique<redis_server>(); }
    static void TearDownTestSuite() { server.reset(); }

    /// The service's convention, without a defect if `fault` is empty.
    static verdict::run_result probe(shelf_case const& c)
    {
        auto const place = "127.0.0.1:" + std::to_string(server->port());
        program shelf{
            {"python3",
             in_keys("shelf.py"),
             "--redis",
             place,
             "--password",
             redis_server::password,
             "--layout",
             c.layout,
             "--fault",
             c.fault}};
        if (!shelf.wait_for("}\n", std::chrono::seconds{30})) {
            throw std::runtime_error{"the shelf did not start: " + shelf.output()};
        }
        std::string const url = nlohmann::json::parse(shelf.output()).at("url");
        temp_dir const folder;
        auto const scenario = (folder.path() / "shelf.yaml").string();
        auto const text = read_file(in_keys("shelf.yaml")).value();
        EXPECT_TRUE(write_file(scenario, replace_all(text, "KEYS", c.keys)).has_value());
        auto const done =
            run({"watertight",
                 "probe",
                 scenario,
                 "--quiet",
                 "--only",
                 "cache.*",
                 "--only",
                 "lifecycle.purge",
                 "--out",
                 folder.path()},
                {{"SHELF_URL", url}, {"SHELF_REDIS", server->url()}});
        EXPECT_TRUE(done.code == 0 || done.code == 1) << done.output;
        shelf.close_input();
        shelf.wait(std::chrono::seconds{10});
        return result_in(folder.path());
    }

    static std::unique_ptr<redis_server> server;
};

std::unique_ptr<redis_server> Keys::server;

class SoundKeys : public Keys {};
class FaultyKeys : public Keys {};

TEST_P(SoundKeys, AreAccusedOfNothing)
{
    auto const r = probe(GetParam());
    for (auto const& f : r.findings) ADD_FAILURE() << f.probe << " " << f.channel << f.detail;
    auto const is_scan = [](auto const& p) { return p.id == "cache.unscoped_key"; };
    auto const scan = std::ranges::find_if(r.probes, is_scan);
    ASSERT_NE(scan, r.probes.end());
    EXPECT_EQ(scan->status, verdict::probe_status::pass) << scan->reason;
}

TEST_P(FaultyKeys, AreFoundOut)
{
    auto const& c = GetParam();
    auto const r = probe(c);
    std::string found;
    auto is_found = false;
    for (auto const& f : r.findings) {
        found += f.probe + " " + f.channel + "; ";
        is_found = is_found || (f.probe == c.probe && f.channel.starts_with(c.channel));
    }
    EXPECT_TRUE(is_found) << found;
}

static constexpr auto const* tags = R"(["{t:{tenant.slug}}:*"])";
static constexpr auto const* hashed = R"(["{tenant.prefix}:*"])";
static constexpr auto const* fields =
    R"(["things {tenant.id}:*", "names {tenant.id}|*", "seen:{tenant.id}"])";
static constexpr auto const* databases = R"(["db{tenant.db}:*"])";

static constexpr shelf_case sound[] = {
    {"tags", tags, "", "", ""},
    {"hashed", hashed, "", "", ""},
    {"fields", fields, "", "", ""},
    {"databases", databases, "", "", ""},
};

static constexpr shelf_case faulty[] = {
    {"tags", tags, "no_tenant", "cache.unscoped_key", "redis thing:*"},
    {"tags", tags, "joined", "cache.unscoped_key", "redis *"},
    {"tags", tags, "flush_prefix", "cache.foreign_flush", "redis {t:*}:"},
    {"tags", tags, "flush_update", "cache.foreign_flush", "redis {t:*}:"},
    {"tags", tags, "stale", "cache.stale_entry", "GET /things/{id}"},
    {"hashed", hashed, "blob", "cache.unscoped_key", "redis all"},
    {"fields", fields, "field", "cache.unscoped_key", "redis things"},
    {"fields", fields, "event", "cache.unscoped_key", "redis events"},
    {"fields", fields, "seen", "cache.unscoped_key", "redis seen"},
    {"fields", fields, "purge", "lifecycle.purge", "redis things"},
    {"databases", databases, "db_zero", "cache.unscoped_key", "redis thing:*"},
    {"databases", databases, "same_db", "cache.foreign_flush", "redis db*:thing:*"},
    {"databases", databases, "purge", "lifecycle.purge", "redis db*:thing:*"},
};

static std::string name_of(testing::TestParamInfo<shelf_case> const& of)
{
    return std::string{of.param.layout} + "_" + (*of.param.fault == 0 ? "sound" : of.param.fault);
}

INSTANTIATE_TEST_SUITE_P(Shelf, SoundKeys, testing::ValuesIn(sound), name_of);
INSTANTIATE_TEST_SUITE_P(Shelf, FaultyKeys, testing::ValuesIn(faulty), name_of);

} // namespace watertight::test
