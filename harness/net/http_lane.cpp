#include "harness/net/http_lane.hpp"

#include "harness/net/h2_connection.hpp"
#include "harness/net/http_channel.hpp"

namespace watertight::net {

std::unique_ptr<http_lane> make_lane(
    asio::any_io_executor core, endpoint where, connection_options options, http_lane_owner& owner
)
{
    if (options.version == http_version::http2) {
        auto const alone =
            std::make_shared<h2_connection>(std::move(core), std::move(where), std::move(options));
        return alone->add_lane(owner);
    }
    return std::make_unique<http_channel>(
        std::move(core), std::move(where), std::move(options), owner
    );
}

} // namespace watertight::net
