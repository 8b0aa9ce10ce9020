#pragma once

#include <string_view>

/// The files page.html, style.css and script.js beside this one, embedded at build time.
namespace watertight::reports::assets {

extern std::string_view const page;
extern std::string_view const style;
extern std::string_view const script;

} // namespace watertight::reports::assets
