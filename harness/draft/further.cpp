#include "harness/draft/further.hpp"

#include "harness/base/text.hpp"
#include "harness/draft/words.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace watertight::draft {

namespace {

constexpr std::size_t further_max = 10;
constexpr std::size_t searched_resources_max = 3;

bool is_one_of(std::string_view plain, std::span<std::string_view const> words)
{
    return std::ranges::count(words, plain) != 0;
}

/// What a search calls its term, whatever else it takes.
bool is_term_name(std::string_view name)
{
    static constexpr std::array<std::string_view, 11> words{
        "q",
        "query",
        "search",
        "searchterm",
        "searchtext",
        "searchquery",
        "term",
        "terms",
        "keyword",
        "keywords",
        "fulltext"};
    return is_one_of(plain_word(name), words);
}

/// The same where the address says that it searches.
bool is_term_of_search(std::string_view name)
{
    static constexpr std::array<std::string_view, 6> words{
        "text", "s", "prefix", "phrase", "needle", "input"};
    return is_term_name(name) || is_one_of(plain_word(name), words);
}

bool is_search_word(std::string_view literal)
{
    static constexpr std::array<std::string_view, 9> words{
        "search",
        "find",
        "query",
        "suggest",
        "suggestions",
        "autocomplete",
        "typeahead",
        "lookup",
        "complete"};
    return is_one_of(plain_word(literal), words);
}

bool is_hook_word(std::string_view name)
{
    auto const plain = plain_word(singular_of(name));
    return plain.ends_with("hook") || plain == "webhookendpoint" || plain == "webhooksubscription";
}

bool is_job_word(std::string_view name)
{
    static constexpr std::array<std::string_view, 5> words{
        "export", "import", "job", "report", "backup"};
    auto const plain = plain_word(singular_of(name));
    return std::ranges::any_of(words, [&](auto const word) { return plain.ends_with(word); });
}

/// What comes behind the colon of "{id}:restore" or "things:batchGet"; empty: there is none.
std::string_view behind_colon(std::string_view text)
{
    auto const colon = text.rfind(':');
    return colon == text.npos ? std::string_view{} : text.substr(colon + 1);
}

/// Places of a drafted body that hold a URL.
void find_urls(json_value const& value, std::string const& at, std::vector<std::string>& out)
{
    if (!value.is_object()) return;
    for (auto const& [name, member] : value.items()) {
        auto const here = at + "/" + replace_all(replace_all(name, "~", "~0"), "/", "~1");
        auto const is_url =
            member.is_string() && member.get<std::string>().starts_with("https://example.com/");
        if (is_url) out.push_back(here);
        find_urls(member, here, out);
    }
}

void replace_canaries(json_value& value)
{
    if (value.is_string()) {
        value = replace_all(value.get<std::string>(), "{canary}", "watertight-{run}");
        value = replace_all(value.get<std::string>(), "{serial}", "1");
    }
    if (value.is_structured()) {
        for (auto& member : value) replace_canaries(member);
    }
}

/// What its tenant makes directly, and knows again.
bool is_told_of(planned_resource const& r)
{
    auto const create = std::ranges::find(r.requests, "create", &planned_request::role);
    return r.parent.empty() && !is_hook_word(r.name) && create != r.requests.end() &&
           create->body && create->body->has_canary;
}

std::string id_slot(bool is_number)
{
    return is_number ? "{id:number}" : "{id}";
}

} // namespace

further_planner::further_planner(
    description const& api,
    tenancy const& owner,
    std::vector<family> const& kept,
    std::set<call const*>& used,
    std::set<call const*> const& taken
)
    : api_{api}, owner_{owner}, kept_{kept}, used_{used}, taken_{taken}
{
}

void further_planner::add_to(plan& p)
{
    for (std::size_t i = 0; i < kept_.size(); ++i) {
        auto& r = p.resources[i];
        for (auto const& c : api_.calls) {
            if (used_.contains(&c) || taken_.contains(&c) || r.others.size() >= further_max)
                continue;
            add_action(kept_[i], c, r);
            add_bulk(kept_[i], c, r);
            add_search(kept_[i], c, r);
        }
        add_term_of_list(kept_[i], r);
        add_job(kept_[i], r);
        add_webhook(kept_[i], r, p);
    }
    add_common_searches(p);
    add_streams(p);
}

std::optional<planned_request>
further_planner::planned(call const& c, std::string const& name, family const* of)
{
    std::map<std::string, std::string> unknown;
    request_planner requests{api_, owner_, kept_, unknown};
    auto out = requests.plan(c, scenario_name(name), of);
    if (!unknown.empty() || !out.blanks.empty()) return std::nullopt;
    return out;
}

void further_planner::keep(planned_request r, planned_resource& to)
{
    auto const is_taken = [&](std::string const& name) {
        return std::ranges::count(to.others, name, &planned_request::role) != 0;
    };
    if (is_taken(r.role)) r.role = to_lower(r.from->method) + "_" + r.role;
    if (is_taken(r.role)) return;
    used_.insert(r.from);
    to.others.push_back(std::move(r));
}

// POST /things/{id}/archive, /things/{id}:archive; what lists or makes something below is neither.
void further_planner::add_action(family const& f, call const& c, planned_resource& to)
{
    if (c.method == "GET" || f.ids.empty()) return;
    auto const path = segments_of(c.path);
    auto const end = f.prefix.size() + f.ids.size();
    if (shape_of(path, f.prefix.size()) != f.key || path.size() < end) return;
    auto const verb = behind_colon(path[end - 1].text);
    auto const is_colon = path.size() == end && path[end - 1].text.starts_with('{') &&
                          !path[end - 1].is_parameter() && !verb.empty();
    auto const is_below =
        path.size() == end + 1 && path[end - 1].is_parameter() && !path.back().is_parameter();
    if (!is_colon && !is_below) return;
    auto const is_read = [&](call const& other) {
        return other.method == "GET" && segments_of(other.path).size() == path.size() &&
               shape_of(segments_of(other.path), path.size()) == shape_of(path, path.size());
    };
    if (c.method == "POST" && std::ranges::any_of(api_.calls, is_read)) return;
    auto action = planned(c, std::string{is_colon ? verb : path.back().text}, &f);
    if (action) keep(std::move(*action), to);
}

static bool is_ids_name(std::string_view name)
{
    auto const plain = plain_word(name);
    return plain == "ids" || (plain.ends_with("ids") && plain.size() > 3);
}

// Requests for several by their ids: POST /things:batchGet {ids}, DELETE /things?ids=.
void further_planner::add_bulk(family const& f, call const& c, planned_resource& to)
{
    auto const path = segments_of(c.path);
    auto const size = f.prefix.size();
    auto const is_collection = path.size() == size && shape_of(path, size) == f.key;
    auto const is_below = path.size() == size + 1 && shape_of(path, size) == f.key;
    auto const& last = path.empty() ? segment{} : path.back();
    auto const verb = behind_colon(last.text);
    auto whole = path;
    if (!whole.empty() && !verb.empty())
        whole.back().text.resize(last.text.size() - verb.size() - 1);
    auto const is_colon = path.size() == size && !verb.empty() && shape_of(whole, size) == f.key;
    if (path.empty() || last.is_parameter() || (!is_collection && !is_below && !is_colon)) return;
    auto const name = is_colon ? std::string{verb} : is_below ? last.text : "many";
    if (c.body && c.body->form == body_form::json && !c.body->id_lists.empty()) {
        auto r = planned(c, name, &f);
        if (!r) return;
        for (auto const& [at, is_number] : c.body->id_lists) {
            r->body->value[json_value::json_pointer{at}] = json_value::array({id_slot(is_number)});
        }
        if (!r->items) r->items = items_pointer(c.answer, f.name);
        return keep(std::move(*r), to);
    }
    if (c.method == "POST") return;
    auto r = by_ids(f, c, c.method == "DELETE" ? "remove_many" : name);
    if (r) keep(std::move(*r), to);
}

std::optional<planned_request>
further_planner::by_ids(family const& f, call const& c, std::string const& name)
{
    auto const ids = std::ranges::find_if(c.parameters, [](parameter const& p) {
        return p.in == parameter_place::query && is_ids_name(p.name);
    });
    if (ids == c.parameters.end()) return std::nullopt;
    auto known = c;
    std::erase_if(known.parameters, [&](parameter const& p) { return p.name == ids->name; });
    auto r = planned(known, name, &f);
    if (!r) return r;
    r->from = &c;
    r->path += (r->path.find('?') == r->path.npos ? "?" : "&") + url_encode(ids->name) + "={id}";
    if (c.method == "GET") r->items = items_pointer(c.answer, f.name);
    return r;
}

std::optional<planned_request>
further_planner::search_of(call const& c, std::string const& name, bool is_search)
{
    auto const is_term = [&](std::string_view of) {
        return is_search ? is_term_of_search(of) : is_term_name(of);
    };
    static constexpr std::string_view slot = "{object.canary}";
    if (c.method == "GET") {
        auto const term = std::ranges::find_if(c.parameters, [&](parameter const& p) {
            return p.in == parameter_place::query && is_term(p.name);
        });
        if (term == c.parameters.end()) return std::nullopt;
        auto known = c;
        std::erase_if(known.parameters, [&](parameter const& p) { return p.name == term->name; });
        auto out = planned(known, name, nullptr);
        if (!out) return out;
        out->from = &c;
        out->path += out->path.find('?') == out->path.npos ? "?" : "&";
        out->path += url_encode(term->name) + "=" + std::string{slot};
        return out;
    }
    if (c.method != "POST" || !c.body || c.body->form != body_form::json) return std::nullopt;
    // GraphQL: the query is a language of its own.
    if (std::ranges::count(c.body->fields, "variables") != 0) return std::nullopt;
    auto const term = std::ranges::find_if(c.body->fields, is_term);
    if (!is_search || term == c.body->fields.end()) return std::nullopt;
    auto out = planned(c, name, nullptr);
    if (out) out->body->value[*term] = slot;
    return out;
}

void further_planner::add_search(family const& f, call const& c, planned_resource& to)
{
    auto const path = segments_of(c.path);
    auto const size = f.prefix.size();
    auto const is_below = path.size() == size + 1 && shape_of(path, size) == f.key &&
                          !path.back().is_parameter() && is_search_word(path.back().text);
    if (!is_below) return;
    auto r = search_of(c, path.back().text, true);
    if (r) keep(std::move(*r), to);
}

// GET /things?q=, GET /things?ids=: the list itself, with a term or for some.
void further_planner::add_term_of_list(family const& f, planned_resource& to)
{
    if (f.list == nullptr || !to.parent.empty()) return;
    if (auto r = search_of(*f.list, "search", false)) {
        r->items = items_pointer(f.list->answer, f.name);
        keep(std::move(*r), to);
    }
    if (auto r = by_ids(f, *f.list, "by_ids")) keep(std::move(*r), to);
}

// GET /search?q=, POST /search: of everything or of some kinds, which it does not say.
void further_planner::add_common_searches(plan& p)
{
    std::vector<planned_resource*> found;
    for (auto& r : p.resources) {
        if (is_told_of(r) && found.size() < searched_resources_max) found.push_back(&r);
    }
    for (auto const& c : api_.calls) {
        auto const path = segments_of(c.path);
        auto const is_candidate_call = !used_.contains(&c) && !taken_.contains(&c) &&
                                       !path.empty() && is_search_word(path.back().text);
        if (!is_candidate_call) continue;
        auto const r = search_of(c, path.back().text, true);
        for (auto* const to : found) {
            if (!r) continue;
            auto own = *r;
            if (auto const kind = items_named(c.answer, to->name)) own.items = kind;
            keep(std::move(own), *to);
        }
    }
}

// What is ordered, waited for and fetched.
void further_planner::add_job(family const& f, planned_resource& to)
{
    if (f.create == nullptr || f.read == nullptr || !f.read->state) return;
    auto const is_accepted = std::ranges::count(f.create->success, 202) != 0;
    if (!is_accepted && !is_job_word(f.name)) return;
    for (auto& r : to.requests) {
        if (r.role == "read") r.poll = f.read->state;
    }
}

void further_planner::add_webhook(family const& f, planned_resource const& of, plan& p)
{
    auto const followed = std::ranges::find_if(p.resources, is_told_of);
    if (!is_hook_word(f.name) || !of.parent.empty() || followed == p.resources.end()) return;
    auto const create = std::ranges::find(of.requests, "create", &planned_request::role);
    if (create == of.requests.end() || !create->body || !create->blanks.empty()) return;
    planned_webhook hook{of.name, *create, {}, followed->name};
    auto& body = hook.subscribe.body->value;
    std::vector<std::string> urls;
    find_urls(body, "", urls);
    if (urls.empty()) return;
    body[json_value::json_pointer{urls.front()}] = "{sink.url}";
    replace_canaries(body);
    hook.subscribe.role = "subscribe";
    for (auto& [name, where] : hook.subscribe.captures) name = name == "id" ? "hook" : name;
    auto const remove = std::ranges::find(of.requests, "remove", &planned_request::role);
    if (remove != of.requests.end()) {
        hook.remove = *remove;
        hook.remove->path = replace_all(hook.remove->path, "{id}", "{hook}");
    }
    p.webhooks.push_back(std::move(hook));
}

void further_planner::add_streams(plan& p)
{
    auto const followed = std::ranges::find_if(p.resources, is_told_of);
    if (followed == p.resources.end()) return;
    for (auto const& c : api_.calls) {
        if (!c.is_stream || c.method != "GET" || used_.contains(&c)) continue;
        auto const path = segments_of(c.path);
        auto const name = path.empty() ? std::string{"events"} : path.back().text;
        auto r = planned(c, name, nullptr);
        auto const is_known = [&](planned_stream const& s) { return r && s.open.role == r->role; };
        if (!r || std::ranges::any_of(p.streams, is_known)) continue;
        r->items.reset();
        used_.insert(&c);
        p.streams.push_back({std::move(*r), followed->name});
    }
}

} // namespace watertight::draft
