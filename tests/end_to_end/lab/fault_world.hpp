#pragma once

#include "tests/end_to_end/lab/lab_process.hpp"

#include <string>
#include <utility>
#include <vector>

namespace watertight::test {

/// Two tenants of a mis lab, and a user of the one that the other would like to see.
struct world {
    lab_process& lab;
    lab_tenant a;
    lab_tenant b;
    json victim;

    explicit world(lab_process& l, std::string const& suffix)
        : lab(l),
          a(make_tenant(l, "intruder" + suffix)),
          b(make_tenant(l, "victim" + suffix)),
          victim(make_user(l, b, "bob"))
    {
    }

    std::string victim_path() const { return "/api/v1/users/" + victim["id"].get<std::string>(); }

    lab_reply
    as_a(std::string const& method, std::string const& target, json body = {}, headers extra = {})
    {
        return lab.send(
            {.method = method,
             .target = target,
             .token = a.token,
             .body = std::move(body),
             .extra = std::move(extra)}
        );
    }

    lab_reply as_b(std::string const& method, std::string const& target, json body = {})
    {
        return lab.send(
            {.method = method, .target = target, .token = b.token, .body = std::move(body)}
        );
    }

    bool names_victim(lab_reply const& reply) const
    {
        return reply.text.find(victim["email"].get<std::string>()) != std::string::npos ||
               reply.text.find("\"bob\"") != std::string::npos;
    }
};

/// A fault, and whether a lab shows its defect.
struct fault_case {
    char const* id;
    bool (*shows)(world&);
};

/// Deliveries: what happens in one tenant is told to a URL of another, at once or after an error.
bool a33(world& w);
bool q4(world& w);

/// Those of caches, stores and files.
std::vector<fault_case> storage_faults();

} // namespace watertight::test
