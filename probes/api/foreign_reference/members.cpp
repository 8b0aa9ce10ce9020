#include "harness/probe/own_fields.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/foreign_reference/probe.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace watertight::probes::api::foreign_reference {

using nlohmann::json;

// "Sub-Orders" is "suborders".
static std::string plain(std::string_view name)
{
    auto out = to_lower(name);
    std::erase_if(out, [](char c) { return c == '_' || c == '-'; });
    return out;
}

// What the name says besides that it is an id; nothing if it is no name of an id.
static std::string stem_of(std::string_view member)
{
    for (auto const ending : {"_id", "Id", "ID", "_uuid", "_ref", "_number"}) {
        if (!member.ends_with(ending) || member.size() == std::string_view{ending}.size()) continue;
        return plain(member.substr(0, member.size() - std::strlen(ending)));
    }
    return {};
}

static std::string text_of(json const& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// An id that is no mere number, so that to hold it is no chance.
static bool is_telling(std::string_view id)
{
    static constexpr std::size_t telling_min = 12;
    return id.size() >= telling_min;
}

// The ids that the value holds: its own, those of a list, that of an object.
static std::vector<std::string> ids_in(json const& value)
{
    std::vector<std::string> out;
    if (value.is_primitive()) out.push_back(text_of(value));
    if (value.is_object() && value.contains("id") && value["id"].is_primitive()) {
        out.push_back(text_of(value["id"]));
    }
    if (value.is_object() && value.contains("data")) return ids_in(value["data"]);
    if (!value.is_array()) return out;
    for (auto const& element : value) {
        if (element.is_array()) continue;
        auto const inner = ids_in(element);
        out.insert(out.end(), inner.begin(), inner.end());
    }
    return out;
}

// {"data": ...} of JSON:API, one or a list.
static json const* related(json const& value)
{
    if (!value.is_object() || !value.contains("data")) return nullptr;
    auto const& data = value["data"];
    auto const* const one = data.is_array() && !data.empty() ? &data.front() : &data;
    auto const is_identifier = one->is_object() && one->contains("type") && one->contains("id");
    return is_identifier ? one : nullptr;
}

static std::string type_of_related(json const& value)
{
    auto const* const one = related(value);
    return one == nullptr ? std::string{} : text_of((*one)["type"]);
}

static bool is_list(json const& value)
{
    return value.is_array() || (related(value) != nullptr && value["data"].is_array());
}

static bool may_refer(
    std::string_view name,
    json const& value,
    std::string const& kind,
    std::vector<std::string> const& ids
)
{
    auto const stem = stem_of(name);
    if (value.is_primitive() && stem.find(kind) != stem.npos) return true;
    auto const held = ids_in(value);
    auto const holds_own = std::ranges::any_of(held, [&](std::string const& id) {
        return std::ranges::count(ids, id) != 0;
    });
    if (!holds_own) return false;
    auto const is_named_so = plain(name).find(kind) != std::string::npos;
    return !stem.empty() || is_named_so || std::ranges::all_of(held, is_telling);
}

static void collect(
    json const& from,
    std::string const& kind,
    std::vector<std::string> const& ids,
    bool is_text,
    std::vector<reference>& out
)
{
    if (!from.is_structured()) return;
    for (auto const& [name, value] : from.items()) {
        auto const is_own = name == "id" || name == "data";
        if (from.is_object() && !is_own && may_refer(name, value, kind, ids)) {
            reference const found{name, is_list(value), is_text, type_of_related(value)};
            if (std::ranges::count(out, found) == 0) out.push_back(found);
        }
        collect(value, kind, ids, is_text, out);
    }
}

// Whether the target writes numbers for ids as texts, as it has to where they are long.
static bool writes_ids_as_text(json const& from)
{
    if (!from.is_structured()) return false;
    for (auto const& [name, value] : from.items()) {
        auto const is_id = from.is_object() && (name == "id" || name == "_id");
        if ((is_id && value.is_string()) || writes_ids_as_text(value)) return true;
    }
    return false;
}

std::vector<reference>
references_in(std::string_view body, std::string_view resource, std::vector<std::string> const& ids)
{
    std::vector<reference> out;
    auto const kind = singular(plain(resource));
    auto const parsed = json::parse(body, nullptr, false);
    auto const is_text = !parsed.is_discarded() && writes_ids_as_text(parsed);
    if (!parsed.is_discarded()) collect(parsed, kind, ids, is_text, out);
    // What an answer need not show: the names that such members usually have.
    for (auto const& usual : {kind + "Id", kind + "_id"}) {
        if (std::ranges::count(out, usual, &reference::member) == 0)
            out.push_back({usual, false, is_text});
    }
    return out;
}

static bool speaks_of_people(std::string_view name)
{
    static constexpr std::array<std::string_view, 13> marks{
        "user",
        "assign",
        "owner",
        "author",
        "review",
        "responsib",
        "manager",
        "agent",
        "approver",
        "watcher",
        "participant",
        "follower",
        "recipient"};
    auto const said = plain(name);
    return std::ranges::any_of(marks, [&](auto mark) { return said.find(mark) != said.npos; });
}

static void collect_people(json const& from, bool is_text, std::vector<reference>& out)
{
    if (!from.is_structured()) return;
    auto const add = [&](reference one) {
        if (std::ranges::count(out, one) == 0) out.push_back(std::move(one));
    };
    for (auto const& [name, value] : from.items()) {
        auto const is_person = from.is_object() && speaks_of_people(name);
        if (!is_person || value.is_boolean()) {
            collect_people(value, is_text, out);
            continue;
        }
        add({name, is_list(value), is_text, type_of_related(value)});
        // What is shown as an object is often written by its id.
        auto const is_whole = value.is_object() && related(value) == nullptr;
        if (!is_whole) continue;
        add({name + "_id", false, is_text});
        add({name + "Id", false, is_text});
    }
}

std::vector<reference> people_in(std::string_view body)
{
    std::vector<reference> out;
    auto const parsed = json::parse(body, nullptr, false);
    if (!parsed.is_discarded()) collect_people(parsed, writes_ids_as_text(parsed), out);
    return out;
}

static bool refers_in(json const& from, std::string_view member, std::string_view id)
{
    if (!from.is_structured()) return false;
    for (auto const& [name, value] : from.items()) {
        auto const is_member = from.is_object() && name == member;
        if (is_member && std::ranges::count(ids_in(value), id) != 0) return true;
        if (refers_in(value, member, id)) return true;
    }
    return false;
}

bool refers(std::string_view body, std::string_view member, std::string_view id)
{
    auto const parsed = json::parse(body, nullptr, false);
    return !parsed.is_discarded() && !id.empty() && refers_in(parsed, member, id);
}

std::vector<reference>
named_in(std::string_view body, std::string_view resource, std::vector<std::string> const& ids)
{
    auto out = references_in(body, resource, ids);
    std::erase_if(out, [&](reference const& one) {
        return std::ranges::none_of(ids, [&](std::string const& id) {
            return refers(body, one.member, id);
        });
    });
    for (auto& one : out) {
        one.is_text = std::ranges::any_of(ids, [&](std::string const& id) {
            return body.find('"' + id + '"') != body.npos;
        });
    }
    return out;
}

// The id in the form in which a request has one there: in a list, as a text, of an object.
static json in_form_of(json const& there, json const& id)
{
    if (there.is_array()) {
        return json::array({there.empty() ? id : in_form_of(there.front(), id)});
    }
    if (there.is_object() && there.contains("id")) {
        auto out = there;
        out["id"] = in_form_of(there["id"], id);
        return out;
    }
    return there.is_string() && id.is_number() ? json(id.dump()) : id;
}

// Puts it wherever the request has the member further down: {"lines": [{"productId": 7}]}.
static bool put_further_down(json& from, std::string_view member, json const& id)
{
    if (!from.is_structured()) return false;
    auto is_put = false;
    for (auto& [name, part] : from.items()) {
        if (from.is_object() && name == member) {
            part = in_form_of(part, id);
            is_put = true;
        } else {
            is_put = put_further_down(part, member, id) || is_put;
        }
    }
    return is_put;
}

std::optional<std::string>
with_reference(std::string_view body, reference const& where, std::string const& id)
{
    auto whole = json::parse(body, nullptr, false);
    if (!whole.is_object()) return std::nullopt;
    auto const number = json::parse(id, nullptr, false);
    auto const is_number = number.is_number_integer() && !where.is_text;
    auto value = is_number ? number : json(id);
    auto at = probe::own_fields(whole);
    if (!where.relates_to.empty()) {
        value = {{"type", where.relates_to}, {"id", id}};
        auto const data = where.is_list ? json::array({value}) : value;
        if (!at.empty()) at.pop_back();
        whole[at]["relationships"][where.member] = {{"data", data}};
        return whole.dump();
    }
    auto& fields = whole[at];
    auto const is_there = fields.contains(where.member);
    if (!is_there && put_further_down(fields, where.member, value)) return whole.dump();
    fields[where.member] = where.is_list ? json::array({value}) : value;
    return whole.dump();
}

} // namespace watertight::probes::api::foreign_reference
