#include "harness/traffic/request_source.hpp"

#include <fmt/format.h>

namespace watertight::traffic {

request_source::request_source(
    target::model const& m, target::population const& tenants, operation_table const& operations
)
    : model_{m}, tenants_{tenants}
{
    for (auto const& entry : operations.entries()) {
        auto& compiled = compiled_.emplace_back();
        if (entry.store == nullptr) compiled = target::compiled_request::compile(m, *entry.op);
    }
}

// A request is compiled for whoever may send it as they are; who acts as another role is looked up.
static bool acts_as_asked(target::operation const& op, target::actor const& who) noexcept
{
    return op.as.empty() || op.as == who.role;
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

result<void>
request_source::write(intent const& i, target::actor const& who, request_buffer& out) const
{
    auto const* const parent = i.object ? i.object->parent.get() : i.parent.get();
    target::scope const scope{
        .in_tenant = &tenants_.at(i.tenant),
        .as_actor = &who,
        .object_in_question = i.object ? i.object->data : nullptr,
        .parent = parent != nullptr ? parent->data : nullptr,
        .canary = i.canary(),
        .canary_number = i.canary_number,
        .serial = i.serial.value,
        .run_id = tenants_.run_id,
    };
    if (i.what->store != nullptr) return write_fields(*i.what->store, scope, out.wire);
    auto const& op = *i.what->op;
    auto const& compiled = compiled_[i.operation];
    bool const suits = compiled && (acts_as_asked(op, who) || op.as == "anonymous" ||
                                    model_.find_credential(op.as) != nullptr);
    if (suits && compiled->write(scope, out.wire)) {
        out.is_head = op.method == "HEAD";
        return {};
    }
    auto rendered = target::render(model_, op, scope);
    if (!rendered) return rendered.error();
    out.wire = std::move(rendered->http.wire);
    out.is_head = rendered->http.is_head;
    return {};
}

} // namespace watertight::traffic
