// How: a second scan, written down as plainly as the rules read and with no regard to speed, sees
// the same tokens at the same places in random texts with real and broken tokens planted in them.

#include "harness/base/random.hpp"
#include "harness/base/text.hpp"
#include "harness/evidence/character.hpp"
#include "harness/evidence/observer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

namespace watertight::evidence {

static std::pair<std::size_t, std::size_t> longest_word(std::string_view text)
{
    std::pair<std::size_t, std::size_t> best{0, 0};
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::size_t length = 0;
        while (at + length < text.size() && is_word(text[at + length])) ++length;
        if (length > best.second) best = {at, length};
        at += length;
    }
    return best;
}

namespace {

using seen = std::tuple<std::size_t, token_kind, std::string, std::uint32_t>;

struct spelling {
    std::string text;
    owner who;
    std::size_t word_at = 0;
    std::size_t word_length = 0;
};

class reference {
public:
    reference(canary_mint const& mint, std::vector<spelling> const& known)
        : mint_{mint}, known_{known}
    {
    }

    std::vector<seen> scan(std::string_view text) const
    {
        std::vector<seen> out;
        scan_plain(text, out);
        scan_base64(text, out);
        std::ranges::sort(out);
        return out;
    }

private:
    void scan_plain(std::string_view text, std::vector<seen>& out) const
    {
        for (std::size_t at = 0; at < text.size(); ++at) {
            see_canary(text, at, out);
            if (is_digit(text[at]) && (at == 0 || !is_digit(text[at - 1])))
                see_number(text, at, out);
            see_exponent(text, at, out);
            see_identifiers(text, at, out);
        }
    }

    void see_canary(std::string_view text, std::size_t at, std::vector<seen>& out) const
    {
        if (lower(text[at]) != canary_prefix[0]) return;
        auto const token = text.substr(at, canary_length);
        if (auto const who = mint_.verify_text(token)) {
            out.emplace_back(at, token_kind::canary, token, who->tenant.value);
        }
    }

    bool in_canary(std::string_view text, std::size_t at, std::size_t length) const
    {
        for (std::size_t begin = 0; begin + canary_length <= text.size(); ++begin) {
            if (begin + canary_length <= at || begin >= at + length) continue;
            if (lower(text[begin]) != canary_prefix[0]) continue;
            if (mint_.verify_text(text.substr(begin, canary_length))) return true;
        }
        return false;
    }

    void report_number(
        std::string_view text,
        std::size_t at,
        std::size_t length,
        std::uint64_t number,
        std::vector<seen>& out
    ) const
    {
        auto const who = mint_.verify_number(number);
        if (!who || in_canary(text, at, length)) return;
        out.emplace_back(at, token_kind::number, text.substr(at, length), who->tenant.value);
    }

    static std::size_t digits_from(std::string_view text, std::size_t at)
    {
        std::size_t count = 0;
        while (at + count < text.size() && is_digit(text[at + count])) ++count;
        return count;
    }

    static char at_or_nul(std::string_view text, std::size_t at)
    {
        return at < text.size() ? text[at] : '\0';
    }

    void see_number(std::string_view text, std::size_t at, std::vector<seen>& out) const
    {
        auto const count = digits_from(text, at);
        if (count < 16 || count > 20) return;
        if (count > 16 && escape_at(text, at + count - 16) < count - 16) return;
        at += count - 16;
        if (at >= 2 && text[at - 1] == '.' && is_digit(text[at - 2])) return;
        auto end = at + 16;
        if (at_or_nul(text, end) == '.' && digits_from(text, end + 1) > 0) {
            auto const fraction = text.substr(end + 1, digits_from(text, end + 1));
            if (fraction.find_first_not_of('0') != fraction.npos) return;
            end += 1 + fraction.size();
        }
        if (lower(at_or_nul(text, end)) == 'e') {
            auto const sign = at_or_nul(text, end + 1);
            if (is_digit(at_or_nul(text, end + 1 + (sign == '+' || sign == '-' ? 1 : 0)))) return;
        }
        report_number(text, at, 16, std::stoull(std::string{text.substr(at, 16)}), out);
    }

    void see_exponent(std::string_view text, std::size_t at, std::vector<seen>& out) const
    {
        if (!is_digit(text[at]) || at_or_nul(text, at + 1) != '.') return;
        if (at > 0 && (is_digit(text[at - 1]) || text[at - 1] == '.')) return;
        auto const count = digits_from(text, at + 2);
        if (count < 13) return;
        auto end = at + 2 + count;
        if (lower(at_or_nul(text, end)) != 'e') return;
        ++end;
        if (at_or_nul(text, end) == '+') ++end;
        if (text.substr(end, 2) != "15" || is_digit(at_or_nul(text, end + 2))) return;
        auto fraction = std::string{text.substr(at + 2, count)};
        if (fraction.size() > 15 && fraction.find_first_not_of('0', 15) != fraction.npos) return;
        fraction.resize(15, '0');
        report_number(text, at, end + 2 - at, std::stoull(text[at] + fraction), out);
    }

    // How many characters before `at` belong to an escape.
    static std::size_t escape_at(std::string_view text, std::size_t at)
    {
        auto const before = [&](std::size_t n) { return at >= n ? text[at - n] : '\0'; };
        auto const hex = [&](std::size_t n) {
            return std::ranges::all_of(text.substr(at - n, n), is_hex);
        };
        if ((before(3) == '%' || before(3) == '=') && hex(2)) return 2;
        if (before(6) == '\\' && before(5) == 'u' && hex(4)) return 5;
        if (before(2) == '\\' && is_letter(before(1))) return 1;
        return 0;
    }

    // Those whose longest word begins at `at`.
    void see_identifiers(std::string_view text, std::size_t at, std::vector<seen>& out) const
    {
        if (!is_word(text[at])) return;
        auto begin = at;
        while (begin > 0 && is_word(text[begin - 1])) --begin;
        auto end = at;
        while (end < text.size() && is_word(text[end])) ++end;
        auto const starts = at == begin || is_joint(text[at - 1]) ||
                            (at - begin <= 5 && escape_at(text, at) == at - begin);
        if (!starts || end - begin < 16) return;
        for (auto const& known : known_) {
            auto const word = known.word_at;
            auto const length = known.word_length;
            if (word > at || at + length > end) continue;
            if (at + length < end && !is_joint(text[at + length])) continue;
            auto const token = text.substr(at - word, known.text.size());
            if (to_lower(token) != known.text || in_canary(text, at - word, token.size())) continue;
            out.emplace_back(at - word, token_kind::identifier, token, known.who.tenant.value);
            return;
        }
    }

    void scan_base64(std::string_view text, std::vector<seen>& out) const
    {
        for (std::size_t at = 0; at < text.size(); ++at) {
            auto const begin = at;
            while (at < text.size() && base64_value(text[at]) != 0xff) ++at;
            auto const run = text.substr(begin, at - begin);
            auto const word = first_word(run);
            if (run.size() < 40 || word == run.npos) continue;
            if (std::ranges::none_of(run, is_upper)) continue;
            if (run.find_first_of("+/") != run.npos && run.find_first_of("-_") != run.npos)
                continue;
            decode(text, begin, at, out);
            if (word % 4 != 0) decode(text, begin + word, at, out);
            auto const object = run.find("eyJ");
            if (object != run.npos && object % 4 != 0 && object != word) {
                decode(text, begin + object, at, out);
            }
        }
    }

    static std::size_t first_word(std::string_view run)
    {
        std::size_t length = 0;
        for (std::size_t at = 0; at < run.size(); ++at) {
            length = is_word(run[at]) ? length + 1 : 0;
            if (length == 16) return at - 15;
        }
        return run.npos;
    }

    void
    decode(std::string_view text, std::size_t begin, std::size_t end, std::vector<seen>& out) const
    {
        std::string decoded;
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < end - begin; ++i) {
            bits = bits << 6 | base64_value(text[begin + i]);
            if (i % 4 != 0) decoded += static_cast<char>(bits >> (6 - 2 * (i % 4)));
        }
        std::vector<seen> inner;
        scan_plain(decoded, inner);
        for (auto& [offset, kind, token, tenant] : inner) {
            out.emplace_back(begin + offset / 3 * 4, kind, token, tenant);
        }
    }

    canary_mint const& mint_;
    std::vector<spelling> const& known_;
};

} // namespace

// Without and with an identifier as long as some groups of a UUID, which are looked at apart then.
class ScanReference : public testing::TestWithParam<bool> {
protected:
    ScanReference()
    {
        know("3f2a9c1e-77b4-4d0a-9a51-0c6b1e2d8f47", {{3}, {}, {}}, true);
        know("507f1f77bcf86cd799439011", {{4}, {}, {}}, false);
        know("acme-corp-globex-7f3d9a2e", {{5}, {}, {}}, false);
        // Grouped like a UUID, without being one.
        know("acmecorp-eu02-prod-blue-7f3d9a2e1bxy", {{11}, {}, {}}, false);
        know("key:globexco-eu02-prod-blue-7f3d9a2e1bxy/9", {{12}, {}, {}}, false);
        if (GetParam()) know("77b4-4d0a-9a51-0c6b1e2d8f47", {{10}, {}, {}}, false);
        know("usr_01HF3K9Q2WZX7_abcdef", {{6}, {}, {}}, false);
        know("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlc2ln", {{7}, {}, {}}, false);
        know("key:" + std::string(70, 'a') + "bcdefgh-x/9", {{8}, {}, {}}, false);
        know("tenant-" + mint.text({{9}, {}, {}}), {{9}, {}, {}}, false);
        tokens.push_back(mint.text({{1}, {2}, {3}}));
        tokens.push_back(std::to_string(mint.number({{1}, {}, {3}})));
        tokens.push_back(fmt::format("{:.15e}", static_cast<double>(mint.number({{2}, {}, {5}}))));
        tokens.push_back(fmt::format("{:.17g}", static_cast<double>(mint.number({{2}, {}, {6}}))));
        for (auto const& s : known) tokens.push_back(s.text);
    }

    void know(std::string const& id, owner who, bool is_uuid)
    {
        ASSERT_TRUE(index.add(id, who, "x"));
        auto const text = to_lower(id);
        spell(text, who);
        if (is_uuid) spell(replace_all(text, "-", ""), who);
        if (text.find('-') != text.npos) spell(replace_all(text, "-", "_"), who);
    }

    void spell(std::string text, owner who)
    {
        auto const [at, length] = longest_word(text);
        known.push_back({std::move(text), who, at, length});
    }

    std::vector<seen> fast(std::string_view text) const
    {
        std::vector<sighting> found;
        // Bounds are checked by the sanitizer only at the end of an allocation.
        std::vector<char> const exact(text.begin(), text.end());
        eye.scan({exact.data(), exact.size()}, found);
        std::vector<seen> out;
        for (auto const& s : found) out.emplace_back(s.offset, s.kind, s.token, s.who.tenant.value);
        std::ranges::sort(out);
        return out;
    }

    std::string upper_of(std::string text) const
    {
        for (auto& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        return text;
    }

    // A token, or what is left of one, or what stands around tokens.
    std::string piece(rng& random) const
    {
        static constexpr std::string_view around[] = {
            " ",
            "\"",
            "/",
            "-",
            "_",
            ".",
            "%20",
            "\\n",
            "\\u0022",
            "=3D",
            "+",
            "=",
            ":",
            "e15",
            "\xff",
            "\",\"name\":\"",
            "x",
            "0",
            "zq",
            "ZQ7k",
            "----------------",
            "1234567890123456",
            "3f2a9c1e-77b4-4d0a-9a51-0c6b1e2d8f48",
            "3f2a9c1e-77b4_4d0a-9a51-0c6b1e2d8f47"};
        auto const& token = tokens[random.below(tokens.size())];
        switch (random.below(8)) {
        case 0:
        case 1:
            return token;
        case 2:
            return upper_of(token);
        case 3:
            return token.substr(random.below(token.size()));
        case 4:
            return token.substr(0, random.below(token.size()));
        case 5:
            return random.below(4) == 0 ? base64(token + " " + token) : base64url(token + token);
        case 6:
            return std::string(random.below(90), random.below(2) == 0 ? 'k' : '.');
        default:
            return std::string{around[random.below(std::size(around))]};
        }
    }

    canary_mint mint{derive_key(5, "reference")};
    identifier_index index;
    std::vector<spelling> known;
    std::vector<std::string> tokens;
    observer eye{mint, index, {}};
    reference plain{mint, known};
};

TEST_P(ScanReference, SeesTheSameTokensAtEveryAlignment)
{
    for (auto const& token : tokens) {
        for (std::size_t before = 0; before <= 66; ++before) {
            for (char const c : {' ', 'k', '-'}) {
                for (std::size_t const after : {0U, 64U}) {
                    auto const text = std::string(before, c) + token + std::string(after, c);
                    ASSERT_EQ(fast(text), plain.scan(text)) << text;
                }
            }
        }
    }
}

TEST_P(ScanReference, SeesTheSameTokensInRandomTexts)
{
    rng random{11};
    std::size_t total = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (auto pieces = random.below(24); pieces > 0; --pieces) text += piece(random);
        auto const expected = plain.scan(text);
        total += expected.size();
        ASSERT_EQ(fast(text), expected) << text;
    }
    EXPECT_GT(total, 2000U);
}

INSTANTIATE_TEST_SUITE_P(Identifiers, ScanReference, testing::Bool());

} // namespace watertight::evidence
