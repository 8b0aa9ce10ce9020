#include "harness/drill/leak_watch.hpp"

#include "harness/evidence/reproduction.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::drill {

static constexpr std::size_t exchange_bytes_max = 4000;

static std::string cut_exchange(std::string text)
{
    if (text.size() > exchange_bytes_max) text.resize(exchange_bytes_max);
    return text;
}

void leak_watch::look(asked const& what, net::http_response const& answer)
{
    if (around_.eye == nullptr) return;
    evidence::context const where{what.by, what.role, {}, what.request};
    for (auto const* const text : {&answer.head, &answer.body}) {
        for (auto const& seen : around_.eye->foreign(*text, where)) note(what, answer, seen);
    }
}

void leak_watch::note(
    asked const& what, net::http_response const& answer, evidence::sighting const& seen
)
{
    ++count_;
    auto const key = std::tuple{std::string{what.channel}, seen.who.tenant, what.by};
    auto const [at, is_new] = found_.try_emplace(key);
    auto& f = at->second;
    f.last = wall::now();
    if (!is_new) {
        ++f.count;
        return;
    }
    auto const& secrets = around_.secrets;
    f.first = f.last;
    f.probe = "drill.leak";
    f.kind = evidence::guarantee::confidentiality;
    f.level = evidence::severity::critical;
    f.channel = what.channel;
    f.title = "During the drill a tenant was shown another tenant's data";
    f.cwe = "CWE-863";
    f.victim = around_.tenants.at(seen.who.tenant).slug;
    f.intruder = around_.tenants.at(what.by).slug;
    f.detail = fmt::format(
        "{} was sent as {} while the drill changed the system, and the answer holds data of {}.",
        what.channel,
        f.intruder,
        f.victim
    );
    f.token = seen.token;
    f.position = fmt::format("byte {}", seen.offset);
    f.exchanges.push_back(
        {std::string{what.channel},
         cut_exchange(secrets.redact(what.request)),
         cut_exchange(secrets.redact(answer.head + answer.body))}
    );
    auto const request =
        evidence::from_wire(around_.model.base.origin(), std::string{what.request});
    f.reproduction = secrets.redact(evidence::curl_command(request));
    f.remedy = "Keep the application's own filter in every statement as long as the database may "
               "be without its policies: before the migration, during it, and after the way back.";
}

std::vector<evidence::finding> leak_watch::findings() const
{
    std::vector<evidence::finding> out;
    for (auto const& [key, f] : found_) out.push_back(f);
    return out;
}

} // namespace watertight::drill
