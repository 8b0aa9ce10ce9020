#include "harness/traffic/findings.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/reproduction.hpp"
#include "harness/traffic/store_evidence.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::traffic {

using evidence::read_judgement;

static constexpr std::size_t excerpt_max = 4096;
// Redaction must see whole secrets: it gets more on both sides than is shown in the end.
static constexpr std::size_t redaction_margin = 4096;

static std::string slug_of(target::population const& tenants, tenant_index t)
{
    if (t.value < tenants.tenants.size()) return tenants.at(t).slug;
    return fmt::format("tenant {}", t.value);
}

std::string_view role_of(observed const& x) noexcept
{
    auto const& as = x.what.what->op->as;
    return as.empty() ? std::string_view{x.who.role} : std::string_view{as};
}

std::string_view subject_of(intent const& i) noexcept
{
    return i.what->in ? std::string_view{i.what->in->name} : std::string_view{i.what->op->name};
}

std::string excerpt(std::string_view text, std::size_t at, std::size_t bytes_max)
{
    if (text.size() <= bytes_max) return std::string{text};
    auto const begin = std::min(at - std::min(at, bytes_max / 2), text.size() - bytes_max);
    std::string out;
    if (begin > 0) out += fmt::format("[{} bytes cut]", begin);
    out += text.substr(begin, bytes_max);
    auto const rest = text.size() - begin - bytes_max;
    if (rest > 0) out += fmt::format("[{} bytes cut]", rest);
    return out;
}

static std::string shown(std::string_view text, std::size_t at, evidence::redactor const& secrets)
{
    auto const begin = at - std::min(at, excerpt_max / 2 + redaction_margin);
    auto const wide = text.substr(begin, excerpt_max + 2 * redaction_margin);
    auto const clean = secrets.redact(wide);
    // Redaction moves what follows it; the place is near enough for an excerpt.
    return excerpt(clean, std::min(at - begin, clean.size()), excerpt_max);
}

// A header that holds a secret becomes a shell variable, so that the line can be pasted by somebody
// who sets it; everything else that is secret is blotted out.
static std::string reproduction(observed const& x)
{
    if (x.what.what->store != nullptr) return store_reproduction(x);
    auto curl = evidence::from_wire(x.model.base.origin(), x.request);
    std::vector<std::string> variables;
    for (auto& [name, value] : curl.headers) {
        auto const line = name + ": " + value;
        if (x.secrets.redact(line) == line) continue;
        auto variable = "WATERTIGHT_" + replace_all(name, "-", "_");
        std::ranges::transform(variable, variable.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        auto const scheme = iequals(name, "Authorization") ? value.find(' ') : std::string::npos;
        value = scheme == std::string::npos ? "$" + variable
                                            : value.substr(0, scheme + 1) + "$" + variable;
        variables.push_back(std::move(variable));
    }
    curl.url = x.secrets.redact(curl.url);
    curl.body = x.secrets.redact(curl.body);
    curl.insecure = x.model.base.tls && !x.model.connection.tls.verify;
    return evidence::curl_command(curl, variables);
}

// "GET /notes/7" or, of a store, "postgres note_by_id".
static std::string called(observed const& x)
{
    if (x.what.what->store != nullptr) return x.what.what->op->channel();
    auto const line = x.request.substr(0, x.request.find("\r\n"));
    return x.secrets.redact(line.substr(0, line.rfind(" HTTP/")));
}

static evidence::message_pair exchange(observed const& x, std::size_t at)
{
    auto const is_store = x.what.what->store != nullptr;
    auto const answer = std::string{x.head} + std::string{x.body};
    return {
        .title = fmt::format(
            "{} as {} user {}", called(x), slug_of(x.tenants, x.what.tenant), x.who.index.value
        ),
        .request = is_store ? excerpt(store_request_text(x), 0, excerpt_max)
                            : shown(x.request, 0, x.secrets),
        .response = shown(answer, at, x.secrets),
    };
}

static std::string under_load(observed const& x)
{
    if (x.in_flight == 0) return "No other request was in flight on the same core.";
    return fmt::format(
        "{} {} in flight on the same core: if it is a race, the reproduction may need the same "
        "load.",
        plural(x.in_flight, "other request"),
        x.in_flight == 1 ? "was" : "were"
    );
}

static evidence::finding common(observed const& x)
{
    evidence::finding f;
    f.probe = "traffic";
    f.channel = x.what.what->op->channel();
    f.intruder = slug_of(x.tenants, x.what.tenant);
    f.owasp = "API1:2023";
    f.asvs = "8.4.1";
    f.first = wall::now();
    f.last = f.first;
    return f;
}

static std::string name_of(evidence::sighting const& seen)
{
    switch (seen.kind) {
    case evidence::token_kind::canary:
        return "the canary";
    case evidence::token_kind::number:
        return "the numeric canary";
    case evidence::token_kind::identifier:
        return seen.resource.empty() ? "an identifier" : "an identifier (" + seen.resource + ")";
    }
    return "a token";
}

evidence::finding leak(observed const& x, evidence::sighting const& seen, bool in_head, bool full)
{
    auto f = common(x);
    f.kind = evidence::guarantee::confidentiality;
    f.level = evidence::severity::critical;
    f.title = "Answer under load holds another tenant's data";
    f.cwe = "CWE-200";
    f.victim = slug_of(x.tenants, seen.who.tenant);
    f.token = x.secrets.redact(seen.token);
    f.position = fmt::format("response {}, byte {}", in_head ? "head" : "body", seen.offset);
    if (!full) return f;

    f.detail = fmt::format(
        "An answer to {} held {} of {}, which the request had not mentioned. {}",
        f.intruder,
        name_of(seen),
        f.victim,
        under_load(x)
    );
    f.exchanges.push_back(exchange(x, seen.offset + (in_head ? 0 : x.head.size())));
    f.reproduction = reproduction(x);
    f.remedy =
        "Bind every query, cache key and pooled connection to the tenant of the request, and "
        "clear that binding when the connection or buffer is handed on.";
    return f;
}

evidence::finding violated(observed const& x, read_judgement j)
{
    auto f = common(x);
    auto const& object = *x.what.object->data;
    f.kind = evidence::guarantee::integrity;
    f.victim = f.intruder;
    f.intruder.clear();
    f.token = object.canary;
    auto const name = fmt::format("{} {} of {}", object.resource, object.serial.value, f.victim);
    switch (j) {
    case read_judgement::lost:
        f.level = evidence::severity::critical;
        f.title = "Acknowledged object is lost under load";
        f.cwe = "CWE-662";
        f.detail = fmt::format("{} was created and never removed, yet its owner got none.", name);
        break;
    case read_judgement::altered:
        f.level = evidence::severity::critical;
        f.title = "Object holds a value that its owner never wrote";
        f.cwe = "CWE-668";
        f.detail = fmt::format("{} was read back with a value that no write had carried.", name);
        break;
    default:
        f.level = evidence::severity::medium;
        f.title = "Removed object is still readable";
        f.cwe = "CWE-672";
        f.detail = fmt::format("The removal of {} was acknowledged, yet it can be read.", name);
        break;
    }
    f.detail += " " + under_load(x);
    f.exchanges.push_back(exchange(x, x.head.size()));
    f.reproduction = reproduction(x);
    f.remedy =
        "Check the tenant on every write as on every read, and acknowledge a write only once "
        "it is durable and visible.";
    return f;
}

} // namespace watertight::traffic
