#include "harness/traffic/request_source.hpp"

namespace watertight::traffic {

template_source::template_source(target::model const& m, target::population const& tenants)
    : model_{m}, tenants_{tenants}
{
}

result<void> template_source::write(intent const& i, target::actor const& who, request_buffer& out)
{
    auto const parent = i.object ? i.object->parent : i.parent;
    target::scope const scope{
        .in_tenant = &tenants_.at(i.tenant),
        .as_actor = &who,
        .object_in_question = i.object ? i.object->data : nullptr,
        .parent = parent ? parent->data : nullptr,
        .canary = i.canary,
        .canary_number = i.canary_number,
        .serial = i.serial.value,
        .run_id = tenants_.run_id,
    };
    auto rendered = target::render(model_, *i.what.op, scope);
    if (!rendered) return rendered.error();
    out.wire = std::move(rendered->http.wire);
    out.is_head = rendered->http.is_head;
    return {};
}

} // namespace watertight::traffic
