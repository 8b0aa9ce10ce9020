// How: a history is written down as literal records on a clock that counts seconds; each row of a
// table reads it at one instant.

#include "harness/evidence/ledger.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace watertight::evidence {

using enum write_kind;
using enum outcome;
using judged = read_judgement;

static object_key const object{{1}, "users", {7}};

static steady::time_point at(int second)
{
    return steady::time_point{std::chrono::seconds{second}};
}

static write_record
write(write_kind kind, outcome result, std::string canary, std::pair<int, int> when)
{
    return {object, kind, result, std::move(canary), at(when.first), at(when.second)};
}

static ledger history(std::vector<write_record> const& writes)
{
    ledger out;
    for (auto const& w : writes) out.record(w);
    return out;
}

struct row {
    char const* what;
    std::vector<write_record> writes;
    std::optional<std::string> seen;
    int asked;
    judged expected;
};

class LedgerTable : public testing::TestWithParam<row> {};

TEST_P(LedgerTable, Judges)
{
    auto const& r = GetParam();
    EXPECT_EQ(history(r.writes).judge(object, r.seen, at(r.asked)), r.expected) << r.what;
}

static auto const created = write(create, ok, "a", {0, 1});
static auto const updated = write(update, ok, "b", {2, 3});
static auto const removed = write(remove, ok, "", {4, 5});

INSTANTIATE_TEST_SUITE_P(
    Histories,
    LedgerTable,
    testing::Values(
        row{"never written", {}, {}, 9, judged::absent},
        row{"somebody else's", {}, "x", 9, judged::altered},
        row{"created", {created}, "a", 9, judged::current},
        row{"created, in capitals", {created}, "A", 9, judged::current},
        row{"created and gone", {created}, {}, 9, judged::lost},
        row{"created and changed by somebody", {created}, "x", 9, judged::altered},
        row{"updated", {created, updated}, "b", 9, judged::current},
        row{"the replaced value", {created, updated}, "a", 9, judged::stale},
        row{"updated and gone", {created, updated}, {}, 9, judged::lost},
        row{"recorded out of order", {updated, created}, "a", 9, judged::stale},
        row{"removed", {created, removed}, {}, 9, judged::absent},
        row{"removed, still there", {created, removed}, "a", 9, judged::stale},
        row{"removed, older value", {created, updated, removed}, "a", 9, judged::stale},
        row{"removed and made by somebody", {created, removed}, "x", 9, judged::altered},
        row{"made again",
            {created, removed, write(create, ok, "c", {6, 7})},
            "c",
            9,
            judged::current},
        row{"made again, gone",
            {created, removed, write(create, ok, "c", {6, 7})},
            {},
            9,
            judged::lost}
    )
);

INSTANTIATE_TEST_SUITE_P(
    Overlaps,
    LedgerTable,
    testing::Values(
        row{"read during creation, absent", {created}, {}, 0, judged::absent},
        row{"read during creation, there", {created}, "a", 0, judged::current},
        row{"read during update, old", {created, updated}, "a", 2, judged::current},
        row{"read during update, new", {created, updated}, "b", 2, judged::current},
        row{"read before update, which came in between",
            {created, updated},
            "b",
            1,
            judged::current},
        row{"read at the acknowledgement", {created, updated}, "a", 3, judged::stale},
        row{"read during removal, there", {created, removed}, "a", 4, judged::current},
        row{"read during removal, gone", {created, removed}, {}, 4, judged::absent},
        row{"two writes at once, first",
            {created, write(update, ok, "b", {2, 5}), write(update, ok, "c", {3, 4})},
            "b",
            9,
            judged::current},
        row{"two writes at once, second",
            {created, write(update, ok, "b", {2, 5}), write(update, ok, "c", {3, 4})},
            "c",
            9,
            judged::current},
        row{"two writes at once, older",
            {created, write(update, ok, "b", {2, 5}), write(update, ok, "c", {3, 4})},
            "a",
            9,
            judged::stale},
        row{"update and removal at once, there",
            {created, write(update, ok, "b", {2, 5}), write(remove, ok, "", {3, 4})},
            "b",
            9,
            judged::current},
        row{"update and removal at once, gone",
            {created, write(update, ok, "b", {2, 5}), write(remove, ok, "", {3, 4})},
            {},
            9,
            judged::absent}
    )
);

static auto const maybe_updated = write(update, unknown, "m", {2, 3});
static auto const maybe_removed = write(remove, unknown, "", {2, 3});
static auto const refused = write(update, failed, "f", {2, 3});

INSTANTIATE_TEST_SUITE_P(
    UnknownAndRefused,
    LedgerTable,
    testing::Values(
        row{"unanswered update, done", {created, maybe_updated}, "m", 9, judged::current},
        row{"unanswered update, not done", {created, maybe_updated}, "a", 9, judged::current},
        row{"unanswered update loses nothing", {created, maybe_updated}, {}, 9, judged::lost},
        row{"unanswered update that arrives late",
            {created, maybe_updated, write(update, ok, "c", {4, 5})},
            "m",
            9,
            judged::current},
        row{"unanswered update, then replaced",
            {created, maybe_updated, write(update, ok, "c", {4, 5})},
            "a",
            9,
            judged::stale},
        row{"unanswered update, then removed",
            {created, maybe_updated, removed},
            "m",
            9,
            judged::stale},
        row{"unanswered removal, gone", {created, maybe_removed}, {}, 9, judged::absent},
        row{"unanswered removal, there", {created, maybe_removed}, "a", 9, judged::current},
        row{"unanswered creation, gone",
            {write(create, unknown, "a", {0, 1})},
            {},
            9,
            judged::absent},
        row{"unanswered creation, there",
            {write(create, unknown, "a", {0, 1})},
            "a",
            9,
            judged::current},
        row{"refused update, not done", {created, refused}, "a", 9, judged::current},
        row{"refused update, done all the same", {created, refused}, "f", 9, judged::altered},
        row{"refused removal, there",
            {created, write(remove, failed, "", {2, 3})},
            "a",
            9,
            judged::current},
        row{"refused removal, gone",
            {created, write(remove, failed, "", {2, 3})},
            {},
            9,
            judged::lost},
        row{"refused creation, absent", {write(create, failed, "a", {0, 1})}, {}, 9, judged::absent}
    )
);

TEST(Ledger, ExpectsTheLastAcknowledgedValue)
{
    EXPECT_EQ(history({}).expected(object), std::nullopt);
    EXPECT_EQ(history({created}).expected(object), "a");
    EXPECT_EQ(history({created, updated}).expected(object), "b");
    EXPECT_EQ(history({created, refused}).expected(object), "a");
}

TEST(Ledger, ExpectsNothingOfWhatIsGoneOrUncertain)
{
    EXPECT_EQ(history({created, removed}).expected(object), std::nullopt);
    EXPECT_EQ(history({created, maybe_updated}).expected(object), std::nullopt);
    EXPECT_EQ(history({created, maybe_removed}).expected(object), std::nullopt);
    auto const both =
        history({created, write(update, ok, "b", {2, 5}), write(update, ok, "c", {3, 4})});
    EXPECT_EQ(both.expected(object), std::nullopt);
}

TEST(Ledger, MergesTheHistoriesOfOneObject)
{
    auto one = history({created});
    auto const two = history({updated});

    one.merge(two);

    EXPECT_EQ(one.size(), 1U);
    EXPECT_EQ(one.expected(object), "b");
    EXPECT_EQ(one.judge(object, "a", at(9)), judged::stale);
    EXPECT_EQ(one.objects(), std::vector<object_key>{object});
}

TEST(Ledger, KeepsTenantsAndResourcesApart)
{
    auto const one = history({created});

    EXPECT_EQ(one.judge({{2}, "users", {7}}, {}, at(9)), judged::absent);
    EXPECT_EQ(one.judge({{1}, "orders", {7}}, "a", at(9)), judged::altered);
}

TEST(Ledger, ForgetsWhatCanNoLongerBeReadOfAnObjectThatIsOftenWritten)
{
    ledger l;
    l.record(created);
    for (int n = 1; n <= 10'000; ++n) {
        l.record(write(update, ok, "v" + std::to_string(n), {2 * n, 2 * n + 1}));
    }

    EXPECT_EQ(l.expected(object), "v10000");
    EXPECT_EQ(l.judge(object, "v10000", at(30'000)), judged::current);
    EXPECT_EQ(l.judge(object, "v9999", at(30'000)), judged::stale);
    EXPECT_EQ(l.judge(object, "v5", at(30'000)), judged::stale);
    EXPECT_EQ(l.judge(object, std::nullopt, at(30'000)), judged::lost);
}

TEST(Ledger, NeverForgetsAWriteThatMayStillCome)
{
    ledger l;
    l.record(created);
    l.record(write(update, unknown, "late", {2, 3}));
    for (int n = 2; n <= 1000; ++n) {
        l.record(write(update, ok, "v" + std::to_string(n), {2 * n, 2 * n + 1}));
    }

    EXPECT_EQ(l.judge(object, "late", at(9000)), judged::current);
}

} // namespace watertight::evidence
