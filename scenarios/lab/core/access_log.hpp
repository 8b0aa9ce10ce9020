#pragma once

#include <fstream>
#include <mutex>
#include <string>

namespace watertight::lab {

/// One request as its line tells it.
struct access_line {
    std::string tenant;
    std::string user;
    std::string method;
    std::string path;
    int status = 0;
};

/// A file with a line of JSON a request. Shared by all cores.
class access_log {
public:
    explicit access_log(std::string const& path) : out_{path, std::ios::app} {}

    void write(access_line const& what);

private:
    std::mutex mutex_;
    std::ofstream out_;
};

} // namespace watertight::lab
