#include "harness/draft/description.hpp"
#include "harness/draft/shape.hpp"
#include "harness/draft/words.hpp"

#include <algorithm>

namespace watertight::draft {

// Joined schemas of schemas end somewhere, those that contain themselves too.
static constexpr int composition_depth_max = 12;
static constexpr int answer_depth_max = 5;
static constexpr std::size_t answer_values_max = 400;

static bool is_null_schema(references& refs, node const& alternative)
{
    auto const* const s = refs.follow(&alternative);
    return s == nullptr || s->text_of("type") == "null";
}

shape::shape(references& refs, node const* schema)
{
    add(refs, schema, 0);
}

void shape::add(references& refs, node const* schema, int depth)
{
    schema = refs.follow(schema);
    if (schema == nullptr || !schema->is_map() || depth > composition_depth_max) return;
    if (std::ranges::count(parts_, schema) != 0) return;
    parts_.push_back(schema);
    if (auto const* const own = schema->find("properties")) {
        for (auto const& m : own->members) {
            auto const is_it = [&](auto const& p) { return p.first == m.key; };
            if (std::ranges::none_of(properties_, is_it)) properties_.emplace_back(m.key, &m.value);
        }
    }
    if (auto const* const all = schema->find("allOf")) {
        for (auto const& part : all->items) add(refs, &part, depth + 1);
    }
    for (auto const* const key : {"oneOf", "anyOf"}) {
        auto const* const some = schema->find(key);
        if (some == nullptr) continue;
        auto const is_usable = [&](node const& n) { return !is_null_schema(refs, n); };
        auto const first = std::ranges::find_if(some->items, is_usable);
        if (first != some->items.end()) add(refs, &*first, depth + 1);
    }
}

node const* shape::find(std::string_view key) const
{
    for (auto const* const part : parts_) {
        if (auto const* const value = part->find(key)) return value;
    }
    return nullptr;
}

std::string shape::text(std::string_view key) const
{
    auto const* const value = find(key);
    return value != nullptr && value->is_scalar() ? value->text : std::string{};
}

bool shape::flag(std::string_view key) const
{
    return text(key) == "true";
}

double shape::number(std::string_view key, double fallback) const
{
    for (auto const* const part : parts_) {
        if (part->find(key) != nullptr) return part->number_of(key, fallback);
    }
    return fallback;
}

std::string shape::type() const
{
    auto const* const said = find("type");
    if (said != nullptr && said->is_list()) {
        for (auto const& one : said->items) {
            if (one.text != "null") return one.text;
        }
    }
    if (said != nullptr && said->type == node::kind::text) return said->text;
    if (!properties_.empty() || find("additionalProperties") != nullptr) return "object";
    return find("items") != nullptr ? "array" : "string";
}

bool shape::requires_member(std::string_view name) const
{
    return std::ranges::any_of(parts_, [&](node const* part) {
        auto const* const names = part->find("required");
        return names != nullptr && std::ranges::count(names->items, name, &node::text) != 0;
    });
}

namespace {

class answer_writer {
public:
    explicit answer_writer(references& refs) : refs_{refs} {}

    json_value value(node const* from)
    {
        shape const s{refs_, from};
        if (s.is_empty() || ++values_ > answer_values_max) return nullptr;
        // The schema within itself: what it holds has been told.
        if (std::ranges::count(open_, s.identity()) != 0) return nullptr;
        if (open_.size() > answer_depth_max) return nullptr;
        open_.push_back(s.identity());
        auto out = described(s);
        open_.pop_back();
        return out;
    }

private:
    json_value described(shape const& s)
    {
        auto const type = s.type();
        if (type == "array") {
            auto out = json_value::array();
            auto item = value(s.find("items"));
            if (!item.is_null()) out.push_back(std::move(item));
            return out;
        }
        if (type == "object") {
            auto out = json_value::object();
            for (auto const& [name, schema] : s.properties()) out[name] = value(schema);
            if (out.empty() && s.find("example") != nullptr) return json_of(*s.find("example"));
            return out;
        }
        if (type == "boolean") return false;
        if (type == "integer" || type == "number") return 0;
        return "";
    }

    references& refs_;
    std::vector<node const*> open_;
    std::size_t values_ = 0;
};

bool is_end_of_job(std::string_view state)
{
    static constexpr std::string_view words[] = {
        "done",
        "complete",
        "completed",
        "succeeded",
        "success",
        "successful",
        "finished",
        "ready",
        "failed",
        "failure",
        "error",
        "cancelled",
        "canceled",
        "expired"};
    return std::ranges::count(words, plain_word(state)) != 0;
}

std::optional<job_state> state_in(references& refs, shape const& s, std::string const& at)
{
    for (auto const& [name, schema] : s.properties()) {
        auto const plain = plain_word(name);
        if (plain != "status" && plain != "state" && plain != "jobstatus") continue;
        shape const field{refs, schema};
        if (field.type() != "string") continue;
        job_state out{at + "/" + name, {}};
        auto const* const known = field.find("enum");
        auto const states = known == nullptr ? 0 : known->items.size();
        for (std::size_t i = 0; i < states; ++i) {
            if (is_end_of_job(known->items[i].text)) out.ends.push_back(known->items[i].text);
        }
        if (known == nullptr) out.ends = {"done", "completed", "succeeded", "finished", "failed"};
        if (!out.ends.empty()) return out;
    }
    return std::nullopt;
}

} // namespace

std::optional<job_state> state_of_schema(references& refs, node const* schema)
{
    shape const s{refs, schema};
    if (auto here = state_in(refs, s, "")) return here;
    for (auto const& [name, within] : s.properties()) {
        shape const below{refs, within};
        if (below.type() != "object") continue;
        if (auto there = state_in(refs, below, "/" + name)) return there;
        for (auto const& [inner, deep] : below.properties()) {
            shape const field{refs, deep};
            if (field.type() != "object") continue;
            if (auto there = state_in(refs, field, "/" + name + "/" + inner)) return there;
        }
    }
    return std::nullopt;
}

json_value answer_of_schema(references& refs, node const* schema)
{
    return answer_writer{refs}.value(schema);
}

} // namespace watertight::draft
