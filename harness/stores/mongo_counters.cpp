#include "harness/stores/mongo_counters.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace watertight::stores {

void unname_mongo_counters()
{
    ::shm_unlink(fmt::format("/mongoc-{}", ::getpid()).c_str());
}

} // namespace watertight::stores
