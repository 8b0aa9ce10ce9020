#include "tests/end_to_end/traffic/world.hpp"

#include "harness/net/http.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

namespace watertight::traffic {

static target::operation operation(std::string verb, std::string method, std::string_view path)
{
    target::operation op;
    op.name = "notes." + verb;
    op.method = std::move(method);
    op.path = target::template_text::compile(path, target::escape::url);
    op.path_pattern = path;
    return op;
}

static target::operation with_body(target::operation op)
{
    op.body = target::body_kind::json;
    op.content_type = "application/json";
    op.body_text = target::template_text::compile_json(R"({"text":"{canary}"})");
    return op;
}

static target::model notes_model()
{
    target::model m;
    m.base.host = "127.0.0.1";
    m.allow = net::allow_list{{"127.0.0.1"}};
    auto& channel = m.identity.emplace_back();
    channel.name = "X-Tenant";
    channel.value = target::template_text::compile("{tenant.slug}", target::escape::none);
    channel.value_pattern = "{tenant.slug}";
    channel.is_default = true;
    auto& r = m.resources.emplace_back();
    r.name = "notes";
    r.create = with_body(operation("create", "POST", "/notes"));
    r.create->captures.push_back({target::capture::from::json_pointer, "id", "/id"});
    r.read = operation("read", "GET", "/notes/{id}");
    r.list = operation("list", "GET", "/notes");
    r.update = with_body(operation("update", "PATCH", "/notes/{id}"));
    r.remove = operation("remove", "DELETE", "/notes/{id}");
    return m;
}

world::world(std::size_t count, std::size_t notes_each)
    : model{notes_model()}, mint{evidence::derive_key(1, "test")}
{
    for (std::uint32_t t = 0; t < count; ++t) {
        auto& made = tenants.tenants.emplace_back();
        made.index = tenant_index{t};
        made.slug = fmt::format("tenant-{}", t);
        made.state = target::tenant_state::ready;
        auto& user = made.actors.emplace_back();
        user.tenant = made.index;
        user.logged_in = true;
        auto& objects = tenants.objects.emplace_back();
        for (std::uint32_t n = 0; n < notes_each; ++n) {
            auto& o = objects.emplace_back();
            o.serial = object_serial{n};
            o.tenant = made.index;
            o.resource = "notes";
            o.canary = canary_of(t, n);
            auto const id = std::to_string(next_id++);
            o.attributes.set("id", id);
            notes[made.slug][id] = o.canary;
        }
    }
}

std::string world::canary_of(std::uint32_t tenant, std::uint32_t serial) const
{
    return mint.text({tenant_index{tenant}, actor_index{0}, object_serial{serial}});
}

std::string header_of(std::string_view head, std::string_view name)
{
    return std::string{net::find_header(head, name).value_or("")};
}

static std::string text_in(std::string_view body)
{
    auto const at = body.find(evidence::canary_prefix);
    return at == std::string_view::npos ? ""
                                        : std::string{body.substr(at, evidence::canary_length)};
}

reply world::serve(std::string_view head, std::string_view body)
{
    auto& mine = notes[header_of(head, "X-Tenant")];
    auto const method = head.substr(0, head.find(' '));
    auto const rest = head.substr(method.size() + 1);
    auto const path = rest.substr(0, rest.find(' '));
    auto const id = path.size() > 7 ? std::string{path.substr(7)} : std::string{};
    auto shown = [](std::string const& key, std::string const& text) {
        return fmt::format(R"({{"id":"{}","text":"{}"}})", key, text);
    };
    if (method == "POST") {
        auto const key = std::to_string(next_id++);
        mine[key] = text_in(body);
        return {.status = 201, .body = shown(key, mine[key])};
    }
    if (id.empty()) {
        // The last ones only, as a page would have them.
        std::string all;
        int left = 5;
        for (auto n = mine.rbegin(); n != mine.rend() && left-- > 0; ++n) {
            all += (all.empty() ? "" : ",") + shown(n->first, n->second);
        }
        return {.body = "[" + all + "]"};
    }
    if (!mine.contains(id)) return {.status = 404, .body = "{}"};
    if (method == "PATCH") mine[id] = text_in(body);
    if (method == "DELETE") {
        mine.erase(id);
        return {.status = 204};
    }
    return {.body = shown(id, mine[id])};
}

static asio::awaitable<void>
run_into(world& w, std::vector<phase> phases, std::optional<report>& out)
{
    out = co_await run(
        w.model, w.tenants, w.mint, w.identifiers, {}, w.secrets, std::move(phases), w.how
    );
}

report world::drive(server const& s, std::vector<phase> phases)
{
    return drive(s.port(), std::move(phases));
}

report world::drive(std::uint16_t port, std::vector<phase> phases)
{
    model.base.port = port;
    return drive(std::move(phases));
}

report world::drive(std::vector<phase> phases)
{
    how.run_start = steady::now();
    std::optional<report> out;
    std::exception_ptr error;
    asio::io_context loop{1};
    auto const done = [&error](std::exception_ptr e) { error = e; };
    asio::co_spawn(loop, run_into(*this, std::move(phases), out), done);
    loop.run();
    if (error) std::rethrow_exception(error);
    return std::move(*out);
}

phase steady_phase(double rate_per_s, std::chrono::nanoseconds duration)
{
    phase p;
    p.name = "steady";
    p.duration = duration;
    p.loop = open_loop{
        .rate_per_s = rate_per_s, .rate_per_s_end = rate_per_s, .arrivals = arrival_kind::constant};
    return p;
}

phase reading(double rate_per_s, std::chrono::nanoseconds duration)
{
    auto p = steady_phase(rate_per_s, duration);
    p.operations = {{"notes.read", 1}};
    return p;
}

std::uint64_t errors(report const& r, error_kind e)
{
    return r.tally.errors[static_cast<std::size_t>(e)];
}

std::uint64_t wanted(report const& r)
{
    auto n = r.tally.total();
    for (auto const& p : r.phases) n += p.unsent + p.abandoned;
    return n;
}

} // namespace watertight::traffic
