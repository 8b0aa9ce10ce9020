#include "harness/base/text.hpp"
#include "harness/draft/further.hpp"
#include "harness/draft/plan.hpp"
#include "harness/draft/words.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

namespace watertight::draft {

std::size_t planned_resource::blanks() const
{
    std::size_t out = 0;
    for (auto const& r : requests) out += r.blanks.size();
    for (auto const& r : others) out += r.blanks.size();
    return out;
}

bool planned_resource::is_whole() const
{
    return requests.size() == 5;
}

namespace {

constexpr std::size_t operations_max = 12;
constexpr std::size_t others_max = 4;

bool is_sign_up(call const& c)
{
    auto const path = segments_of(c.path);
    if (c.method != "POST" || !c.body || path.empty()) return false;
    auto const last = plain_word(path.back().text);
    auto const has_password = std::ranges::any_of(c.body->fields, is_secret_field);
    return has_password && (last == "register" || last == "signup" || last == "registration");
}

bool is_chosen(call const& c, std::vector<std::string> const& patterns)
{
    return patterns.empty() || std::ranges::any_of(patterns, [&](std::string const& p) {
               return ::fnmatch(p.c_str(), c.path.c_str(), 0) == 0;
           });
}

/// Answers that go on until somebody hangs up: `streams` are for those.
bool is_endless(call const& c)
{
    auto const path = segments_of(c.path);
    auto const is_named_so = [](segment const& s) {
        static constexpr std::string_view words[] = {"stream", "watch", "sse", "ws", "websocket"};
        return !s.is_parameter() && std::ranges::count(words, plain_word(s.text)) != 0;
    };
    return c.is_stream || (c.method == "GET" && std::ranges::any_of(path, is_named_so));
}

/// One plan while it is made.
class planner {
public:
    planner(description const& api, plan_options const& o) : api_{api}, options_{o}
    {
        out_.api = &api;
        out_.owner = find_owner(api);
        for (auto const& c : api.calls) {
            if (!is_chosen(c, o.paths) || is_endless(c)) taken_.insert(&c);
        }
        out_.session = plan_session(api, taken_);
    }

    plan make()
    {
        auto all = families_of(api_, out_.owner, taken_);
        take_tenants(all);
        choose(all);
        for (auto const& f : kept_) out_.resources.push_back(resource(f));
        further_planner{api_, out_.owner, kept_, used_, taken_}.add_to(out_);
        add_operations();
        for (auto const& c : api_.calls) {
            auto const is_login = out_.session.login && out_.session.login->from == &c;
            if (!used_.contains(&c) && !is_login) {
                out_.left_out.push_back(c.method + " " + c.path);
            }
        }
        return std::move(out_);
    }

private:
    /// The family whose objects are the tenants themselves.
    bool is_of_tenants(family const& f) const
    {
        auto path = f.prefix;
        for (auto const& id : f.ids) path.push_back({"{" + id + "}", id});
        if (!f.ids.empty() && out_.owner.is_named_by(path, path.size() - 1)) return true;
        auto const w = owner_word_of(f.name);
        return !out_.owner.word.empty() && w.stem == out_.owner.word && w.weight >= 6;
    }

    /// Tenants are made by the API where it can be told how, users included; else they exist.
    void take_tenants(std::vector<family>& all)
    {
        for (auto& f : all) {
            if (f.create == nullptr || !is_of_tenants(f)) continue;
            if (!parameters_in(f.prefix).empty()) continue;
            auto const makes_user = makes_users(*f.create);
            auto* const users = makes_user ? nullptr : user_creation(all);
            if (out_.session.login && (makes_user || users != nullptr)) {
                by_request(f, users);
                break;
            }
        }
        for (auto const& c : api_.calls) {
            if (out_.origin != origin_kind::file || !out_.session.login || !is_sign_up(c)) continue;
            request_planner requests{api_, out_.owner, kept_, out_.attributes};
            out_.user_create = requests.plan(c, "sign_up", nullptr);
            out_.user_create->as = "anonymous";
            out_.origin = origin_kind::sign_up;
            fill_tenant(*out_.user_create);
            fill_user(*out_.user_create);
            use(c);
            complete_sign_up(out_, used_);
        }
        std::erase_if(all, [&](family const& f) { return is_of_tenants(f) && f.list != nullptr; });
    }

    static bool makes_users(call const& c)
    {
        if (!c.body) return false;
        auto const has_secret = [](std::string const& s) {
            return plain_word(s).find("password") != std::string::npos;
        };
        return std::ranges::any_of(c.body->secrets, has_secret);
    }

    static call const* user_creation(std::vector<family> const& all)
    {
        for (auto const& f : all) {
            auto const name = plain_word(singular_of(f.name));
            auto const is_user = name == "user" || name == "member" || name == "account";
            if (is_user && f.create != nullptr && makes_users(*f.create)) return f.create;
        }
        return nullptr;
    }

    void by_request(family const& f, call const* users)
    {
        request_planner requests{api_, out_.owner, kept_, out_.attributes};
        auto create = requests.plan(*f.create, "create", &f);
        create.as = "admin";
        create.blanks.clear();
        if (create.body) {
            for (auto const& b : create.body->blanks) {
                create.blanks.push_back(fmt::format("body{}: {}", b.at, b.what));
            }
        }
        // First all of it is the tenant's, then what is its user's.
        fill_tenant(create);
        if (users == nullptr) fill_user(create);
        out_.tenant_create = std::move(create);
        use(*f.create);
        if (f.remove != nullptr) {
            out_.tenant_remove = requests.plan(*f.remove, "remove", nullptr);
            out_.tenant_remove->path = tenant_path(*f.remove);
            out_.tenant_remove->as = "admin";
            use(*f.remove);
        }
        if (users != nullptr) {
            out_.user_create = requests.plan(*users, "create", nullptr);
            out_.user_create->as = "admin";
            fill_user(*out_.user_create);
            use(*users);
        }
        out_.origin = origin_kind::request;
    }

    static std::string tenant_path(call const& c)
    {
        auto const open = c.path.rfind('{');
        auto const close = c.path.rfind('}');
        return c.path.substr(0, open) + "{tenant.id}" + c.path.substr(close + 1);
    }

    /// Where a canary stood, the tenant's own names do.
    void fill_tenant(planned_request& r)
    {
        replace_texts(r.body->value, [](std::string_view name, std::string const& text) {
            auto const plain = plain_word(name);
            auto const is_slug = plain.find("slug") != plain.npos || plain == "subdomain" ||
                                 plain == "key" || plain == "code" || plain == "handle";
            auto const is_name = owner_word_of(name).weight >= 2 && plain.ends_with("name");
            if (text.starts_with("{user.")) return text;
            auto const is_what_signs_up =
                text.empty() && owner_word_of(name).weight >= 1.5 && !plain.ends_with("id");
            if (is_slug || is_name || is_what_signs_up) return std::string{"{tenant.slug}"};
            auto out = replace_all(text, "{canary}", "{tenant.slug}");
            return replace_all(out, "{serial}", "{tenant.index}");
        });
    }

    /// Fields that say who it is become attributes that log-in finds again.
    void fill_user(planned_request& r)
    {
        auto const attributes = out_.session.attributes;
        replace_texts(r.body->value, [&](std::string_view name, std::string const& text) {
            auto const plain = plain_word(name);
            if (plain.find("password") != plain.npos) return std::string{"{user.password}"};
            if (plain.ends_with("email")) return std::string{"{user.email}"};
            if (plain == "username" || plain == "login")
                return "{user." + scenario_name(name) + "}";
            if (plain == "role") return text;
            return replace_all(replace_all(text, "{canary}", "{user.role}"), "{serial}", "1");
        });
        auto const& fields = r.body->fields;
        for (auto const& [name, what] : attributes) {
            auto const is_field = std::ranges::count(fields, name) != 0;
            if (is_field && name != "password") r.body->value[name] = "{user." + name + "}";
        }
        std::erase_if(r.blanks, [](std::string const& b) { return b.starts_with("put {canary}"); });
        auto const id = pointer_to(r.from->answer, {"id", "uuid", "userid"});
        if (r.captures.empty() && !id.empty()) r.captures.emplace_back("id", id);
    }

    template <class F>
    static void replace_texts(json_value& value, F change, std::string_view name = {})
    {
        if (value.is_object()) {
            for (auto& [key, member] : value.items()) replace_texts(member, change, key);
        } else if (value.is_array()) {
            for (auto& item : value) replace_texts(item, change, name);
        } else if (value.is_string()) {
            value = change(name, value.get<std::string>());
        }
    }

    /// Whole chains first, then those that name the tenant, then those with the least to fill in.
    double worth_of(family const& f) const
    {
        double out = 0;
        for (auto const* const c : {f.list, f.read, f.update, f.remove})
            out += c != nullptr ? 3 : 0;
        for (std::size_t i = 0; i < f.prefix.size(); ++i) {
            if (!f.prefix[i].is_parameter()) continue;
            out += out_.owner.is_named_by(f.prefix, i) ? 4 : -1;
        }
        auto const id = f.ids.empty() ? std::string{"id"} : f.ids.back();
        if (!id_pointer(f.create->answer, {id, f.name}).empty()) out += 2;
        if (f.create->body && f.create->body->has_canary) out += 3;
        if (f.create->body) out -= static_cast<double>(f.create->body->blanks.size());
        if (f.is_adopted) out -= 1;
        return out;
    }

    void choose(std::vector<family>& all)
    {
        std::erase_if(all, [](family const& f) { return !f.is_usable(); });
        std::ranges::stable_sort(all, std::ranges::greater{}, [&](family const& f) {
            return worth_of(f);
        });
        if (all.size() > options_.resources_max) all.resize(options_.resources_max);
        // Parents before what lives under them.
        std::ranges::stable_sort(all, {}, [](family const& f) { return f.prefix.size(); });
        kept_ = std::move(all);
    }

    std::string unique_name(family const& f)
    {
        auto name = scenario_name(f.name);
        for (auto i = f.prefix.size() - 1; i > 0 && names_.contains(name); --i) {
            auto const& s = f.prefix[i - 1];
            if (!s.is_parameter()) name = scenario_name(s.text) + "_" + name;
        }
        auto const base = name;
        for (int n = 2; names_.contains(name); ++n) name = fmt::format("{}_{}", base, n);
        names_[name] = f.key;
        return name;
    }

    std::string name_of(family const* f) const
    {
        if (f == nullptr) return {};
        auto const found =
            std::ranges::find_if(names_, [&](auto const& n) { return n.second == f->key; });
        return found == names_.end() ? std::string{} : found->first;
    }

    planned_resource resource(family const& f)
    {
        request_planner requests{api_, out_.owner, kept_, out_.attributes};
        planned_resource out;
        out.name = unique_name(f);
        out.parent = name_of(requests.parent_of(f));
        std::pair<call const*, char const*> const roles[] = {
            {f.create, "create"},
            {f.read, "read"},
            {f.list, "list"},
            {f.update, "update"},
            {f.remove, "remove"}};
        for (auto const& [c, role] : roles) {
            if (c == nullptr) continue;
            out.requests.push_back(requests.plan(*c, role, &f));
            use(*c);
        }
        add_others(out, f);
        add_forms(out, f);
        return out;
    }

    /// GET /projects/{id}/history and the like: what shows more of one object.
    void add_others(planned_resource& to, family const& f)
    {
        for (auto const& c : api_.calls) {
            if (to.others.size() >= others_max) return;
            std::map<std::string, std::string> unknown;
            request_planner requests{api_, out_.owner, kept_, unknown};
            auto const path = segments_of(c.path);
            auto const begin = f.prefix.size() + f.ids.size();
            auto const is_of_it = c.method == "GET" && path.size() == begin + 1 &&
                                  !path.back().is_parameter() && !f.ids.empty() &&
                                  path[begin - 1].is_parameter() &&
                                  shape_of(path, f.prefix.size()) == f.key;
            if (!is_of_it || used_.contains(&c) || taken_.contains(&c) || is_listed(c)) continue;
            auto planned = requests.plan(c, scenario_name(path.back().text), &f);
            if (!unknown.empty()) continue;
            use(c);
            to.others.push_back(std::move(planned));
        }
    }

    /// GET /invoices/{id}.xml beside /invoices/{id}: the same object in another form.
    void add_forms(planned_resource& to, family const& f)
    {
        for (auto const* const c : f.others) {
            auto const dot = c->path.rfind("}.");
            auto const is_form =
                c->method == "GET" && dot != c->path.npos && c->path.find('/', dot) == c->path.npos;
            if (!is_form || f.read == nullptr || used_.contains(c) || taken_.contains(c)) continue;
            std::map<std::string, std::string> unknown;
            request_planner requests{api_, out_.owner, kept_, unknown};
            auto planned = requests.plan(*c, scenario_name(c->path.substr(dot + 2)), &f);
            if (!unknown.empty()) continue;
            use(*c);
            to.others.push_back(std::move(planned));
        }
    }

    bool is_listed(call const& c) const
    {
        return std::ranges::any_of(kept_, [&](family const& f) {
            return f.list == &c || f.read == &c;
        });
    }

    /// Reads that need no object: the tenant's settings, usage, members.
    void add_operations()
    {
        std::set<std::string> names;
        for (auto const& c : api_.calls) {
            if (out_.operations.size() >= operations_max) return;
            if (c.method != "GET" || used_.contains(&c) || taken_.contains(&c)) continue;
            std::map<std::string, std::string> unknown;
            request_planner requests{api_, out_.owner, kept_, unknown};
            auto planned = requests.plan(c, "", nullptr);
            auto const is_odd = c.path.find_first_of(":;@") != c.path.npos;
            if (!unknown.empty() || is_odd || c.is_anonymous) continue;
            auto const path = segments_of(c.path);
            if (path.empty()) continue;
            // Of unknown shape, it may be a list or go on until somebody hangs up.
            if (plain_word(path.back().text) == "events" && c.answer.is_null()) continue;
            auto name = scenario_name(path.back().is_parameter() ? "tenant" : path.back().text);
            auto const taken = [&] { return names.contains(name) || names_.contains(name); };
            if (taken()) name = scenario_name(c.id.empty() ? c.path : c.id);
            if (taken()) continue;
            names.insert(name);
            planned.role = name;
            use(c);
            out_.operations.push_back(std::move(planned));
        }
    }

    void use(call const& c) { used_.insert(&c); }

    description const& api_;
    plan_options const& options_;
    plan out_;
    std::set<call const*> taken_;
    std::set<call const*> used_;
    std::vector<family> kept_;
    /// Resource to the key of its family.
    std::map<std::string, std::string> names_;
};

} // namespace

plan make_plan(description const& api, plan_options const& o)
{
    return planner{api, o}.make();
}

} // namespace watertight::draft
