#include "harness/traffic/request_source.hpp"

namespace watertight::traffic {

request_source::request_source(
    target::model const& m, target::population const& tenants, operation_table const& operations
)
    : model_{m}, tenants_{tenants}
{
    for (auto const& entry : operations.entries()) {
        compiled_.push_back(target::compiled_request::compile(m, *entry.op));
    }
}

// A request is compiled for whoever may send it as they are; who acts as another role is looked up.
static bool acts_as_asked(target::operation const& op, target::actor const& who) noexcept
{
    return op.as.empty() || op.as == who.role;
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
