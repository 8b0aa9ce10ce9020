#include "harness/evidence/finding.hpp"

#include <gtest/gtest.h>

#include <string>

namespace watertight::evidence {

static finding leak(std::string victim, std::string intruder, std::int64_t second)
{
    finding f;
    f.probe = "api.object_read";
    f.kind = guarantee::confidentiality;
    f.level = severity::high;
    f.channel = "GET /users/{id}";
    f.detail = "the first";
    f.victim = std::move(victim);
    f.intruder = std::move(intruder);
    f.first = f.last = wall::time_point{std::chrono::seconds{second}};
    return f;
}

TEST(Finding, WordsGoThereAndBack)
{
    for (auto const g :
         {guarantee::confidentiality,
          guarantee::integrity,
          guarantee::unobservability,
          guarantee::performance,
          guarantee::rollback,
          guarantee::service})
    {
        guarantee back{};
        ASSERT_TRUE(parse(to_string(g), back));
        EXPECT_EQ(back, g);
    }
    for (auto const s :
         {severity::info, severity::low, severity::medium, severity::high, severity::critical})
    {
        severity back{};
        ASSERT_TRUE(parse(to_string(s), back));
        EXPECT_EQ(back, s);
    }
    guarantee unchanged = guarantee::rollback;
    EXPECT_FALSE(parse("secrecy", unchanged));
    EXPECT_EQ(unchanged, guarantee::rollback);
}

TEST(Finding, FingerprintDependsOnPlaceAlone)
{
    auto const a = leak("a", "b", 1);
    auto elsewhere = a;
    elsewhere.channel = "GET /orders/{id}";
    auto other_kind = a;
    other_kind.kind = guarantee::integrity;
    auto other_probe = a;
    other_probe.probe = "traffic";

    EXPECT_EQ(a.fingerprint(), leak("c", "d", 9).fingerprint());
    EXPECT_EQ(a.fingerprint().size(), 16U);
    EXPECT_NE(a.fingerprint(), elsewhere.fingerprint());
    EXPECT_NE(a.fingerprint(), other_kind.fingerprint());
    EXPECT_NE(a.fingerprint(), other_probe.fingerprint());
}

TEST(FindingBook, AMillionSightingsAreOneFinding)
{
    finding_book book;
    auto const f = leak("a", "b", 100);
    for (int i = 0; i < 1'000'000; ++i) book.add(f);

    ASSERT_EQ(book.size(), 1U);
    EXPECT_EQ(book.sorted()[0].count, 1'000'000U);
    EXPECT_EQ(book.sorted()[0].pairs.size(), 1U);
}

TEST(FindingBook, KeepsTheFirstAndTheLastTime)
{
    finding_book book;
    book.add(leak("a", "b", 50));
    book.add(leak("a", "b", 10));
    book.add(leak("a", "b", 90));

    auto const f = book.sorted()[0];
    EXPECT_EQ(f.first, wall::time_point{std::chrono::seconds{10}});
    EXPECT_EQ(f.last, wall::time_point{std::chrono::seconds{90}});
}

TEST(FindingBook, KeepsAtMost64Pairs)
{
    finding_book book;
    for (int i = 0; i < 200; ++i) book.add(leak("a" + std::to_string(i), "b", 1));

    EXPECT_EQ(book.sorted()[0].pairs.size(), 64U);
    EXPECT_EQ(book.sorted()[0].count, 200U);
}

TEST(FindingBook, TheSevererEvidenceWins)
{
    finding_book book;
    book.add(leak("a", "b", 1));
    auto worse = leak("c", "d", 2);
    worse.level = severity::critical;
    worse.detail = "the worse";
    book.add(worse);
    book.add(leak("e", "f", 3));

    auto const f = book.sorted()[0];
    EXPECT_EQ(f.level, severity::critical);
    EXPECT_EQ(f.detail, "the worse");
    EXPECT_EQ(f.victim, "c");
    EXPECT_EQ(f.count, 3U);
    EXPECT_EQ(f.pairs.size(), 3U);
    EXPECT_EQ(f.first, wall::time_point{std::chrono::seconds{1}});
}

TEST(FindingBook, MergesBooks)
{
    finding_book one;
    finding_book two;
    one.add(leak("a", "b", 1));
    two.add(leak("c", "d", 2));
    auto other = leak("a", "b", 3);
    other.channel = "GET /orders/{id}";
    two.add(other);

    one.merge(two);
    one.merge(one);

    ASSERT_EQ(one.size(), 2U);
    EXPECT_EQ(one.sorted()[0].channel, "GET /orders/{id}");
    EXPECT_EQ(one.sorted()[1].count, 4U);
    EXPECT_EQ(one.sorted()[1].pairs.size(), 2U);
}

TEST(FindingBook, SortsBySeverityThenProbeThenChannel)
{
    finding_book book;
    auto low = leak("a", "b", 1);
    low.probe = "a.first";
    low.level = severity::low;
    auto z = leak("a", "b", 1);
    z.channel = "Z";
    book.add(low);
    book.add(z);
    book.add(leak("a", "b", 1));

    auto const all = book.sorted();
    EXPECT_EQ(all[0].channel, "GET /users/{id}");
    EXPECT_EQ(all[1].channel, "Z");
    EXPECT_EQ(all[2].level, severity::low);
}

} // namespace watertight::evidence
