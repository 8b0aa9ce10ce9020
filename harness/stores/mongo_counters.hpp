#pragma once

namespace watertight::stores {

/// libmongoc keeps counters in shared memory, from before main and under a name that a killed
/// process would leave behind. The memory stays, the name goes.
void unname_mongo_counters();

} // namespace watertight::stores
