#include "harness/evidence/observer.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/character.hpp"
#include "harness/evidence/scan.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace watertight::evidence {

// Credentials in a Basic header are short; a request is looked into only when it matters.
static constexpr std::size_t request_base64_min = 20;

static sighting to_sighting(raw_sighting const& seen)
{
    return {
        .kind = seen.kind,
        .who = seen.who,
        .offset = seen.offset,
        .token = std::string{seen.token},
        .resource = std::string{seen.what != nullptr ? seen.what->resource : std::string_view{}}};
}

static std::string url_decode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

namespace {

class collector final : public sighting_sink {
public:
    explicit collector(std::vector<sighting>& out) : out_{out} {}

    bool take(raw_sighting const& seen) override
    {
        out_.push_back(to_sighting(seen));
        return true;
    }

private:
    std::vector<sighting>& out_;
};

// What a request said, worked out when the first foreign token asks for it.
class echo_filter final : public sighting_sink {
public:
    echo_filter(std::string_view request, scan_options options) : options_{options}
    {
        options_.base64_length_min = request_base64_min;
        plain_ = to_lower(request);
        scan_text(request, options_, *this);
        if (request.find('%') == request.npos) return;
        auto const decoded = url_decode(request);
        scan_text(decoded, options_, *this);
        decoded_ = to_lower(decoded);
    }

    bool take(raw_sighting const& seen) override
    {
        said_.push_back({seen.kind, seen.who, seen.what});
        return true;
    }

    bool said(raw_sighting const& seen) const
    {
        said_token const wanted{seen.kind, seen.who, seen.what};
        if (std::ranges::find(said_, wanted) != said_.end()) return true;
        auto const token = to_lower(seen.token);
        return plain_.find(token) != plain_.npos || decoded_.find(token) != decoded_.npos;
    }

private:
    struct said_token {
        token_kind kind{};
        owner who;
        identifier_index::entry const* what = nullptr;

        bool operator==(said_token const&) const = default;
    };

    scan_options options_;
    std::string plain_;
    std::string decoded_;
    std::vector<said_token> said_;
};

class foreign_collector final : public sighting_sink {
public:
    foreign_collector(
        context const& where, sharing_rule const& sharing, scan_options const& options
    )
        : where_{where}, sharing_{sharing}, options_{options}
    {
    }

    bool take(raw_sighting const& seen) override
    {
        if (seen.who.tenant == where_.tenant) return true;
        if (!echoes_) echoes_.emplace(where_.request, options_);
        if (echoes_->said(seen)) return true;
        auto found = to_sighting(seen);
        if (!sharing_ || !sharing_(where_, found)) out.push_back(std::move(found));
        return true;
    }

    std::vector<sighting> out;

private:
    context const& where_;
    sharing_rule const& sharing_;
    scan_options const& options_;
    std::optional<echo_filter> echoes_;
};

class own_seeker final : public sighting_sink {
public:
    explicit own_seeker(tenant_index tenant) : tenant_{tenant} {}

    bool take(raw_sighting const& seen) override
    {
        found = seen.who.tenant == tenant_;
        return !found;
    }

    bool found = false;

private:
    tenant_index tenant_;
};

} // namespace

observer::observer(
    canary_mint const& mint, identifier_index const& identifiers, sharing_rule sharing
)
    : mint_{mint}, identifiers_{identifiers}, sharing_{std::move(sharing)}
{
}

void observer::scan(std::string_view text, std::vector<sighting>& out) const
{
    auto const before = static_cast<std::ptrdiff_t>(out.size());
    collector sink{out};
    scan_text(text, {.mint = mint_, .identifiers = identifiers_}, sink);
    std::ranges::stable_sort(out.begin() + before, out.end(), {}, &sighting::offset);
}

void observer::scan(std::string_view text, sighting_sink& sink) const
{
    scan_text(text, {.mint = mint_, .identifiers = identifiers_}, sink);
}

// Names that begin or end like another's: where "acme-2" is one's own, neither "acme" in it nor
// "owner-acme" in "owner-acme-2" is anybody's.
static void drop_parts_of_own(
    std::string_view text,
    tenant_index own,
    scan_options const& options,
    std::vector<sighting>& found
)
{
    auto const is_name = [](sighting const& s) { return s.kind == token_kind::identifier; };
    auto const end = [](sighting const& s) { return s.offset + s.token.size(); };
    if (std::ranges::none_of(found, is_name)) return;
    std::vector<sighting> all;
    collector every{all};
    scan_text(text, options, every);
    std::erase_if(all, [&](sighting const& s) { return s.who.tenant != own || !is_name(s); });
    std::erase_if(found, [&](sighting const& part) {
        return is_name(part) && std::ranges::any_of(all, [&](sighting const& mine) {
                   auto const overlap = mine.offset < end(part) && part.offset < end(mine);
                   auto const within = part.offset <= mine.offset && end(mine) <= end(part);
                   return overlap && !within;
               });
    });
}

std::vector<sighting> observer::foreign(std::string_view text, context const& where) const
{
    scan_options const options{.mint = mint_, .identifiers = identifiers_};
    foreign_collector sink{where, sharing_, options};
    scan_text(text, options, sink);
    if (!sink.out.empty()) drop_parts_of_own(text, where.tenant, options, sink.out);
    // The sort's buffer is memory too, which the usual case must not ask for.
    if (sink.out.size() > 1) std::ranges::stable_sort(sink.out, {}, &sighting::offset);
    return std::move(sink.out);
}

bool observer::shows_own(std::string_view text, tenant_index tenant) const
{
    own_seeker sink{tenant};
    scan_text(text, {.mint = mint_, .identifiers = identifiers_}, sink);
    return sink.found;
}

} // namespace watertight::evidence
