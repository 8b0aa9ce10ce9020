#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

namespace watertight::lab::zoptal {

// No token lives longer than this.
static constexpr std::uint32_t session_max_s = 14'400;

static std::string email_in(json const& body)
{
    auto email = to_lower(required_text(body, "email"));
    if (email.find('@') == std::string::npos) {
        throw refusal{400, "VALIDATION", "email is no e-mail address"};
    }
    return email;
}

static void check_password(std::string const& password)
{
    if (password.size() >= 10) return;
    throw refusal{422, "PASSWORD_POLICY", "a password has ten characters at least"};
}

static std::string role_in(json const& body)
{
    auto role = text_member(body, "role", 16).value_or("user");
    if (role != "admin" && role != "user") {
        throw refusal{400, "VALIDATION", "role is admin or user"};
    }
    return role;
}

static refusal email_taken()
{
    return {409, "EMAIL_TAKEN", "a user with this e-mail address exists"};
}

static mongo_document new_user(json const& body)
{
    mongo_document out;
    out["name"] = required_text(body, "name");
    out["email"] = email_in(body);
    out["role"] = role_in(body);
    if (auto const bio = text_member(body, "bio", 100'000)) out["bio"] = *bio;
    if (auto const password = text_member(body, "password", 1024)) {
        check_password(*password);
        out["passwordHash"] = hash_password(*password);
    }
    return out;
}

static asio::awaitable<response> list_users(call& c)
{
    co_return co_await list_records(c, "users");
}

static asio::awaitable<response> create_user(call& c)
{
    auto fields = new_user(read_object(c.in));
    if (!c.is_admin() && fields["role"] != "user") {
        throw refusal{403, "FORBIDDEN", "only an administrator makes administrators"};
    }
    co_await take_of_plan(c, "users", c.on->on_plan->users_max);
    mongo_document made;
    bool is_taken = false;
    try {
        made = co_await create_record(c, "users", std::move(fields));
    } catch (store_error const& e) {
        if (e.detail != duplicate_key) throw;
        is_taken = true;
    }
    if (is_taken) {
        co_await give_back(c, "users");
        throw email_taken();
    }
    co_return json_response(201, shown(made));
}

static asio::awaitable<response> get_user(call& c)
{
    auto id = c.id_parameter("id");
    auto const found = co_await read_record(c, "users", std::move(id));
    co_return json_response(200, shown(found));
}

static asio::awaitable<response> change_user(call& c)
{
    auto const id = c.id_parameter("id");
    auto const body = read_object(c.in);
    mongo_document fields = mongo_document::object();
    if (auto const name = text_member(body, "name", 255); name && !name->empty()) {
        fields["name"] = *name;
    }
    if (auto const bio = text_member(body, "bio", 100'000)) fields["bio"] = *bio;
    if (body.contains("role") && c.is_admin()) fields["role"] = role_in(body);
    auto const role = fields.value("role", std::string{});
    auto const now = co_await change_record(c, "users", id, std::move(fields));
    if (!role.empty()) {
        auto key = session_key(*c.on, id);
        co_await override_sessions(c.core.redis, std::move(key), role, session_max_s);
    }
    co_return json_response(200, shown(now));
}

static asio::awaitable<response> remove_user(call& c)
{
    auto const id = c.id_parameter("id");
    co_await remove_record(c, "users", id);
    auto key = session_key(*c.on, id);
    std::string word{revoked};
    co_await override_sessions(c.core.redis, std::move(key), std::move(word), session_max_s);
    co_await give_back(c, "users");
    response out;
    out.status = 204;
    co_return out;
}

void check_first_admin(json const& admin)
{
    auto whole = admin;
    if (!whole.contains("name")) whole["name"] = "Administrator";
    whole["role"] = "admin";
    static_cast<void>(new_user(whole));
}

asio::awaitable<std::string> create_first_admin(core_state& core, tenant const& t, json admin)
{
    if (!admin.contains("name")) admin["name"] = "Administrator";
    admin["role"] = "admin";
    auto user = new_user(admin);
    auto id = random_uuid();
    mongo_document made;
    made["_id"] = id;
    made["tenantId"] = t.id;
    for (auto& [name, value] : user.items()) made[name] = value;
    made["createdAt"] = now_ms();
    made["updatedAt"] = made["createdAt"];
    auto one = std::move(made);
    co_await core.mongo.insert(t.place("users"), std::move(one));
    co_return id;
}

void add_users(routes& to)
{
    to.add("GET", "/api/users", {access::user, list_users});
    to.add("POST", "/api/users", {access::user, create_user});
    to.add("GET", "/api/users/{id}", {access::user, get_user});
    to.add("PATCH", "/api/users/{id}", {access::user, change_user});
    to.add("DELETE", "/api/users/{id}", {access::user, remove_user});
}

} // namespace watertight::lab::zoptal
