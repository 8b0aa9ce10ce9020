#pragma once

#include <filesystem>
#include <string_view>

namespace watertight::test {

/// A new, empty folder that goes, with all that is in it, when this object goes.
class temp_dir {
public:
    explicit temp_dir(std::string_view purpose = "test");
    temp_dir(temp_dir const&) = delete;
    temp_dir& operator=(temp_dir const&) = delete;
    ~temp_dir();

    std::filesystem::path const& path() const noexcept { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

} // namespace watertight::test
