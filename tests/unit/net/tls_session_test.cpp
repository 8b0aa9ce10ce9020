// How: the client's ciphertext is handed to OpenSSL's server side, and back, as strings in pieces
// of a chosen size; no socket is involved.
#include "harness/base/random.hpp"
#include "harness/base/text.hpp"
#include "harness/net/tls_session.hpp"
#include "harness/net/tls_settings.hpp"
#include "tests/support/memory_tls_server.hpp"
#include "tests/support/mutate.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace watertight::net {

using server_side = test::memory_tls_server::connection;

static constexpr std::size_t whole = 1U << 30;
static constexpr int tls_1_2 = 0x0303;
static constexpr int tls_1_3 = 0x0304;

static std::size_t to_server(tls_session& client, server_side& server, std::size_t piece)
{
    std::size_t moved = 0;
    while (!client.pending().empty()) {
        auto const part = client.pending().substr(0, piece);
        server.received(part);
        client.sent(part.size());
        moved += part.size();
    }
    return moved;
}

static std::size_t to_client(tls_session& client, server_side& server, std::size_t piece)
{
    auto const bytes = server.take_pending();
    for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at)) {
        client.received(std::span{bytes}.subspan(at, std::min(piece, bytes.size() - at)));
        if (client.handshake().has_error()) break;
    }
    return bytes.size();
}

// Both sides until neither has anything to say.
static result<bool> shake(tls_session& client, server_side& server, std::size_t piece = whole)
{
    for (;;) {
        auto const done = client.handshake();
        auto const moved = to_server(client, server, piece) + to_client(client, server, piece);
        if (done.has_error() || moved == 0) return done;
    }
}

static result<std::string> read_all(tls_session& client)
{
    std::string out;
    std::array<char, 1000> some{};
    for (;;) {
        auto const n = client.read(some);
        if (n.has_error()) return n.error();
        if (*n == 0) return out;
        out.append(some.data(), *n);
    }
}

static std::string long_text(std::size_t size)
{
    std::string out;
    while (out.size() < size) out += std::to_string(out.size()) + ' ';
    return out;
}

namespace {

class TlsSession : public testing::Test {
protected:
    std::string file(std::string const& name, std::string const& text) const
    {
        auto const path = (folder / name).string();
        EXPECT_TRUE(write_file(path, text).has_value());
        return path;
    }
    tls_options trusting() const
    {
        tls_options out;
        out.ca_file = file("ca.pem", identity.certificate);
        return out;
    }
    tls_options identified() const
    {
        auto out = trusting();
        out.certificate_file = file("client.pem", client_identity.certificate);
        out.key_file = file("client.key", client_identity.key);
        return out;
    }
    static tls_session client(tls_options const& options, std::string_view host = "good.localhost")
    {
        return std::move(tls_session::client(options, host, 443).value());
    }
    test::memory_tls_server serving(int version_max) const
    {
        return test::memory_tls_server{{.identity = identity, .version_max = version_max}};
    }
    test::memory_tls_server asking(int version_max) const
    {
        return test::memory_tls_server{
            {.identity = identity,
             .version_max = version_max,
             .client_authority = client_identity.certificate}};
    }

    test::temp_dir folder{"tls"};
    test::self_signed identity = test::make_self_signed("IP:127.0.0.1,DNS:good.localhost");
    test::self_signed client_identity = test::make_self_signed("DNS:client");
};

// What came of a connection that was asked "ping" and answered "pong".
struct outcome {
    std::optional<failure> fault;
    bool resumed = false;
    std::string alpn;
    std::string asked_for;
};

} // namespace

static std::optional<failure> talk(tls_session& client, server_side& server, std::size_t piece)
{
    auto const done = shake(client, server, piece);
    if (done.has_error()) return done.error();
    auto const sent = client.write("ping");
    if (sent.has_error()) return sent.error();
    to_server(client, server, piece);
    if (server.error().empty()) server.write("pong");
    to_client(client, server, piece);
    auto const got = read_all(client);
    if (got.has_error()) return got.error();
    EXPECT_EQ(server.take_read(), "ping");
    EXPECT_EQ(*got, "pong");
    return std::nullopt;
}

static outcome
converse(tls_session client, test::memory_tls_server& with, std::size_t piece = whole)
{
    auto server = with.accept();
    outcome out;
    out.fault = talk(client, server, piece);
    out.resumed = client.resumed();
    out.alpn = client.alpn();
    out.asked_for = server.asked_for();
    EXPECT_TRUE(out.fault || client.resumed() == server.resumed());
    return out;
}

static void expect_fault(outcome const& got, errc code, std::string_view part)
{
    ASSERT_TRUE(got.fault) << part;
    EXPECT_EQ(got.fault->code, code) << got.fault->message;
    EXPECT_NE(got.fault->message.find(part), std::string::npos) << got.fault->message;
}

TEST_F(TlsSession, CarriesBothWaysHoweverTheBytesAreCutIntoPieces)
{
    auto const text = long_text(70'000);
    for (auto const version : {tls_1_2, tls_1_3}) {
        auto serving_it = serving(version);
        for (std::size_t const piece : {1U, 2U, 3U, 5U, 6U, 64U, 1000U, 16384U, 100'000U}) {
            auto tls = client(trusting());
            auto server = serving_it.accept();
            ASSERT_TRUE(shake(tls, server, piece).value()) << piece;
            ASSERT_TRUE(tls.write(text).has_value());
            to_server(tls, server, piece);
            EXPECT_EQ(server.take_read(), text) << piece;
            server.write(text);
            to_client(tls, server, piece);
            EXPECT_EQ(read_all(tls).value(), text) << piece;
            EXPECT_FALSE(tls.ended());
        }
    }
}

TEST_F(TlsSession, HandshakeWaitsForItsInput)
{
    auto tls = client(trusting());

    EXPECT_FALSE(tls.handshake().value());
    EXPECT_FALSE(tls.pending().empty());
    tls.sent(tls.pending().size());
    EXPECT_FALSE(tls.handshake().value());
    EXPECT_TRUE(tls.pending().empty());
}

TEST_F(TlsSession, GoesOnAfterItWasMoved)
{
    auto serving_it = serving(0);
    auto server = serving_it.accept();
    auto first = client(trusting());
    ASSERT_TRUE(shake(first, server).value());
    auto second = std::move(first);

    EXPECT_EQ(talk(second, server, whole), std::nullopt);
}

TEST_F(TlsSession, NextConnectionResumesWithEachVersion)
{
    for (auto const version : {tls_1_2, tls_1_3}) {
        auto server = serving(version);
        auto const options = trusting();
        auto const host = version == tls_1_2 ? "good.localhost" : "127.0.0.1";
        EXPECT_FALSE(converse(client(options, host), server).resumed) << version;
        for (int i = 0; i < 5; ++i) {
            auto const next = converse(client(options, host), server, 7);
            EXPECT_FALSE(next.fault) << next.fault->message;
            EXPECT_TRUE(next.resumed) << version << " at " << i;
        }
    }
}

TEST_F(TlsSession, SessionsAreResumedWithTheSameServerAndOptionsOnly)
{
    auto server = serving(0);
    auto const options = trusting();
    auto named = options;
    named.server_name = "good.localhost";
    converse(client(options), server);

    EXPECT_FALSE(converse(*tls_session::client(options, "good.localhost", 444), server).resumed);
    EXPECT_FALSE(converse(client(options, "127.0.0.1"), server).resumed);
    EXPECT_FALSE(converse(client(named), server).resumed);
    EXPECT_TRUE(converse(client(options), server).resumed);
}

TEST_F(TlsSession, AnotherServerThatDoesNotKnowTheSessionMakesANewOne)
{
    for (auto const version : {tls_1_2, tls_1_3}) {
        auto first = serving(version);
        auto second = serving(version);
        auto const options = identified();
        converse(client(options), first);
        auto const fresh = converse(client(options), second);

        EXPECT_FALSE(fresh.fault) << fresh.fault->message;
        EXPECT_FALSE(fresh.resumed);
        EXPECT_TRUE(converse(client(options), second).resumed);
    }
}

TEST_F(TlsSession, AsksForTheNameButNeverForAnAddress)
{
    auto server = serving(0);
    auto renamed = trusting();
    renamed.server_name = "good.localhost";

    EXPECT_EQ(converse(client(trusting()), server).asked_for, "good.localhost");
    EXPECT_EQ(converse(client(trusting(), "good.localhost."), server).asked_for, "good.localhost");
    EXPECT_EQ(converse(client(trusting(), "127.0.0.1"), server).asked_for, "");
    EXPECT_EQ(converse(client(renamed, "10.0.0.1"), server).asked_for, "good.localhost");
}

TEST_F(TlsSession, CertificateThatProvesNothingIsRefusedWithASentence)
{
    for (auto const version : {tls_1_2, tls_1_3}) {
        auto server = serving(version);
        auto const start = std::string{"its certificate was refused: "};
        expect_fault(converse(client({}), server), errc::unreachable, start + "self-signed");
        expect_fault(
            converse(client(trusting(), "bad.localhost"), server),
            errc::unreachable,
            start + "hostname mismatch"
        );
        expect_fault(
            converse(client(trusting(), "127.0.0.2"), server),
            errc::unreachable,
            start + "IP address mismatch"
        );
    }
}

TEST_F(TlsSession, VerificationCanBeSwitchedOff)
{
    auto server = serving(0);
    tls_options lax;
    lax.verify = false;

    auto const got = converse(client(lax, "bad.localhost"), server);
    EXPECT_FALSE(got.fault) << got.fault->message;
    EXPECT_EQ(got.asked_for, "bad.localhost");
}

TEST_F(TlsSession, RefusalIsSaidToTheServerAndStays)
{
    auto serving_it = serving(tls_1_2);
    auto server = serving_it.accept();
    auto tls = client({});
    auto const first = shake(tls, server).error().message;

    EXPECT_EQ(server.error(), "tlsv1 alert unknown ca");
    EXPECT_EQ(tls.handshake().error().message, first);
    EXPECT_EQ(tls.write("x").error().message, first);
    std::array<char, 1> room{};
    EXPECT_EQ(tls.read(room).error().message, first);
    EXPECT_EQ(tls.closed().error().message, first);
}

TEST_F(TlsSession, ServerThatAsksGetsTheClientsCertificate)
{
    for (auto const version : {tls_1_2, tls_1_3}) {
        auto server = asking(version);
        auto options = identified();
        options.server_name = std::to_string(version) + ".invalid";
        options.verify = false;
        auto const got = converse(client(options), server);
        EXPECT_FALSE(got.fault) << got.fault->message;
        auto in_one = options;
        in_one.key_file.clear();
        in_one.certificate_file =
            file("both.pem", client_identity.certificate + client_identity.key);
        EXPECT_FALSE(converse(client(in_one), server).fault);
    }
}

TEST_F(TlsSession, MissingOrForeignClientCertificateIsADefiniteRefusal)
{
    auto old = asking(tls_1_2);
    auto recent = asking(tls_1_3);
    auto foreign = identified();
    foreign.certificate_file = file("foreign.pem", identity.certificate + identity.key);
    foreign.key_file.clear();

    expect_fault(converse(client(trusting()), old), errc::unreachable, "handshake failure");
    expect_fault(converse(client(trusting()), recent), errc::unreachable, "certificate required");
    expect_fault(converse(client(foreign), old), errc::unreachable, "unknown ca");
    expect_fault(converse(client(foreign), recent), errc::unreachable, "unknown ca");
}

TEST_F(TlsSession, FileThatCannotBeUsedIsNamed)
{
    auto const fails = [](tls_options const& options, std::string_view part) {
        auto const made = tls_session::client(options, "h", 443);
        ASSERT_TRUE(made.has_error()) << part;
        EXPECT_EQ(made.error().code, errc::unreachable);
        EXPECT_NE(made.error().message.find(part), std::string::npos) << made.error().message;
    };
    tls_options lost;
    lost.ca_file = "/no/such/ca.pem";
    fails(lost, "no certificate authority can be read from /no/such/ca.pem");
    auto options = identified();
    options.certificate_file = "/no/such/client.pem";
    fails(options, "no client certificate can be read from /no/such/client.pem");
    options = identified();
    options.key_file = file("other.key", identity.key);
    fails(options, "other.key: key values mismatch");
    options.certificate_file.clear();
    fails(options, "no certificate beside it");
    options = {};
    options.alpn = {""};
    fails(options, "cannot be an application protocol");
    fails({.verify = true, .ca_file = {}, .server_name = std::string(300, 'x')}, "server name");
}

TEST_F(TlsSession, EncryptedKeyIsRefusedRatherThanAskedAbout)
{
    auto options = identified();
    options.key_file = file(
        "locked.key",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
        "MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu\n"
        "-----END RSA PRIVATE KEY-----\n"
    );
    auto const made = tls_session::client(options, "h", 443);

    ASSERT_TRUE(made.has_error());
    EXPECT_NE(made.error().message.find("locked.key is locked by a passphrase"), std::string::npos)
        << made.error().message;
}

TEST_F(TlsSession, ServerChoosesAmongTheProtocolsOffered)
{
    test::memory_tls_server both{{.identity = identity, .alpn = {"h2", "http/1.1"}}};
    test::memory_tls_server old{{.identity = identity, .alpn = {"http/1.1"}}};
    auto silent = serving(0);
    auto options = trusting();
    options.alpn = {"h2", "http/1.1"};

    EXPECT_EQ(converse(client(options), both).alpn, "h2");
    EXPECT_EQ(converse(client(options), old).alpn, "http/1.1");
    EXPECT_EQ(converse(client(options), silent).alpn, "");
    options.alpn = {"h2"};
    expect_fault(
        converse(client(options), old), errc::unreachable, "alert \"no application protocol\""
    );
}

TEST_F(TlsSession, OrderlyEndIsToldFromATruncation)
{
    for (auto const orderly : {true, false}) {
        auto serving_it = serving(0);
        auto server = serving_it.accept();
        auto tls = client(trusting());
        ASSERT_TRUE(shake(tls, server).value());
        server.write("last words");
        if (orderly) server.finish();
        to_client(tls, server, 3);

        EXPECT_EQ(read_all(tls).value(), "last words");
        EXPECT_EQ(tls.ended(), orderly);
        auto const end = tls.closed();
        EXPECT_EQ(end.has_value(), orderly);
        if (end.has_error()) {
            EXPECT_EQ(end.error().code, errc::connection_lost);
            EXPECT_NE(end.error().message.find("truncated"), std::string::npos);
        }
    }
}

TEST_F(TlsSession, ServerMayEndItsHalfAndStillBeWrittenTo)
{
    auto serving_it = serving(0);
    auto server = serving_it.accept();
    auto tls = client(trusting());
    ASSERT_TRUE(shake(tls, server).value());
    server.finish();
    to_client(tls, server, whole);
    EXPECT_EQ(read_all(tls).value(), "");
    ASSERT_TRUE(tls.write("still here").has_value());
    tls.finish();
    to_server(tls, server, whole);

    EXPECT_EQ(server.take_read(), "still here");
    EXPECT_TRUE(server.ended());
}

TEST_F(TlsSession, ConnectionClosedDuringTheHandshakeIsADefiniteFailure)
{
    auto tls = client(trusting());
    ASSERT_FALSE(tls.handshake().value());
    auto const end = tls.closed();

    ASSERT_TRUE(end.has_error());
    EXPECT_EQ(end.error().code, errc::unreachable);
    EXPECT_EQ(end.error().message, "the server closed the connection during the TLS handshake");
}

TEST_F(TlsSession, WhatIsNotTlsFailsTheHandshake)
{
    for (std::string_view const bytes :
         {"HTTP/1.1 400 Bad Request\r\n\r\n",
          "SSH-2.0-OpenSSH_9.2\r\n",
          "\x16\x03\x03\xff\xff...."})
    {
        auto tls = client(trusting());
        ASSERT_FALSE(tls.handshake().value());
        tls.received(bytes);
        auto const done = tls.handshake();
        ASSERT_TRUE(done.has_error()) << bytes;
        EXPECT_EQ(done.error().code, errc::unreachable);
        EXPECT_TRUE(done.error().message.starts_with("the TLS handshake failed: ")) << bytes;
    }
}

TEST_F(TlsSession, WhatIsNotTlsAfterTheHandshakeIsMalformed)
{
    auto serving_it = serving(0);
    auto server = serving_it.accept();
    auto tls = client(trusting());
    ASSERT_TRUE(shake(tls, server).value());
    tls.received(std::string_view{"HTTP/1.1 200 OK\r\n\r\n"});
    auto const got = read_all(tls);

    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().code, errc::malformed);
    EXPECT_TRUE(got.error().message.starts_with("what the server sent is not TLS: "));
}

TEST(TlsSettings, KeepsABoundedNumberOfSessions)
{
    auto const settings =
        *tls_settings::shared({.verify = false, .ca_file = {}, .server_name = "x"});
    auto const name = [](std::size_t i) { return std::to_string(i); };
    for (std::size_t i = 0; i < tls_settings::sessions_max; ++i) {
        settings->keep(name(i), SSL_SESSION_new());
    }
    EXPECT_NE(settings->kept(name(0)), nullptr);
    settings->keep(name(1), SSL_SESSION_new());
    EXPECT_EQ(settings->sessions(), tls_settings::sessions_max);
    settings->keep("one more", SSL_SESSION_new());
    settings->keep("and another", SSL_SESSION_new());

    EXPECT_EQ(settings->sessions(), tls_settings::sessions_max);
    EXPECT_NE(settings->kept(name(0)), nullptr);
    EXPECT_NE(settings->kept(name(1)), nullptr);
    EXPECT_EQ(settings->kept(name(2)), nullptr);
    EXPECT_EQ(settings->kept(name(3)), nullptr);
    settings->forget("one more");
    EXPECT_EQ(settings->kept("one more"), nullptr);
}

TEST_F(TlsSession, NeverGivesOutAnythingButWhatTheServerWroteWhateverHappensOnTheWay)
{
    rng random{20261125};
    auto const options = trusting();
    auto const text = long_text(3000);
    int faults = 0;
    for (int run = 0; run < 150; ++run) {
        auto serving_it = serving(run % 2 == 0 ? tls_1_2 : tls_1_3);
        auto server = serving_it.accept();
        auto tls = client(options);
        auto const bad_flight = random.below(4);
        std::string got;
        bool failed = false;
        for (std::uint64_t flight = 0; flight < 4 && !failed; ++flight) {
            auto const done = tls.handshake();
            to_server(tls, server, whole);
            if (server.is_done() && server.error().empty()) server.write(text);
            auto bytes = server.take_pending();
            if (flight == bad_flight) test::mutate(bytes, random);
            tls.received(bytes);
            failed = tls.handshake().has_error();
            if (failed || !tls.handshake().value()) continue;
            auto const part = read_all(tls);
            failed = part.has_error();
            if (!failed) got += *part;
        }
        faults += failed ? 1 : 0;
        std::string all;
        while (all.size() < got.size()) all += text;
        EXPECT_EQ(got, all.substr(0, got.size())) << run;
    }
    EXPECT_GT(faults, 50);
}

} // namespace watertight::net
