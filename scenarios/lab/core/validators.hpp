#pragma once

#include "scenarios/lab/core/http.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace watertight::lab {

/// Gives a successful answer an ETag of its body, and makes it a 304 where the request says that
/// it has this version already.
void add_validator(request const& in, response& out);

/// The defect K19: versions by an object's id, whoever's it is, asked before anything else is.
class version_book {
public:
    void keep(std::string const& id, response const& made);
    /// Whether the request has the version that was last given of this id.
    bool confirms(std::string const& id, request const& in) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> tags_;
};

/// 304.
response not_modified();

} // namespace watertight::lab
