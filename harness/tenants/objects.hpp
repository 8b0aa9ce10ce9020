#pragma once

#include "harness/tenants/bench.hpp"

namespace watertight::tenants {

/// What came of making one object: the object, or the report of why not.
struct made_object {
    target::object* object = nullptr;
    setback trouble;
    failure error;
};

/// Makes one object of `r` as `who`, under a parent of the same tenant if `r` has one.
asio::awaitable<made_object>
make_object(bench& b, target::resource const& r, target::tenant& t, target::actor& who);

} // namespace watertight::tenants
