#include "harness/base/error.hpp"

#include "harness/base/fatal.hpp"

namespace watertight {

void throw_exception_from_error(failure const& f, boost::source_location const&)
{
    throw run_error{f.message};
}

} // namespace watertight
