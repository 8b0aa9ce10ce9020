#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"
#include "harness/net/endpoint.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace watertight::net {

using peer_address = asio::generic::stream_protocol::endpoint;
using peer_addresses = std::vector<peer_address>;

/// The addresses of one loop's endpoints: each name is resolved once, not once a connection.
///
/// A name whose addresses all refuse is forgotten by whoever finds out, and resolved anew by the
/// next. One per io_context; its thread alone may touch it.
class address_book final : public asio::execution_context::service {
public:
    static address_book& of(asio::any_io_executor const& core);

    using key_type = address_book;
    static asio::execution_context::id id;
    explicit address_book(asio::execution_context& loop);

    /// What is known without asking anybody: addresses, Unix sockets, names under .localhost, and
    /// names that were resolved before. Null otherwise.
    std::shared_ptr<peer_addresses const> find(endpoint const& where);

    using answer = std::function<void(result<std::shared_ptr<peer_addresses const>>)>;
    /// Asks the system's resolver; `tell` is called on the loop, never from within. Failure: the
    /// reason alone ("Host not found").
    void look_up(asio::any_io_executor const& core, endpoint const& where, answer tell);

    void forget(endpoint const& where);
    /// This one worked: it is the first to be tried from now on.
    void prefer(endpoint const& where, peer_address const& which);

private:
    void shutdown() override {}

    std::map<std::pair<std::string, std::uint16_t>, std::shared_ptr<peer_addresses const>> known_;
};

} // namespace watertight::net
