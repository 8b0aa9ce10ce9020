#include "harness/net/address_book.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/query.hpp>

#include <algorithm>

namespace watertight::net {

using asio::ip::tcp;

asio::execution_context::id address_book::id;

address_book& address_book::of(asio::any_io_executor const& core)
{
    return asio::use_service<address_book>(asio::query(core, asio::execution::context));
}

address_book::address_book(asio::execution_context& loop) : service{loop}
{
}

static std::shared_ptr<peer_addresses const> known_by_rule(endpoint const& where)
{
    if (where.is_unix()) {
        asio::local::stream_protocol::endpoint const path{where.host};
        return std::make_shared<peer_addresses>(peer_addresses{path});
    }
    boost::system::error_code not_an_address;
    auto const one = asio::ip::make_address(where.host, not_an_address);
    if (!not_an_address) {
        return std::make_shared<peer_addresses>(peer_addresses{tcp::endpoint{one, where.port}});
    }
    if (where.host == "localhost" || where.host.ends_with(".localhost")) {
        // RFC 6761: these never go to a name server, whatever the system's resolver thinks.
        return std::make_shared<peer_addresses>(peer_addresses{
            tcp::endpoint{asio::ip::address_v4::loopback(), where.port},
            tcp::endpoint{asio::ip::address_v6::loopback(), where.port},
        });
    }
    return nullptr;
}

std::shared_ptr<peer_addresses const> address_book::find(endpoint const& where)
{
    auto& known = known_[{where.host, where.port}];
    if (!known) known = known_by_rule(where);
    return known;
}

void address_book::look_up(asio::any_io_executor const& core, endpoint const& where, answer tell)
{
    auto const resolver = std::make_shared<tcp::resolver>(core);
    auto const port = std::to_string(where.port);
    auto take = [this, resolver, where, tell = std::move(tell)](
                    boost::system::error_code error, tcp::resolver::results_type const& found
                ) {
        if (error) return tell(failure{errc::unreachable, error.message(), {}});
        auto& known = known_[{where.host, where.port}];
        auto all = std::make_shared<peer_addresses>();
        for (auto const& entry : found) all->emplace_back(entry.endpoint());
        known = std::move(all);
        tell(known);
    };
    resolver->async_resolve(where.host, port, tcp::resolver::numeric_service, std::move(take));
}

void address_book::forget(endpoint const& where)
{
    known_.erase({where.host, where.port});
}

void address_book::prefer(endpoint const& where, peer_address const& which)
{
    auto const at = known_.find({where.host, where.port});
    if (at == known_.end() || !at->second || at->second->front() == which) return;
    auto reordered = *at->second;
    auto const place = std::ranges::find(reordered, which);
    if (place == reordered.end()) return;
    std::ranges::rotate(reordered.begin(), place, place + 1);
    at->second = std::make_shared<peer_addresses>(std::move(reordered));
}

} // namespace watertight::net
