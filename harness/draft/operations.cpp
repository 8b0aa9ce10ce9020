#include "harness/base/text.hpp"
#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::draft {

namespace {

/// Headers that every client sends by itself, or that log-in gives.
bool is_own_header(std::string_view name)
{
    static constexpr std::string_view own[] = {
        "authorization",
        "accept",
        "content-type",
        "user-agent",
        "cookie",
        "host",
        "connection",
        "content-length",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "accept-language"};
    return std::ranges::count(own, to_lower(name)) != 0;
}

std::string slot(std::string_view name)
{
    return fmt::format("{{{}}}", name);
}

std::string parents(std::size_t levels, std::string_view name)
{
    std::string out;
    for (std::size_t i = 0; i < levels; ++i) out += "parent.";
    return slot(out + std::string{name});
}

std::string member_of_ids(family const& f, std::string const& name)
{
    return !f.ids.empty() && f.ids.back() == name ? "id" : scenario_name(name);
}

/// As answers that describe the object have it.
bool has_number_as_id(family const& f)
{
    auto const parameter = f.ids.empty() ? std::string{"id"} : f.ids.back();
    for (auto const* const c : {f.create, f.read}) {
        if (c == nullptr) continue;
        auto const pointer = id_pointer(c->answer, {parameter, f.name});
        if (pointer.empty()) continue;
        return c->answer[json_value::json_pointer{pointer}].is_number();
    }
    return false;
}

} // namespace

request_planner::request_planner(
    description const& api,
    tenancy const& owner,
    std::vector<family> const& kept,
    std::map<std::string, std::string>& attributes
)
    : api_{api}, owner_{owner}, kept_{kept}, attributes_{attributes}
{
}

family const* request_planner::parent_of(family const& f) const
{
    family const* best = nullptr;
    for (auto const& other : kept_) {
        auto const length = other.prefix.size() + other.ids.size();
        if (&other == &f || length > f.prefix.size() || other.ids.empty()) continue;
        auto path = other.prefix;
        for (auto const& id : other.ids) path.push_back({"{" + id + "}", id});
        if (shape_of(path, length) != shape_of(f.prefix, length)) continue;
        if (best == nullptr || length > best->prefix.size() + best->ids.size()) best = &other;
    }
    return best;
}

// The object's own id, one of those that it lives under, the tenant, or an attribute to fill in.
std::string
request_planner::slot_for(std::vector<segment> const& path, std::size_t index, family const* of)
{
    auto const& name = path[index].name;
    if (owner_.is_named_by(path, index)) return slot("tenant.id");
    std::size_t level = 0;
    for (auto const* f = of; f != nullptr; f = parent_of(*f), ++level) {
        auto const begin = f->prefix.size();
        auto const is_below = shape_of(path, begin) == f->key;
        if (!is_below || index < begin || index >= begin + f->ids.size()) continue;
        return parents(level, member_of_ids(*f, f->ids[index - begin]));
    }
    // POST /user/repos of /repos/{owner}/{repo}: elsewhere, but by the same name.
    if (of != nullptr && std::ranges::count(of->ids, name) != 0 && of->is_adopted) {
        attributes_[scenario_name(name)] = fmt::format("{{{}}} of paths", name);
        return slot("tenant." + scenario_name(name));
    }
    // Below another collection: the first of the tenant's objects there.
    for (auto const& f : kept_) {
        auto const is_above = f.create != nullptr && &f != of && f.ids.size() == 1 &&
                              f.prefix.size() == index && shape_of(path, index) == f.key &&
                              parent_of(f) == nullptr;
        if (is_above) return slot(fmt::format("tenant.{}.id", scenario_name(f.name)));
    }
    attributes_[scenario_name(name)] = fmt::format("{{{}}} in {}", name, shape_of(path, 99));
    return slot("tenant." + scenario_name(name));
}

// "{id}:cancel" behind the collection.
static std::string
with_own_id(std::string text, std::vector<segment> const& path, std::size_t index, family const* of)
{
    if (of == nullptr || of->ids.empty()) return text;
    auto const at = of->prefix.size() + of->ids.size() - 1;
    auto const own = "{" + of->ids.back() + "}:";
    auto const is_own = index == at && shape_of(path, of->prefix.size()) == of->key;
    if (!is_own || !text.starts_with(own)) return text;
    return slot("id") + text.substr(own.size() - 1);
}

std::string request_planner::path_of(call const& c, family const* of)
{
    auto const segments = segments_of(c.path);
    std::string out;
    std::size_t index = 0;
    for (auto const part : split(c.path, '/')) {
        if (part.empty()) continue;
        auto const& s = segments[index];
        auto text = std::string{part};
        if (s.is_parameter()) {
            text = replace_all(text, "{" + s.name + "}", slot_for(segments, index, of));
        } else if (text.find('{') != text.npos) {
            text = with_own_id(text, segments, index, of);
            // "{a}-{b}": each parameter is one to fill in.
            for (auto const& p : c.parameters) {
                auto const name = scenario_name(p.name);
                if (text.find("{" + p.name + "}") == text.npos) continue;
                attributes_[name] = fmt::format("{{{}}} in {}", p.name, c.path);
                text = replace_all(text, "{" + p.name + "}", slot("tenant." + name));
            }
        }
        out += "/" + text;
        ++index;
    }
    if (c.path.ends_with('/') || out.empty()) out += '/';
    return out;
}

void request_planner::add_parameters(planned_request& to, call const& c)
{
    std::string query;
    for (auto const& p : c.parameters) {
        auto const is_channel = [&](tenant_channel const& way) { return way.name == p.name; };
        auto const is_key = [&](security_scheme const& s) { return s.key_name == p.name; };
        if (!p.is_required || std::ranges::any_of(owner_.channels, is_channel)) continue;
        // The session sends them with each request.
        if (std::ranges::any_of(api_.schemes, is_key)) continue;
        if (p.in == parameter_place::query) {
            auto value = url_encode(p.sample);
            if (value.empty()) {
                attributes_[scenario_name(p.name)] = fmt::format("?{} of {}", p.name, c.path);
                value = slot("tenant." + scenario_name(p.name));
            }
            query += (query.empty() ? "?" : "&") + url_encode(p.name) + "=" + value;
        }
        if (p.in == parameter_place::header && !is_own_header(p.name)) {
            auto value = replace_all(p.sample, "{", "{{");
            if (value.empty()) {
                attributes_[scenario_name(p.name)] = fmt::format("the header {}", p.name);
                value = slot("tenant." + scenario_name(p.name));
            }
            to.headers.emplace_back(p.name, value);
        }
    }
    to.path += query;
}

void request_planner::describe_parameters(planned_request& to, call const& c)
{
    static constexpr std::size_t parameters_max = 8;
    for (auto const& p : c.parameters) {
        auto const is_channel = [&](tenant_channel const& way) { return way.name == p.name; };
        auto const is_key = [&](security_scheme const& s) { return s.key_name == p.name; };
        auto const is_usable = p.in == parameter_place::query && !p.is_required &&
                               !p.choices.empty() && to.parameters.size() < parameters_max;
        if (!is_usable || std::ranges::any_of(owner_.channels, is_channel)) continue;
        if (std::ranges::any_of(api_.schemes, is_key)) continue;
        to.parameters.emplace_back(p.name, p.choices);
    }
}

void request_planner::settle_blank(planned_request& to, body_blank const& b, family const* of)
{
    auto& value = to.body->value[json_value::json_pointer{b.at}];
    auto const word = plain_word(b.refers_to);
    auto const names = [&](std::string_view name) {
        return !name.empty() && word.starts_with(plain_word(singular_of(name)));
    };
    if (!b.refers_to.empty() && owner_word_of(b.refers_to).stem == owner_.word &&
        !owner_.word.empty()) {
        value = value.is_number() ? "{tenant.id:number}" : "{tenant.id}";
        return;
    }
    std::size_t level = 1;
    for (auto const* f = of == nullptr ? nullptr : parent_of(*of); f != nullptr;
         f = parent_of(*f), ++level)
    {
        if (!names(f->name)) continue;
        auto const filled = parents(level, "id");
        value = value.is_number() ? filled.substr(0, filled.size() - 1) + ":number}" : filled;
        return;
    }
    // The first of the tenant's objects of that kind, which is made before what refers to it.
    for (auto const& f : kept_) {
        auto const is_made = f.create != nullptr && &f != of && parent_of(f) == nullptr;
        if (!is_made || !names(f.name)) continue;
        auto const name = fmt::format("tenant.{}.id", scenario_name(f.name));
        value = slot(value.is_number() ? name + ":number" : name);
        return;
    }
    to.blanks.push_back(fmt::format("body{}: {}", b.at, b.what));
}

// RFC 6902: the text in which the creation has a canary is replaced by another one.
static json_value replacement_in(json_value const& created)
{
    auto out = json_value::array();
    for (auto const& [name, value] : created.items()) {
        if (value != "{canary}") continue;
        auto const at = "/" + replace_all(replace_all(name, "~", "~0"), "/", "~1");
        out.push_back({{"op", "replace"}, {"path", at}, {"value", "{canary}"}});
        break;
    }
    return out;
}

// POST /api/thing.get {id}: the body says which one is meant.
static void add_own_id(drafted_body& to, std::string_view role, family const* of)
{
    auto const means_one = role == "read" || role == "update" || role == "remove";
    if (!means_one || of == nullptr || !to.value.is_object()) return;
    auto const thing = plain_word(singular_of(of->name));
    for (auto& [name, value] : to.value.items()) {
        auto const plain = plain_word(name);
        if (plain != "id" && plain != "uuid" && plain != thing + "id") continue;
        value = value.is_number() || has_number_as_id(*of) ? "{id:number}" : "{id}";
        std::erase_if(to.blanks, [&](body_blank const& b) { return b.at == "/" + name; });
    }
}

void request_planner::add_body(planned_request& to, call const& c, family const* of)
{
    to.body = c.body;
    if (!to.body) return;
    // A change that nobody describes takes what the creation takes.
    auto const* const made = of == nullptr ? nullptr : of->create;
    auto const is_untold = to.role == "update" && to.body->form == body_form::json &&
                           !to.body->value.is_object() && made != nullptr && made->body &&
                           made->body->value.is_object();
    auto const is_patch = to.body->type.find("json-patch") != std::string::npos;
    if (is_untold && is_patch) {
        to.body->value = replacement_in(made->body->value);
        to.body->has_canary = !to.body->value.empty();
    } else if (is_untold) {
        auto type = to.body->type;
        to.body = made->body;
        to.body->type = std::move(type);
        to.blanks.emplace_back("the document does not describe its body: here as for the creation");
    }
    auto const is_item = of != nullptr && c.path.find('{') != c.path.npos;
    add_own_id(*to.body, to.role, is_item ? nullptr : of);
    auto const blanks = to.body->blanks;
    for (auto const& b : blanks) settle_blank(to, b, of);
    // PUT on the collection carries its object's id.
    if (to.role == "update" && !is_item && to.body->value.is_object()) {
        auto& value = to.body->value;
        auto const is_number = (value.contains("id") && value["id"].is_number()) ||
                               (of != nullptr && has_number_as_id(*of));
        value["id"] = is_number ? "{id:number}" : "{id}";
    }
    auto const writes = to.role == "create" || to.role == "update";
    if (writes && !to.body->has_canary) {
        to.blanks.emplace_back("put {canary} into a field of free text, if there is one");
    }
}

/// The last part of an address, which is the id of what stands there.
static json_value end_of(json_value place)
{
    place["regex"] = "([^/?#]+)/?(?:[?#].*)?$";
    return place;
}

/// Where an answer holds the address of its own object; empty: it holds none.
static std::string own_address(call const& c)
{
    auto const written = [&](std::string_view name) {
        return c.body && std::ranges::count(c.body->fields, name) != 0;
    };
    std::vector<std::string> names{"self", "href", "resourceuri"};
    // Whoever sends a URL has one as data.
    if (!written("url")) names.emplace_back("url");
    if (!written("uri")) names.emplace_back("uri");
    return pointer_to(c.answer, names);
}

void request_planner::add_id(planned_request& to, id_question const& asked, family const& of)
{
    auto const& c = *to.from;
    auto const id = id_pointer(c.answer, asked);
    auto const address = own_address(c);
    if (!id.empty()) {
        to.captures.emplace_back("id", id);
    } else if (c.tells_location) {
        to.captures.emplace_back("id", end_of({{"header", "Location"}}));
    } else if (!address.empty()) {
        to.captures.emplace_back("id", end_of({{"json", address}}));
    } else if (c.answer.is_null()) {
        // What a run finds by itself without a capture.
        to.blanks.emplace_back("capture: {id: ...}, unless the answer holds it as id or in Location"
        );
    } else {
        // As the object looks when it is read, though the answer may be another.
        auto const seen = of.read != nullptr ? id_pointer(of.read->answer, asked) : std::string{};
        to.captures.emplace_back("id", seen.empty() ? "/id" : seen);
        to.blanks.emplace_back("where the answer holds the id: a JSON pointer");
    }
}

planned_request request_planner::plan(call const& c, std::string role, family const* of)
{
    planned_request out;
    out.role = std::move(role);
    out.from = &c;
    out.path = path_of(c, of);
    add_parameters(out, c);
    add_body(out, c, of);
    auto const& collection = of == nullptr ? out.role : of->name;
    if (out.role == "list" || of == nullptr) out.items = items_pointer(c.answer, collection);
    if (out.role == "list" || out.role == "read") describe_parameters(out, c);
    if (out.role != "create" || of == nullptr) return out;
    auto const parameter = of->ids.empty() ? std::string{"id"} : of->ids.back();
    add_id(out, {parameter, of->name}, *of);
    for (std::size_t i = 0; i + 1 < of->ids.size(); ++i) {
        auto path = of->prefix;
        for (auto const& id : of->ids) path.push_back({"{" + id + "}", id});
        if (owner_.is_named_by(path, of->prefix.size() + i)) continue;
        auto where = id_pointer(c.answer, {of->ids[i], of->name});
        if (where.empty()) {
            where = "/" + of->ids[i];
            out.blanks.push_back(fmt::format("where the answer holds {}", of->ids[i]));
        }
        out.captures.emplace_back(scenario_name(of->ids[i]), where);
    }
    return out;
}

} // namespace watertight::draft
