#include "harness/stores/postgres_handle.hpp"

#include "harness/base/text.hpp"

#include <array>
#include <thread>

namespace watertight::stores {

// libpq takes lists of equal length, and keeps `host` for the certificate's name.
void set_resolved(postgres_address& address, std::vector<std::string> const& found)
{
    auto const hosts = std::vector<std::string>(found.size(), address.host_to_resolve());
    for (auto& [keyword, value] : address.settings) {
        if (keyword == "host") value = join(hosts, ",");
    }
    address.set_default("hostaddr", join(found, ","));
}

pg_handle begin_connect(postgres_address const& address)
{
    std::vector<char const*> keywords;
    std::vector<char const*> values;
    for (auto const& [keyword, value] : address.settings) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    pg_handle handle{PQconnectStartParams(keywords.data(), values.data(), 0)};
    if (!handle) return handle;
    PQsetErrorVerbosity(handle.get(), PQERRORS_VERBOSE);
    PQsetNoticeProcessor(
        handle.get(), [](void*, char const*) {}, nullptr
    );
    return handle;
}

// A statement that nobody waits for any more must not go on holding locks. libpq's cancellation
// blocks while it connects, so it has a thread of its own, which owns all that it touches.
void cancel_statement(PGconn* handle)
{
    if (handle == nullptr || PQtransactionStatus(handle) != PQTRANS_ACTIVE) return;
    auto* const cancel = PQgetCancel(handle);
    if (cancel == nullptr) return;
    std::thread{[cancel] {
        std::array<char, 256> ignored{};
        PQcancel(cancel, ignored.data(), static_cast<int>(ignored.size()));
        PQfreeCancel(cancel);
    }}.detach();
}

} // namespace watertight::stores
