#include "harness/draft/further.hpp"
#include "harness/draft/words.hpp"

#include <algorithm>

namespace watertight::draft {

// What names of tenant and user have filled is no blank any more.
static void forget_filled(planned_request& r)
{
    for (auto const& b : r.from->body->blanks) {
        auto const& value = r.body->value[json_value::json_pointer{b.at}];
        auto const is_filled = value.is_string() && value.get<std::string>().starts_with('{');
        std::erase_if(r.blanks, [&](std::string const& told) {
            return is_filled && told.starts_with("body" + b.at + ":");
        });
    }
}

// DELETE /organization: whoever signed up takes the tenant away again.
static void find_removal(plan& p, std::set<call const*>& used)
{
    std::vector<family> const none;
    for (auto const& c : p.api->calls) {
        auto const path = segments_of(c.path);
        // Where requests do not name the tenant, or by the host alone, nobody says what it is
        // called.
        auto const word = path.empty() ? owner_word{} : owner_word_of(path.back().text);
        auto const is_called_so = p.owner.word.empty() || p.owner.word == "subdomain"
                                      ? word.weight >= 1.5 || word.stem == "account"
                                      : word.stem == p.owner.word;
        auto const is_owners =
            c.method == "DELETE" && !path.empty() && parameters_in(path).empty() && is_called_so;
        if (!is_owners) continue;
        request_planner requests{*p.api, p.owner, none, p.attributes};
        p.tenant_remove = requests.plan(c, "remove", nullptr);
        used.insert(&c);
        return;
    }
}

// Where the answer to a sign-up, or to the log-in after it, tells the tenant's id.
static void capture_tenant(plan& p)
{
    auto& login = *p.session.login;
    auto const in_sign_up = owner_pointer(p.user_create->from->answer, p.owner.word);
    auto const in_login = owner_pointer(login.from->answer, p.owner.word);
    if (!in_sign_up.empty()) {
        p.user_create->captures.emplace_back("tenant.id", in_sign_up);
    } else if (!in_login.empty()) {
        login.captures.emplace_back("tenant.id", in_login);
    }
}

void complete_sign_up(plan& p, std::set<call const*>& used)
{
    forget_filled(*p.user_create);
    find_removal(p, used);
    capture_tenant(p);
}

} // namespace watertight::draft
