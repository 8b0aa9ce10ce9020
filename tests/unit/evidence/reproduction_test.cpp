// How: what a person would paste is given to a real shell, with curl, psql and redis-cli replaced
// by a function that prints each of its arguments in brackets.

#include "harness/base/text.hpp"
#include "harness/evidence/reproduction.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace watertight::evidence {

using namespace std::string_literals;

// What `sh` prints when it runs `script`. The script goes through a file: nothing quotes it again.
static std::string shell(std::string const& script)
{
    auto const path = (std::filesystem::temp_directory_path() /
                       ("watertight-reproduction-" + std::to_string(::getpid()) + ".sh"))
                          .string();
    EXPECT_TRUE(write_file(path, script).has_value());
    std::string out;
    {
        auto const close = [](std::FILE* f) { ::pclose(f); };
        std::unique_ptr<std::FILE, decltype(close)> const pipe{
            ::popen(("sh '" + path + "'").c_str(), "r"), close};
        std::array<char, 4096> buffer{};
        for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
        {
            out.append(buffer.data(), n);
        }
    }
    std::filesystem::remove(path);
    return out;
}

static std::string arguments_of(std::string const& program, std::string const& command)
{
    return shell(
        "f() { for a in \"$@\"; do printf '[%s]' \"$a\"; done; }\nalias " + program + "=f\n" +
        command + "\n"
    );
}

static std::string bodies_of(std::string const& command)
{
    return shell("f() { cat; }\nalias curl=f\n" + command + "\n");
}

static std::string const awkward = R"(it's "$HOME" `id` \n ${x} $(id) ; & | * ? ~ #!)";

TEST(Reproduction, QuotesEverythingLiterally)
{
    curl_request r;
    r.method = "POST";
    r.url = "http://h/a?b=" + awkward;
    r.headers = {{"X-Name", awkward}, {"Content-Type", "text/plain"}};
    r.body = "@" + awkward;

    EXPECT_EQ(
        arguments_of("curl", curl_command(r)),
        "[-sS][-i][-X][POST][--globoff][-H][X-Name: " + awkward +
            "][-H][Content-Type: text/plain][--data-raw][@" + awkward +
            "][http://h/a?b=" + awkward + "]"
    );
}

TEST(Reproduction, ExpandsListedVariablesAlone)
{
    curl_request r;
    r.url = "http://h/$ID/$OTHER";
    r.headers = {{"Authorization", "Bearer $TOKEN"}, {"X", "$TOKENS it's $TOKEN's"}};
    r.body = R"({"t":"$TOKEN"})";

    auto const command = "TOKEN='a b\"c'; ID=7; OTHER=no\n" + curl_command(r, {"TOKEN", "ID"});

    EXPECT_EQ(
        arguments_of("curl", command),
        "[-sS][-i][-X][GET][-H][Authorization: Bearer a b\"c][-H][X: $TOKENS it's a b\"c's]"
        "[-H][Content-Type:][--data-raw][{\"t\":\"a b\"c\"}][http://h/7/$OTHER]"
    );
}

TEST(Reproduction, ASimpleRequestIsASimpleCommand)
{
    curl_request r;
    r.url = "http://127.0.0.1:8080/api/v1/users/7";
    EXPECT_EQ(curl_command(r), "curl -sS -i http://127.0.0.1:8080/api/v1/users/7");
    r.insecure = true;
    r.method = "HEAD";
    EXPECT_EQ(
        curl_command(r), "curl -sS -i --insecure --head http://127.0.0.1:8080/api/v1/users/7"
    );
}

TEST(Reproduction, KeepsAPathThatCurlWouldTidyUp)
{
    curl_request r;
    r.url = "http://h/files/../secret";
    EXPECT_NE(curl_command(r).find("--path-as-is"), std::string::npos);
}

TEST(Reproduction, SendsAnyByteInOneLine)
{
    curl_request r;
    r.method = "PUT";
    r.url = "http://h/";
    r.body = "-100% \\ it's\n\r\t\0 1 \xc3\xa9 $V\x7f"s;
    auto const command = curl_command(r, {"V"});

    EXPECT_EQ(command.find('\n'), std::string::npos);
    EXPECT_NE(command.find("--data-binary @-"), std::string::npos);
    auto const sent = bodies_of("V='%s\\n'\n" + command);
    EXPECT_EQ(sent, "-100% \\ it's\n\r\t\0 1 \xc3\xa9 %s\\n\x7f"s);
}

TEST(Reproduction, SendsAHeaderWithoutValue)
{
    curl_request r;
    r.url = "http://h/";
    r.headers = {{"X-Tenant-ID", ""}};
    EXPECT_EQ(arguments_of("curl", curl_command(r)), "[-sS][-i][-H][X-Tenant-ID;][http://h/]");
}

TEST(Reproduction, QuotesSqlAndRedisWords)
{
    auto const sql = "select * from users where name = 'o''hara' -- " + awkward;
    EXPECT_EQ(
        arguments_of("psql", "PG_URL='postgres://a b'\n" + psql_command("PG_URL", sql)),
        "[postgres://a b][-c][" + sql + "]"
    );
    auto const redis = redis_command("REDIS_URL", {"GET", "user:1 2", awkward, ""});
    EXPECT_EQ(
        shell(
            "redis_cli() { for a in \"$@\"; do printf '[%s]' \"$a\"; done; }\nalias "
            "redis-cli=redis_cli\nREDIS_URL=u\n" +
            redis + "\n"
        ),
        "[-u][u][GET][user:1 2][" + awkward + "][]"
    );
}

TEST(Reproduction, ReadsARequestFromTheWire)
{
    auto const r = from_wire(
        "http://127.0.0.1:8080/",
        "PATCH /users/7?x=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX-Tenant-ID: a\r\n"
        "Content-Type: application/json\r\nContent-Length: 8\r\nConnection: "
        "keep-alive\r\n\r\n{\"a\":\"\n\"}"
    );

    EXPECT_EQ(r.method, "PATCH");
    EXPECT_EQ(r.url, "http://127.0.0.1:8080/users/7?x=1");
    using headers = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(r.headers, (headers{{"X-Tenant-ID", "a"}, {"Content-Type", "application/json"}}));
    EXPECT_EQ(r.body, "{\"a\":\"\n\"}");
}

TEST(Reproduction, KeepsAHostThatNamesTheTenant)
{
    auto const r =
        from_wire("http://127.0.0.1:8080", "GET / HTTP/1.1\r\nHost: acme.mis.local\r\n\r\n");

    ASSERT_EQ(r.headers.size(), 1U);
    EXPECT_EQ(r.headers[0].second, "acme.mis.local");
    EXPECT_EQ(r.method, "GET");
    EXPECT_TRUE(r.body.empty());
}

TEST(Reproduction, JoinsChunks)
{
    auto const r = from_wire(
        "http://h",
        "POST / HTTP/1.1\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"
    );

    EXPECT_EQ(r.body, "abc0123456789");
    EXPECT_TRUE(r.headers.empty());
}

TEST(Reproduction, SurvivesWhatIsNoRequest)
{
    for (std::string_view const wire :
         {"", "GET", "GET ", "\r\n\r\n", "x y z\n:\n\nb", "GET / HTTP/1.1\r\nA"})
    {
        EXPECT_FALSE(curl_command(from_wire("http://h", wire)).empty());
    }
}

} // namespace watertight::evidence
