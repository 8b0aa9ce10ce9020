#include "harness/probe/event_text.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

static std::string const events_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
static std::string const chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
static std::string const socket_head = "HTTP/1.1 101 Switching Protocols\r\n\r\n";

// As a server sends it.
static std::string frame(char first, std::string const& text)
{
    std::string out{first};
    if (text.size() < 126) return out + static_cast<char>(text.size()) + text;
    out += '\x7e';
    out += static_cast<char>(text.size() >> 8U);
    out += static_cast<char>(text.size());
    return out + text;
}

TEST(EventText, NeedsTheWholeHead)
{
    EXPECT_EQ(head_in("HTTP/1.1 200 OK\r\nContent-"), "");
    EXPECT_EQ(event_text("HTTP/1.1 200 OK\r\nContent-"), "");
}

TEST(EventText, IsWhatFollowsTheHead)
{
    EXPECT_EQ(event_text(events_head + "data: 1\n\n"), "data: 1\n\n");
}

TEST(EventText, PutsChunksTogetherWhereverTheyBreak)
{
    EXPECT_EQ(event_text(chunked_head + "3\r\ndat\r\n6\r\na: 12\n\r\n"), "data: 12\n");
    // What came of an unfinished chunk counts.
    EXPECT_EQ(event_text(chunked_head + "3\r\ndat\r\n40\r\na: 12"), "data: 12");
    EXPECT_EQ(event_text(chunked_head + "0\r\n\r\n"), "");
    EXPECT_EQ(event_text(chunked_head + "zz\r\n"), "");
}

TEST(EventText, TakesFramesApart)
{
    auto const long_one = std::string(300, 'x');
    auto const all = frame('\x81', "one") + frame('\x89', "ping") + frame('\x01', "tw") +
                     frame('\x80', "o") + frame('\x81', long_one);
    EXPECT_EQ(event_text(socket_head + all), "one\ntwo\n" + long_one + "\n");
    EXPECT_EQ(event_text(socket_head + all.substr(0, all.size() - 1)), "one\ntwo\n");
}

TEST(EventText, MasksWhatAClientSends)
{
    auto const short_one = client_frame("hello", 0x01020304);
    EXPECT_EQ(short_one.size(), 2 + 4 + 5U);
    EXPECT_EQ(short_one[0], '\x81');
    EXPECT_EQ(static_cast<unsigned char>(short_one[1]), 0x80U | 5U);
    EXPECT_EQ(short_one.substr(2, 4), "\x01\x02\x03\x04");
    EXPECT_EQ(short_one[6], 'h' ^ 0x01);
    EXPECT_EQ(short_one[10], 'o' ^ 0x01);
    EXPECT_EQ(client_frame(std::string(200, 'x'), 7).size(), 4 + 4 + 200U);
}

} // namespace watertight::probe
