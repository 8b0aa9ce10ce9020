#include "harness/traffic/request_source.hpp"

#include "harness/traffic/fetch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::traffic {

request_source::request_source(
    target::model const& m, target::population const& tenants, operation_table const& operations
)
    : model_{m}, tenants_{tenants}
{
    for (auto const& t : tenants.tenants) {
        first_users_.push_back(users_);
        users_ += t.actors.size();
    }
    // They are referred to from here on.
    ways_.resize(operations.entries().size());
    for (std::size_t i = 0; i < ways_.size(); ++i) {
        auto const& entry = operations.entries()[i];
        if (entry.store != nullptr) continue;
        ways_[i].is_head_method = entry.op->method == "HEAD";
        ways_[i].compiled = target::compiled_request::compile(m, *entry.op);
        if (!ways_[i].compiled) continue;
        ways_[i].fixed_target = ways_[i].compiled->fixed_target();
        share_head(ways_[i], entry.op->as);
    }
}

void request_source::share_head(way& w, std::string const& as)
{
    if (!w.compiled->has_personal_head() || !w.compiled->is_impersonal()) return;
    auto const same = std::ranges::find_if(heads_, [&](shared_head const& h) {
        return h.as == as && w.compiled->has_head_of(*h.like);
    });
    w.head = static_cast<std::size_t>(same - heads_.begin());
    if (same != heads_.end()) return;
    heads_.push_back({as, &*w.compiled, std::vector<std::string>(users_)});
}

std::size_t request_source::place_of(intent const& i) const noexcept
{
    return first_users_[i.tenant.value] + i.actor.value;
}

// A request is compiled for whoever may send it as they are; who acts as another role is looked up.
bool request_source::suits(target::operation const& op, target::scope const& s) const
{
    return op.as.empty() || op.as == s.as_actor->role || op.as == "anonymous" ||
           model_.find_credential(op.as) != nullptr;
}

static result<void> append_field(
    target::store_operation const& op,
    target::template_text const& field,
    target::scope const& s,
    std::string& out
)
{
    auto const begin = out.size();
    std::string hold;
    for (auto const& piece : field.pieces()) {
        if (piece.slot.empty()) {
            out += piece.literal;
            continue;
        }
        auto const value = target::find_value(s, piece.slot, hold);
        if (!value) {
            auto why = fmt::format("{}: nothing fills {{{}}}", op.full_name(), piece.slot);
            return failure{errc::malformed, std::move(why), {}};
        }
        out += *value;
    }
    if (out.find('\0', begin) != std::string::npos) {
        return failure{errc::malformed, op.full_name() + ": a value holds a NUL character", {}};
    }
    out += '\0';
    return {};
}

result<void> request_source::write_fields(
    target::store_operation const& op, target::scope const& s, std::string& out
) const
{
    out.clear();
    if (op.on == target::store_operation::kind::postgres) {
        auto const& store = *model_.postgres;
        out += op.name;
        out += '\0';
        if (!store.context.empty()) {
            auto const written = append_field(op, store.tenant_value, s, out);
            if (!written) return written;
        }
    }
    for (auto const& word : op.words) {
        auto const written = append_field(op, word, s, out);
        if (!written) return written;
    }
    return {};
}

target::scope request_source::scope_of(intent const& i) const
{
    auto const* const parent = i.object ? i.object->parent.get() : i.parent.get();
    return {
        .object_in_question = i.object ? i.object->data : nullptr,
        .parent = parent != nullptr ? parent->data : nullptr,
        .canary = i.canary(),
        .canary_number = i.canary_number,
        .serial = i.serial.value,
        .run_id = tenants_.run_id,
    };
}

bool request_source::keep_head(way const& w, intent const& i)
{
    auto scope = scope_of(i);
    scope.in_tenant = &tenants_.at(i.tenant);
    scope.as_actor = &scope.in_tenant->actors[i.actor.value];
    auto& head = heads_[*w.head].texts[place_of(i)];
    if (suits(*i.what->op, scope) && w.compiled->write_head(scope, head)) return true;
    head.clear();
    return false;
}

// Without a look at the tenant or the user, if their headers are known.
bool request_source::write_quickly(intent const& i, request_buffer& out)
{
    auto const& w = ways_[i.operation];
    if (!w.head) return false;
    auto const& head = heads_[*w.head].texts[place_of(i)];
    if (head.empty() && !keep_head(w, i)) return false;
    out.is_head = w.is_head_method;
    if (!w.fixed_target) return w.compiled->write(scope_of(i), out.wire, head);
    out.wire.assign(*w.fixed_target);
    out.wire.append(head);
    return true;
}

void request_source::expect(intent const& i) const noexcept
{
    static constexpr std::size_t line_size = 64;
    auto const& w = ways_[i.operation];
    if (!w.head) return;
    auto const& head = heads_[*w.head].texts[place_of(i)];
    for (std::size_t at = 0; at < head.size(); at += line_size) fetch(head.data() + at);
}

void request_source::approach(std::size_t operation, tenant_index t) const noexcept
{
    auto const& w = ways_[operation];
    if (w.head) fetch(&heads_[*w.head].texts[first_users_[t.value]]);
}

result<void>
request_source::write(intent const& i, target::actor const* renewed, request_buffer& out)
{
    if (renewed == nullptr && write_quickly(i, out)) return {};
    auto scope = scope_of(i);
    scope.in_tenant = &tenants_.at(i.tenant);
    scope.as_actor = renewed != nullptr ? renewed : &scope.in_tenant->actors[i.actor.value];
    if (i.what->store != nullptr) return write_fields(*i.what->store, scope, out.wire);
    auto const& op = *i.what->op;
    auto const& w = ways_[i.operation];
    out.is_head = w.is_head_method;
    if (w.compiled && suits(op, scope) && w.compiled->write(scope, out.wire)) return {};
    auto rendered = target::render(model_, op, scope);
    if (!rendered) return rendered.error();
    out.wire = std::move(rendered->http.wire);
    out.is_head = rendered->http.is_head;
    return {};
}

} // namespace watertight::traffic
