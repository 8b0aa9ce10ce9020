#pragma once

namespace watertight::verdict {

/// What unit a metric's value has, so that "500ms" and "99.9%" can be compared with it.
/// `share` lies in 0..1, `percent` in 0..100; `flag` is 1 for yes and 0 for no.
enum class unit { count, microseconds, share, per_second, seconds, bytes, percent, flag };

} // namespace watertight::verdict
