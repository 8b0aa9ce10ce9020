#include "harness/net/endpoint.hpp"
#include "harness/scenario/compile.hpp"
#include "harness/scenario/sentences.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace watertight::scenario {

namespace {

std::optional<std::uint16_t> port_number(std::string_view digits)
{
    std::uint16_t n = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (error != std::errc{} || end != digits.data() + digits.size() || n == 0) return std::nullopt;
    return n;
}

/// The host and port of "scheme://user:password@host:port/path"; a port alone is of this machine.
struct place {
    std::string_view host;
    std::optional<std::uint16_t> port;
};

place place_in(std::string_view text)
{
    auto const scheme = text.find("://");
    if (scheme == text.npos) return {"127.0.0.1", port_number(text)};
    text.remove_prefix(scheme + 3);
    text = text.substr(0, text.find_first_of("/?"));
    if (auto const at = text.rfind('@'); at != text.npos) text.remove_prefix(at + 1);
    auto const colon = text.rfind(':');
    if (colon == text.npos) return {text, std::nullopt};
    return {text.substr(0, colon), port_number(text.substr(colon + 1))};
}

void take_port(compiler& c, node const& at, resources::process_spec& out)
{
    auto const [host, port] = place_in(at.text);
    if (!port) {
        c.fault(at, is_not(at, "a port such as 8080, or a URL that names one"));
    } else if (!net::is_loopback(std::string{host})) {
        c.fault(
            at, dotted(at.pointer) + " is on another machine, whose processes can't be read here"
        );
    } else {
        out.port = *port;
    }
}

} // namespace

void compile_processes(compiler& c, node const& target)
{
    auto const* const processes = target.find("processes");
    if (processes == nullptr) return;
    for (auto const& m : processes->members) {
        resources::process_spec out{.name = m.key};
        // A variable that is empty says that there is no such process here.
        bool is_absent = m.value.is_bad;
        out.pid = static_cast<int>(count_of(m.value, "pid", 0));
        auto const file = text_of(m.value, "pid_file");
        if (!file.empty()) out.pid_file = c.resolve(file);
        if (auto const* const port = m.value.find("port")) {
            is_absent = is_absent || port->is_unset || port->text.empty();
            if (!is_absent) take_port(c, *port, out);
        }
        // Criteria may name it all the same.
        if (is_absent) out.pid = 0;
        c.out.processes.push_back(std::move(out));
    }
}

} // namespace watertight::scenario
