#include "harness/probe/tenant_labels.hpp"

#include "harness/base/tenant_words.hpp"
#include "harness/base/text.hpp"

#include <nlohmann/json.hpp>

namespace watertight::probe {

static void collect(nlohmann::json const& value, bool of_tenant, std::set<std::string>& out)
{
    if (value.is_array()) {
        for (auto const& element : value) collect(element, of_tenant, out);
        return;
    }
    if (!value.is_object()) return;
    for (auto const& [name, member] : value.items()) {
        auto const is_id =
            name == "id" || name == "_id" || name == "uuid" || name == "slug" || name == "$oid";
        auto const is_its = tenant_word(name).has_value() || (of_tenant && is_id);
        if (member.is_structured())
            collect(member, is_its, out);
        else if (is_its)
            out.insert(member.is_string() ? member.get<std::string>() : member.dump());
    }
}

std::set<std::string> tenant_labels_in(std::string_view text)
{
    std::set<std::string> out;
    if (text.starts_with('{') || text.starts_with('[')) {
        auto const json = nlohmann::json::parse(text, nullptr, false);
        if (!json.is_discarded()) collect(json, false, out);
        return out;
    }
    // An entry of a stream: its id, then a name and a value by turns, a line each.
    auto const lines = split(text, '\n');
    for (std::size_t i = 1; i + 1 < lines.size(); i += 2) {
        if (tenant_word(lines[i])) out.emplace(lines[i + 1]);
        out.merge(tenant_labels_in(lines[i + 1]));
    }
    return out;
}

} // namespace watertight::probe
