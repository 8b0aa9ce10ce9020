#pragma once

#include "harness/base/clock.hpp"
#include "harness/net/connection_options.hpp"
#include "harness/net/endpoint.hpp"
#include "harness/target/poll.hpp"
#include "harness/target/source_place.hpp"
#include "harness/target/stores.hpp"
#include "harness/target/template_text.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::target {

/// Takes a value out of a response and keeps it under a name.
struct capture {
    enum class from { json_pointer, header, cookie, regex, status };

    from where{};
    std::string name;
    /// JSON pointer ("/data/id", "/items/0/id"), header or cookie name, or ECMAScript regular
    /// expression whose first group (or whole match) is the value.
    std::string expression;
    /// Of JSON, headers and cookies: such an expression over what stands there; empty: all of it.
    std::string part{};
};

enum class body_kind { none, json, form, raw, multipart };

/// One part of a multipart body.
struct body_part {
    std::string name;
    /// Empty: an ordinary field, not a file.
    template_text file_name;
    std::string content_type;
    template_text content;
};

/// One request that the scenario describes, compiled.
struct operation {
    /// "users.create", "login", "tenants.remove".
    std::string name;
    std::string method = "GET";
    /// Path and query; slots are percent-encoded.
    template_text path;
    /// The path as written, with its slots: "/api/v1/users/{id}". Names the channel in findings.
    std::string path_pattern;
    std::vector<std::pair<std::string, template_text>> headers;
    body_kind body = body_kind::none;
    template_text body_text;
    std::vector<body_part> parts;
    std::string content_type;
    /// Who sends it: empty for the user in question, "admin" for the platform's administrator,
    /// "anonymous", or the name of a role.
    std::string as;
    /// The roles of a tenant's users that may send it; empty: the scenario does not say.
    std::vector<std::string> roles;
    std::vector<capture> captures;
    std::vector<status_range> expect{{200, 299}};
    /// For lists: JSON pointer of the array, "" for the whole document.
    std::string items;
    /// What a read takes in its query besides, and does not need: "status" is "archived". A handler
    /// may take another way to the data for each; the same name may come several times.
    std::vector<std::pair<std::string, std::string>> parameters;
    /// Eventual consistency: how long a read-back may take to show what was written.
    std::chrono::nanoseconds within{};
    /// An asynchronous job: repeat `path` until it has ended.
    poll_rule poll;
    source_place place;

    bool accepts(int status) const noexcept;
    /// Whether the scenario expects a redirect, among other answers or alone, as of forms (post,
    /// redirect, get): alone, a page with 200 is the form once more, with what was wrong.
    bool may_redirect() const noexcept;
    bool ends_in_redirect() const noexcept;
    /// Whether path, headers, body or parts have the slot: see template_text::mentions.
    bool mentions(std::string_view slot) const noexcept;
    /// "GET /api/v1/users/{id}".
    std::string channel() const { return method + " " + path_pattern; }
};

/// One way in which a request can name its tenant.
struct identity_channel {
    enum class kind { header, host, query, cookie, path, jwt };

    kind type{};
    /// Header, query parameter, cookie or JWT claim name; unused for host and path.
    std::string name;
    /// What stands for the tenant: "{tenant.id}", "{tenant.slug}.mis.local". Compiled without
    /// escaping: rendering encodes it as the channel's place demands.
    template_text value;
    std::string value_pattern;
    /// Sent on every ordinary request. At least the first header/host/query channel is, unless the
    /// scenario says otherwise.
    bool is_default = false;
    /// A tenant's request that lacks it, or names no tenant by it, must be refused.
    bool is_required = false;
    source_place place;

    /// "header X-Tenant-ID", "host", "query tenant", "claim tenantId".
    std::string describe() const;
};

/// How a user gets and keeps credentials.
struct session {
    /// Sent in order before each log-in, without credentials: a page that sets a CSRF cookie, a
    /// challenge. What they capture is the user's.
    std::vector<operation> before_login;
    std::optional<operation> login;
    /// Sent in order after each log-in and refresh, with what that brought: a tenant is chosen, a
    /// further token fetched. What they capture is the user's, too.
    std::vector<operation> after_login;
    std::optional<operation> refresh;
    /// Sent with every request of a user, e.g. Authorization: "Bearer {user.token}".
    std::vector<std::pair<std::string, template_text>> headers;
    /// Lifetime of a token; 0: taken from a JWT's exp if the token is one, otherwise unlimited.
    std::chrono::nanoseconds expires_after{};
    bool cookies = false;
    /// What the users' JSON Web Tokens are signed with, where the scenario knows it: a text for
    /// HMAC, a private key in PEM for RSA. Empty: not known.
    template_text signing_key;
};

/// What kinds of answers a foreign access should get; the default is "anything but the victim's
/// data or an effect on it".
enum class foreign_access { harmless, denied, not_found, empty };

/// A kind of object that tenants own, and the operations on it.
struct resource {
    std::string name;
    /// Name of the resource that it lives under; empty for none.
    std::string parent;
    std::optional<operation> create;
    std::optional<operation> read;
    std::optional<operation> list;
    std::optional<operation> update;
    std::optional<operation> remove;
    /// Searches, downloads, sub-documents, bulk operations: whatever else concerns one object
    /// ({id} in it) or the tenant's whole set.
    std::vector<operation> others;
    /// Objects made per user (or per tenant if `per_tenant`) during population.
    std::size_t count = 1;
    bool per_tenant = false;
    /// Resources of which its creation names the tenant's first object: {tenant.tags.id}.
    std::vector<std::string> refers_to;
    /// Its first object of each tenant lends the tenant its attributes, for such slots.
    bool is_referred_to = false;
    foreign_access expect_foreign = foreign_access::harmless;
    /// Not owned by one tenant: its objects are visible to all by design.
    bool is_shared = false;
    source_place place;
};

/// A connection on which the target tells what happens: Server-Sent Events, or a WebSocket.
struct event_stream {
    /// The request that opens it. Its body is the first message of a WebSocket's client; what it
    /// captures stands in what is told first.
    operation open;
    /// Sent before it is opened: what hands out a ticket or an address.
    std::vector<operation> before;
    /// Sent once it is open, ahead of any message: what asks for events, by what it was called.
    std::vector<operation> subscribe;
    /// The same with each further message as its body.
    std::vector<operation> then;
    bool is_websocket = false;
    /// The resource whose creations are told on it.
    std::string follows;
};

/// Lets somebody see what another tenant owns; both filters must match when both are given.
struct sharing {
    std::string role;
    std::string resource;
    /// Tenant pairs by slug (victim, viewer); empty: all.
    std::vector<std::pair<std::string, std::string>> pairs;
};

/// A named set of credentials that does not belong to a provisioned tenant.
struct credential {
    std::string name;
    std::vector<std::pair<std::string, template_text>> headers;
};

/// The target as the scenario describes it. Immutable once the run has begun.
struct model {
    net::endpoint base;
    /// Put before each operation's path: "/api" of "https://host/api".
    std::string base_path;
    net::allow_list allow;
    /// How connections to it are made: TLS and the version of HTTP.
    net::connection_options connection;
    std::chrono::nanoseconds timeout = std::chrono::seconds{10};
    /// Sent with every request.
    std::vector<std::pair<std::string, template_text>> headers;
    std::vector<identity_channel> identity;
    session login;
    /// "admin" and whatever other role a scenario gives credentials to.
    std::vector<credential> credentials;
    std::vector<resource> resources;
    /// Operations that belong to no resource: health, usage, export, config.
    std::vector<operation> operations;
    std::vector<event_stream> streams;
    std::vector<sharing> shared;
    std::optional<operation> health;
    std::optional<postgres_store> postgres;
    std::optional<redis_store> redis;
    std::optional<mongo_store> mongo;

    resource const* find_resource(std::string_view name) const;
    /// By its full name: "users.create", or that of an operation of no resource.
    operation const* find_operation(std::string_view name) const;
    credential const* find_credential(std::string_view name) const;
};

} // namespace watertight::target
