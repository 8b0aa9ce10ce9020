#include "harness/base/text.hpp"
#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"

#include <algorithm>
#include <unordered_map>

namespace watertight::draft {

namespace {

class family_finder {
public:
    explicit family_finder(std::set<call const*> const& taken) : taken_{taken} {}

    void take(call const& c)
    {
        if (taken_.contains(&c)) return;
        auto path = segments_of(c.path);
        std::string_view verb;
        if (path.size() > 1 && !path.back().is_parameter()) verb = verb_of(path.back().text);
        if (!verb.empty()) path.pop_back();
        auto literals = path.size();
        while (literals > 0 && path[literals - 1].is_parameter()) --literals;
        if (literals == 0) return;
        auto& f = at(path, literals);
        auto const is_item = literals < path.size();
        if (is_item && f.ids.empty()) {
            for (auto i = literals; i < path.size(); ++i) f.ids.push_back(path[i].name);
        }
        // Of /repos/{owner} and /repos/{owner}/{repo} the longer one is the object.
        if (is_item && path.size() - literals < f.ids.size()) return put(f, nullptr, c);
        if (is_item && path.size() - literals > f.ids.size()) {
            for (auto* role : {&f.read, &f.update, &f.remove}) {
                if (*role != nullptr) f.others.push_back(std::exchange(*role, nullptr));
            }
            f.ids =
                parameters_in({path.begin() + static_cast<std::ptrdiff_t>(literals), path.end()});
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
            for (auto const* const c : posts_[f.key]) {
                if (c != f.update) f.others.push_back(c);
            }
        }
        return std::move(all_);
    }

private:
    family& at(std::vector<segment> const& path, std::size_t literals)
    {
        auto const key = shape_of(path, literals);
        auto const [found, is_new] = index_.try_emplace(key, all_.size());
        if (is_new) {
            family f;
            f.key = key;
            f.name = path[literals - 1].text;
            f.prefix.assign(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(literals));
            all_.push_back(std::move(f));
        }
        return all_[found->second];
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
        auto const is_odd_patch = c.body && (c.body->type.find("patch+") != std::string::npos);
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

    std::set<call const*> const& taken_;
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

/// GET /pet/findByStatus is the list of /pet where there is no GET /pet.
void find_lists(std::vector<family>& all)
{
    for (auto& f : all) {
        if (f.list != nullptr || f.create == nullptr) continue;
        for (auto& sub : all) {
            auto const is_below = sub.prefix.size() == f.prefix.size() + 1 &&
                                  shape_of(sub.prefix, f.prefix.size()) == f.key;
            auto const lists = is_below && sub.create == nullptr && sub.list != nullptr &&
                               sub.list->answer.is_array();
            if (lists) f.list = std::exchange(sub.list, nullptr);
            if (f.list != nullptr) break;
        }
    }
}

} // namespace

std::vector<family> families_of(description const& api, std::set<call const*> const& taken)
{
    family_finder finder{taken};
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
