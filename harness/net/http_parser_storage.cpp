// Where the parser keeps a response that arrives in pieces.
#include "harness/net/http_parser.hpp"

#include <algorithm>
#include <cstring>

namespace watertight::net {

static constexpr std::size_t room_bytes_min = 4U << 10;
// Growth is bounded per step: a length that a server merely claims reserves no memory.
static constexpr std::size_t growth_bytes_max = 4U << 20;

std::span<char> http_parser::room()
{
    if (!own_) return shared_.subspan(filled_);
    auto const wanted = std::min(wanted_bytes(), room_bytes_min);
    if (own_bytes_ - filled_ < wanted) compact();
    if (own_bytes_ - filled_ < wanted) {
        move_to_own(own_bytes_ + std::max(wanted_bytes(), std::min(own_bytes_, growth_bytes_max)));
    }
    return {own_.get() + filled_, own_bytes_ - filled_};
}

// Of a body of known length its rest, and one more by which a response that goes on shows.
std::size_t http_parser::wanted_bytes() const noexcept
{
    if (stage_ == stage::body) return std::min<std::uint64_t>(remaining_ + 1, growth_bytes_max);
    if (stage_ != stage::chunk) return room_bytes_min;
    return std::clamp<std::uint64_t>(remaining_, room_bytes_min, growth_bytes_max);
}

// Without the gaps.
std::size_t http_parser::held_bytes() const noexcept
{
    if (in_head()) return filled_ - head_begin_;
    auto const rest = stage_ == stage::trailers ? trailers_begin_ : parsed_;
    return head_end_ - head_begin_ + body_end_ - body_begin_ + filled_ - rest;
}

// Moves what is held to `to`, which may be where it is, and closes the gaps. Nothing moves up.
void http_parser::move_held(char* to) noexcept
{
    auto* const from = data();
    auto* out = to;
    auto const move = [&](std::size_t begin, std::size_t end) {
        if (begin != end) std::memmove(out, from + begin, end - begin);
        auto const at = static_cast<std::size_t>(out - to);
        out += end - begin;
        return at;
    };
    auto const searched = searched_ - std::min(searched_, parsed_);
    if (in_head()) {
        auto const parsed = parsed_ - head_begin_;
        move(head_begin_, filled_);
        head_begin_ = 0;
        parsed_ = parsed;
    } else {
        auto const rest = stage_ == stage::trailers ? trailers_begin_ : parsed_;
        auto const parsed = parsed_ - rest;
        move(head_begin_, head_end_);
        auto const body = move(body_begin_, body_end_);
        head_end_ -= head_begin_;
        head_begin_ = 0;
        body_end_ = body + (body_end_ - body_begin_);
        body_begin_ = body;
        auto const unparsed = move(rest, filled_);
        if (stage_ == stage::trailers) trailers_begin_ = unparsed;
        parsed_ = unparsed + parsed;
    }
    searched_ = parsed_ + searched;
    filled_ = static_cast<std::size_t>(out - to);
}

void http_parser::compact() noexcept
{
    move_held(own_.get());
}

void http_parser::move_to_own(std::size_t size)
{
    std::unique_ptr<char[]> storage{new char[size]};
    move_held(storage.get());
    own_ = std::move(storage);
    own_bytes_ = size;
}

} // namespace watertight::net
