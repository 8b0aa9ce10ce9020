#include "tests/end_to_end/lab/fault_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace watertight::test {

static double median_ms(world& w, std::string const& path)
{
    std::vector<double> out;
    for (int i = 0; i < 15; ++i) {
        auto const begun = std::chrono::steady_clock::now();
        EXPECT_EQ(w.as_a("GET", path).status, 404);
        auto const took = std::chrono::steady_clock::now() - begun;
        out.push_back(std::chrono::duration<double, std::milli>{took}.count());
    }
    std::ranges::nth_element(out, out.begin() + 7);
    return out[7];
}

static bool a20(world& w)
{
    json const made = w.as_b("POST", "/api/v1/media", {{"title", "seen"}}).body;
    auto const there = median_ms(w, "/api/v1/media/" + made["id"].get<std::string>());
    auto const nowhere = median_ms(w, "/api/v1/media/00000000-0000-4000-8000-00000000dead");
    return there > nowhere + 1;
}

static bool k19(world& w)
{
    json const made = w.as_b("POST", "/api/v1/media", {{"title", "seen"}}).body;
    auto const path = "/api/v1/media/" + made["id"].get<std::string>();
    auto const tag = w.as_b("GET", path).header("ETag");
    auto const own =
        w.lab.send({.target = path, .token = w.b.token, .extra = {{"If-None-Match", tag}}});
    EXPECT_EQ(own.status, 304);
    return w.as_a("GET", path, {}, {{"If-None-Match", tag}}).status == 304;
}

static bool k01(world& w)
{
    w.as_b("GET", w.victim_path());
    return w.names_victim(w.as_a("GET", w.victim_path()));
}

static bool k03(world& w)
{
    auto const like = w.a.slug + "-" + std::string(34, 'k');
    auto const one = make_tenant(w.lab, like.substr(0, 40) + "1");
    auto const other = make_tenant(w.lab, like.substr(0, 40) + "2");
    auto const summary = [&](lab_tenant const& t) {
        return w.lab.send({.target = "/api/v1/tenants/" + t.id, .token = t.token}).body["id"];
    };
    EXPECT_EQ(summary(one), one.id);
    return summary(other) == one.id;
}

static bool k09(world& w)
{
    w.as_b("GET", w.victim_path());
    w.as_b("DELETE", w.victim_path());
    return w.as_b("GET", w.victim_path()).status == 200;
}

static bool k10(world& w)
{
    auto const doomed = make_tenant(w.lab, "doomed-" + w.a.slug);
    w.as_b("GET", w.victim_path());
    auto const pattern = "tenant:" + w.b.id + ":user:*";
    auto const before = w.lab.redis_keys(pattern).size();
    w.lab.send(
        {.method = "DELETE", .target = "/api/v1/tenants/" + doomed.id, .token = w.lab.admin_token()}
    );
    return before == 1 && w.lab.redis_keys(pattern).empty();
}

static bool p01(world& w)
{
    auto const rows = w.lab.sql(
        "MIS_POSTGRES_APP_URL",
        "SELECT set_config('app.tenant_id', '" + w.a.id +
            "', true); SELECT count(DISTINCT tenant_id) FROM tenant_configurations"
    );
    return rows.values[0][0].value() != "1";
}

static bool p37(world& w)
{
    json const body{{"name", "x"}, {"email", w.victim["email"]}};
    return w.as_a("POST", "/api/v1/users", body).status == 409;
}

static bool f1(world& w)
{
    auto const file = w.lab.send(
        {.method = "POST",
         .target = "/api/v1/files?name=f",
         .token = w.b.token,
         .raw = "of the victim"}
    );
    auto const path = "/api/v1/files/" + file.body["id"].get<std::string>() + "/content";
    return w.as_a("GET", path).text == "of the victim";
}

static json upload(world& w)
{
    return w.lab
        .send(
            {.method = "POST",
             .target = "/api/v1/files?name=f",
             .token = w.b.token,
             .raw = "of the victim"}
        )
        .body;
}

static std::string id_in(json const& made)
{
    return made["id"].get<std::string>();
}

static bool f3(world& w)
{
    auto const given = w.as_a("GET", "/api/v1/files/" + id_in(upload(w)) + "/link");
    if (given.status != 200) return false;
    return w.lab.send({.target = given.body["url"].get<std::string>()}).text == "of the victim";
}

static std::string link_of(world& w, json const& file)
{
    return w.as_b("GET", "/api/v1/files/" + id_in(file) + "/link").body["url"].get<std::string>();
}

static bool f4(world& w)
{
    auto const url = link_of(w, upload(w));
    auto const path = url.substr(0, url.find('?'));
    return w.lab.send({.target = path}).text == "of the victim";
}

static bool f5(world& w)
{
    auto const key = w.a.id + "/../" + upload(w)["key"].get<std::string>();
    json const own = w.lab
                         .send(
                             {.method = "POST",
                              .target = "/api/v1/files?name=own",
                              .token = w.a.token,
                              .raw = "own"}
                         )
                         .body;
    auto const own_key = own["key"].get<std::string>();
    EXPECT_EQ(w.as_a("GET", "/api/v1/files/object?key=" + own_key).text, "own");
    return w.as_a("GET", "/api/v1/files/object?key=" + key).text == "of the victim";
}

static bool f9(world& w)
{
    auto const file = upload(w);
    auto const url = link_of(w, file);
    EXPECT_EQ(w.lab.send({.target = url}).text, "of the victim");
    w.as_b("DELETE", "/api/v1/files/" + id_in(file));
    return w.lab.send({.target = url}).status == 200;
}

// The folder of a link, which names what lies in it.
static bool f7(world& w)
{
    auto const file = upload(w);
    auto const folder = "/public/files/" + w.b.id;
    return w.lab.send({.target = folder}).text.find(id_in(file)) != std::string::npos;
}

static bool a14(world& w)
{
    auto const own = w.lab
                         .send(
                             {.method = "POST",
                              .target = "/api/v1/files?name=own",
                              .token = w.a.token,
                              .raw = "own"}
                         )
                         .body["key"]
                         .get<std::string>();
    auto const theirs = upload(w)["key"].get<std::string>();
    EXPECT_EQ(w.as_a("GET", "/api/v1/files/object?key=" + own).text, "own");
    auto const both = "/api/v1/files/object?key=" + own + "&key=" + theirs;
    return w.as_a("GET", both).text == "of the victim";
}

static bool k20(world& w)
{
    json const made = w.as_b("POST", "/api/v1/media", {{"title", "cover of bob"}}).body;
    auto const path = "/api/v1/media/" + made["id"].get<std::string>();
    EXPECT_EQ(w.as_b("GET", path).status, 200);
    return w.as_a("GET", path).status == 200;
}

// While one tenant's lock, or everybody's, is held by somebody who does not come back.
static bool k24(world& w)
{
    w.lab.redis({"SET", "lock:export", "somebody", "PX", "700"});
    auto const begun = std::chrono::steady_clock::now();
    auto const path = "/api/v1/tenants/" + w.a.id + "/export";
    EXPECT_EQ(w.as_a("POST", path, {{"dataTypes", {"users"}}}).status, 200);
    auto const took = std::chrono::steady_clock::now() - begun;
    w.lab.redis({"DEL", "lock:export"});
    return took > std::chrono::milliseconds{500};
}

std::vector<fault_case> storage_faults()
{
    return {
        {"A20", a20},
        {"K03", k03},
        {"K19", k19},
        {"F3", f3},
        {"F4", f4},
        {"F5", f5},
        {"F7", f7},
        {"F9", f9},
        {"A14", a14},
        {"K01", k01},
        {"K09", k09},
        {"K10", k10},
        {"P01", p01},
        {"P37", p37},
        {"F1", f1},
        {"K20", k20},
        {"K24", k24},
    };
}

} // namespace watertight::test
