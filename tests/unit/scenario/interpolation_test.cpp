#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

static std::string name_with(std::string_view value, std::map<std::string, std::string> variables)
{
    auto const text = shop_with(
        "as: admin, body: {slug", fmt::format("as: admin, headers: {{X: {}}}, body: {{slug", value)
    );
    auto const s = good(text, {.variables = std::move(variables)});
    if (!s.tenants.create || s.tenants.create->headers.empty()) return {};
    std::string out;
    s.tenants.create->headers[0].second.render(
        [](std::string_view name) { return std::optional{name}; }, out
    );
    return out;
}

TEST(Interpolation, ValueTakesItsVariablesPlace)
{
    EXPECT_EQ(name_with("\"a-${ONE}-${TWO}\"", {{"ONE", "1"}, {"TWO", "2"}}), "a-1-2");
}

TEST(Interpolation, DefaultStandsInForUnsetAndEmpty)
{
    EXPECT_EQ(name_with("\"${NO_SUCH_VARIABLE_HERE:-x}\"", {}), "x");
    EXPECT_EQ(name_with("\"${EMPTY:-x}\"", {{"EMPTY", ""}}), "x");
    EXPECT_EQ(name_with("\"${SET:-x}\"", {{"SET", "y"}}), "y");
}

TEST(Interpolation, DefaultMayHoldSlots)
{
    EXPECT_EQ(name_with("\"${NO_SUCH_VARIABLE_HERE:-t:{tenant.slug}}!\"", {}), "t:tenant.slug!");
}

TEST(Interpolation, TwoDollarsEscape)
{
    // What is left is a slot's braces to a template, so they are doubled.
    EXPECT_EQ(name_with("\"$${{ONE}}\"", {{"ONE", "1"}}), "${ONE}");
}

TEST(Interpolation, BracesOfAValueAreNoSlot)
{
    EXPECT_EQ(name_with("\"${SECRET}\"", {{"SECRET", "a{run}b{x-1}c"}}), "a{run}b{x-1}c");
}

TEST(Interpolation, ValueCannotBecomeYaml)
{
    EXPECT_EQ(name_with("\"${SECRET}\"", {{"SECRET", "\", Y: [1, 2] # z"}}), "\", Y: [1, 2] # z");
}

TEST(Interpolation, ValueIsWhateverItCanBeReadAs)
{
    auto const s = good(
        shop_with("tenants:\n", "tenants:\n  count: \"${COUNT}\"\n"),
        {.variables = {{"COUNT", "7"}}}
    );
    EXPECT_EQ(s.tenants.count, 7U);
    auto const numeric =
        good(shop_with("name: shop", "name: ${NAME}"), {.variables = {{"NAME", "7"}}});
    EXPECT_EQ(numeric.name, "7");
}

TEST(Interpolation, UsedVariablesAreReportedOnce)
{
    auto const out = load_text(
        shop_with("Bearer secret", "\"${TOKEN}${TOKEN}\""),
        "shop.yaml",
        {.variables = {{"TOKEN", "t0k3n"}}}
    );
    ASSERT_TRUE(out);
    ASSERT_EQ(out->variables_used.size(), 1U);
    EXPECT_EQ(out->variables_used[0], (std::pair<std::string, std::string>{"TOKEN", "t0k3n"}));
}

TEST(Interpolation, AnchorsAndMergesWork)
{
    auto const s = good(shop_and(R"(traffic:
  - &first {name: a, for: 5s, open: {rate: 5/s}, connections: per_user}
  - {<<: *first, name: b}
)"));
    ASSERT_EQ(s.phases.size(), 2U);
    EXPECT_EQ(s.phases[1].name, "b");
    EXPECT_EQ(s.phases[1].connections, traffic::connection_mode::per_user);
}

} // namespace watertight::scenario
