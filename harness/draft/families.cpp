#include "harness/base/text.hpp"
#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"

#include <algorithm>
#include <unordered_map>

namespace watertight::draft {

namespace {

class family_finder {
public:
    family_finder(description const& api, tenancy const& owner, std::set<call const*> const& taken)
        : owner_{owner}, taken_{taken}
    {
        for (auto const& c : api.calls) {
            auto const path = segments_of(c.path);
            auto const literals = literals_in(path);
            auto const is_within = literals + 1 < path.size() && owner.is_named_by(path, literals);
            if (is_within) within_.insert(shape_of(path, literals + 1));
        }
        for (auto const& c : api.calls) {
            auto const path = segments_of(c.path);
            auto const literals = collection_in(path);
            if (c.method != "POST") ++uses_[shape_of(path, literals)][path.size() - literals];
        }
    }

    void take(call const& c)
    {
        if (taken_.contains(&c)) return;
        auto path = segments_of(c.path);
        std::string_view verb;
        auto const ends_in_word = !path.empty() && !path.back().is_parameter();
        if (path.size() > 1 && ends_in_word) verb = verb_of(path.back().text);
        if (!verb.empty()) path.pop_back();
        if (std::string const called{ends_in_word ? object_called(path.back().text) : ""};
            !called.empty()) {
            verb = verb_of(path.back().text.substr(called.size() + 1));
            path.back().text = called;
        }
        auto const literals = collection_in(path);
        if (literals == 0) return;
        auto& f = at(path, literals);
        auto const is_item = literals < path.size();
        // /cards/{id}/{field} is no object beside /cards/{id}.
        auto const is_other = is_item && path.size() - literals != ids_of(f.key);
        if (is_other) return put(f, nullptr, c);
        if (is_item && f.ids.empty()) {
            for (auto i = literals; i < path.size(); ++i) f.ids.push_back(path[i].name);
        }
        if (!verb.empty()) return by_verb(f, verb, c);
        is_item ? item(f, c) : collection(f, c);
    }

    std::vector<family> finish()
    {
        for (auto& f : all_) {
            // POST on an object is its update only where nothing else is.
            auto const is_post = [](call const* c) { return c->method == "POST"; };
            if (f.update == nullptr && f.create != nullptr) {
                auto const found = std::ranges::find_if(posts_[f.key], is_post);
                if (found != posts_[f.key].end()) f.update = *found;
            }
            // A list of changes is one where nothing describes it as a whole.
            auto const is_patch = [](call const* c) {
                return c->method == "PATCH" && c->body && c->path.ends_with('}') &&
                       c->body->type.find("json-patch") != std::string::npos;
            };
            auto const patch = std::ranges::find_if(f.others, is_patch);
            if (f.update == nullptr && f.create != nullptr && patch != f.others.end()) {
                f.update = *patch;
                f.others.erase(patch);
            }
            for (auto const* const c : posts_[f.key]) {
                if (c != f.update) f.others.push_back(c);
            }
        }
        name_siblings();
        return std::move(all_);
    }

private:
    /// How many segments there are up to and with the last literal.
    static std::size_t literals_in(std::vector<segment> const& path)
    {
        auto out = path.size();
        while (out > 0 && path[out - 1].is_parameter()) --out;
        return out;
    }

    /// The same with the tenant where it is part of the collection: /jobs/{namespace} holds the
    /// objects of which /jobs/{namespace}/{name} is one.
    std::size_t collection_in(std::vector<segment> const& path) const
    {
        auto const out = literals_in(path);
        if (out == 0 || out == path.size() || !owner_.is_named_by(path, out)) return out;
        return within_.contains(shape_of(path, out + 1)) ? out + 1 : out;
    }

    /// How many parameters identify an object behind these literals: those of most of the requests;
    /// of /repos/{owner} and /repos/{owner}/{repo} with one each the latter's.
    std::size_t ids_of(std::string const& key)
    {
        std::size_t best = 0;
        std::size_t most = 0;
        for (auto const& [count, uses] : uses_[key]) {
            if (count == 0 || uses < most) continue;
            best = count;
            most = uses;
        }
        return best == 0 ? 1 : best;
    }

    family& at(std::vector<segment> const& path, std::size_t literals)
    {
        auto const key = shape_of(path, literals);
        auto const [found, is_new] = index_.try_emplace(key, all_.size());
        if (is_new) {
            family f;
            f.key = key;
            auto const is_shifted = path[literals - 1].is_parameter();
            f.name = path[literals - (is_shifted ? 2 : 1)].text;
            f.prefix.assign(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(literals));
            all_.push_back(std::move(f));
        }
        return all_[found->second];
    }

    /// /collections/users/records and /collections/notes/records: what they hold stands before.
    void name_siblings()
    {
        std::map<std::string, std::vector<family*>> alike;
        for (auto& f : all_) {
            auto const size = f.prefix.size();
            if (size < 2 || f.prefix[size - 1].is_parameter()) continue;
            if (f.prefix[size - 2].is_parameter() || !f.is_usable()) continue;
            alike[shape_of(f.prefix, size - 2) + "/*/" + f.name].push_back(&f);
        }
        for (auto const& [key, siblings] : alike) {
            auto const is_taken = std::ranges::any_of(siblings, [&](family const* s) {
                return std::ranges::count(
                           all_, s->prefix[s->prefix.size() - 2].text, &family::name
                       ) != 0;
            });
            if (siblings.size() < 2 || is_taken) continue;
            for (auto* const f : siblings) f->name = f->prefix[f->prefix.size() - 2].text;
        }
    }

    static void put(family& f, call const** role, call const& c)
    {
        if (role == nullptr || *role != nullptr)
            f.others.push_back(&c);
        else
            *role = &c;
    }

    static void by_verb(family& f, std::string_view verb, call const& c)
    {
        if (verb == "create") return put(f, &f.create, c);
        if (verb == "list") return put(f, &f.list, c);
        if (verb == "read") return put(f, &f.read, c);
        if (verb == "update") return put(f, &f.update, c);
        put(f, &f.remove, c);
    }

    static void collection(family& f, call const& c)
    {
        if (c.method == "POST") return put(f, &f.create, c);
        if (c.method == "GET") return put(f, &f.list, c);
        // PUT /pet with the id in its body.
        auto const has_body = c.method == "PUT" && c.body;
        put(f, has_body ? &f.update : nullptr, c);
    }

    void item(family& f, call const& c)
    {
        if (c.method == "GET") return put(f, &f.read, c);
        if (c.method == "DELETE") return put(f, &f.remove, c);
        if (c.method == "POST") {
            posts_[f.key].push_back(&c);
            return;
        }
        // A list of changes; a merge patch is written like the object.
        auto const is_odd_patch = c.body && c.body->type.find("patch+") != std::string::npos &&
                                  c.body->type.find("merge-patch") == std::string::npos;
        auto const is_update = c.method == "PUT" || (c.method == "PATCH" && !is_odd_patch);
        if (!is_update) return put(f, nullptr, c);
        // A part is easier to write than a whole; PUT on the collection may change all of it.
        auto const is_of_all =
            f.update != nullptr && segments_of(f.update->path).size() < segments_of(c.path).size();
        if (f.update != nullptr && (c.method == "PATCH" || is_of_all)) {
            f.others.push_back(std::exchange(f.update, nullptr));
        }
        put(f, &f.update, c);
    }

    tenancy const& owner_;
    std::set<call const*> const& taken_;
    /// Shapes of collections that end with the tenant.
    std::set<std::string> within_;
    /// By the shape of the literals: how many requests have so many parameters behind them.
    std::map<std::string, std::map<std::size_t, std::size_t>> uses_;
    std::vector<family> all_;
    std::unordered_map<std::string, std::size_t> index_;
    std::unordered_map<std::string, std::vector<call const*>> posts_;
};

bool is_alike(std::string_view a, std::string_view b)
{
    return plain_word(singular_of(a)) == plain_word(singular_of(b));
}

/// Of the creations of the same word the one with the fewest unknown parameters.
family* donor_for(family const& f, std::vector<family>& all)
{
    family* best = nullptr;
    for (auto& other : all) {
        auto const is_donor = &other != &f && other.create != nullptr && other.read == nullptr &&
                              is_alike(other.name, f.name);
        if (!is_donor) continue;
        auto const rank = [](family const& x) {
            return std::pair{parameters_in(x.prefix).size(), x.prefix.size()};
        };
        if (best == nullptr || rank(other) < rank(*best)) best = &other;
    }
    return best;
}

/// GET /accounts?externalKey= that answers with one account is no list.
bool is_look_up(call const& c, std::string const& collection)
{
    auto const needs_key = std::ranges::any_of(c.parameters, [](parameter const& p) {
        return p.in == parameter_place::query && p.is_required && p.sample.empty();
    });
    return c.answer.is_object() && !c.answer.empty() && !items_pointer(c.answer, collection) &&
           (needs_key || !id_pointer(c.answer, {"id", collection}).empty());
}

/// GET /pet/findByStatus is the list of /pet where there is no GET /pet, or that looks one up.
void find_lists(std::vector<family>& all)
{
    for (auto& f : all) {
        auto const has_look_up = f.list != nullptr && is_look_up(*f.list, f.name);
        if ((f.list != nullptr && !has_look_up) || f.create == nullptr) continue;
        for (auto& sub : all) {
            auto const is_below = sub.prefix.size() == f.prefix.size() + 1 &&
                                  shape_of(sub.prefix, f.prefix.size()) == f.key;
            auto const lists = is_below && sub.create == nullptr && sub.list != nullptr &&
                               sub.list->answer.is_array();
            if (!lists) continue;
            if (has_look_up) f.others.push_back(f.list);
            f.list = std::exchange(sub.list, nullptr);
            break;
        }
    }
}

} // namespace

std::vector<family>
families_of(description const& api, tenancy const& owner, std::set<call const*> const& taken)
{
    family_finder finder{api, owner, taken};
    for (auto const& c : api.calls) finder.take(c);
    auto out = finder.finish();
    find_lists(out);
    for (auto& f : out) {
        if (f.create != nullptr || f.read == nullptr) continue;
        auto* const donor = donor_for(f, out);
        if (donor == nullptr) continue;
        f.create = std::exchange(donor->create, nullptr);
        if (f.list == nullptr) f.list = std::exchange(donor->list, nullptr);
        f.is_adopted = true;
    }
    return out;
}

} // namespace watertight::draft
