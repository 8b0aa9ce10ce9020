#pragma once

#include "harness/target/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::probe {

/// In which order a second id joins one's own: what is checked may be the first or the last.
enum class id_order { own_first, foreign_first };

/// JSON in which each list that holds `own` alone holds `foreign`, too: an array of ids, an array
/// of one request or object that speaks of it, or a text under a name such as "ids". Nothing if
/// there is none.
std::optional<std::string> with_second_id(
    std::string_view body,
    std::string_view own,
    std::string_view foreign,
    id_order order = id_order::own_first
);

/// The same of a form's fields (see target/fields.hpp), where a field that is `own` may be given
/// several times, too: selected=7&selected=9.
std::optional<std::string> form_with_second_id(
    std::string_view fields,
    std::string_view own,
    std::string_view foreign,
    id_order order = id_order::own_first
);

/// Whichever of the two a body of this kind takes.
std::optional<std::string> body_with_second_id(
    target::body_kind kind,
    std::string_view body,
    std::string_view own,
    std::string_view foreign,
    id_order order
);

/// A request target that speaks of `own`, changed so that it speaks of `foreign` as well, and in
/// words how: a list in the path or a parameter, a parameter that comes twice.
std::vector<std::pair<std::string, std::string>>
targets_with_second_id(std::string_view target, std::string_view own, std::string_view foreign);

/// `own` with each parameter that is another in `foreign` given twice, in either order, and in
/// words how: what is checked may be the first and what is used the last, or the other way round.
std::vector<std::pair<std::string, std::string>>
targets_with_parameter_twice(std::string_view own, std::string_view foreign);

} // namespace watertight::probe
