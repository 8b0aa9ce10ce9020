#include "harness/probe/twins.hpp"

#include "harness/probe/read_back.hpp"

#include <charconv>
#include <optional>

namespace watertight::probe {

static std::optional<std::uint64_t> number_of(target::object const* o)
{
    if (o == nullptr) return 0;
    auto const id = id_of(*o);
    std::uint64_t out = 0;
    auto const [end, error] = std::from_chars(id.data(), id.data() + id.size(), out);
    if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
    return out;
}

asio::awaitable<twins> make_twins(context& ctx, target::resource const& r, tenant_pair pair)
{
    static constexpr int steps_max = 24;
    twins out;
    if (!ids_repeat(ctx, r)) co_return out;
    for (int i = 0; i < steps_max; ++i) {
        auto const own = number_of(out.own);
        auto const theirs = number_of(out.theirs);
        if (!own || !theirs) break;
        if (out.own != nullptr && own == theirs) co_return out;
        auto const is_own_turn = out.own == nullptr || (out.theirs != nullptr && *own < *theirs);
        auto const made = co_await ctx.create_object(r, is_own_turn ? pair.intruder : pair.victim);
        if (made.has_error()) break;
        out.made.push_back(*made);
        (is_own_turn ? out.own : out.theirs) = *made;
    }
    out.own = nullptr;
    out.theirs = nullptr;
    co_return out;
}

asio::awaitable<void> discard(context& ctx, target::resource const& r, twins& both)
{
    for (auto* o : both.made) {
        if (!o->removed) co_await discard(ctx, r, *o);
    }
}

} // namespace watertight::probe
