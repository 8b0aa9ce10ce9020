#pragma once

#include "harness/target/render.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::target {

/// An operation's request with everything decided that does not depend on who sends it: literal
/// bytes, and slots between them. Writing one costs a copy per piece and, once the receiving string
/// has its room, no allocation.
///
/// It writes the same bytes as `render` does without overrides, or says that it can't.
class compiled_request {
public:
    /// @return nothing for what has to be rendered in full: multipart bodies, cookies.
    static std::optional<compiled_request> compile(model const& m, operation const& op);

    /// Replaces `out`. @pre the actor of `s` has the role that the operation asks for, if any.
    /// @return false if this time the request has to be rendered in full, which will also tell what
    ///         is missing.
    bool write(scope const& s, std::string& out) const { return write(s, out, {}); }

    /// The same with the headers that `write_head` wrote for the same tenant and user; `s` may then
    /// lack these two if the rest `is_impersonal`.
    /// @param head  written anew if it is empty.
    bool write(scope const& s, std::string& out, std::string_view head) const;

    /// Headers from Host on, but for the body's length. Replaces `out`.
    /// @return as `write`.
    bool write_head(scope const& s, std::string& out) const;

    /// Whether the headers depend on tenant and user alone, as far as they depend on anything.
    bool has_personal_head() const noexcept { return personal_head_; }
    /// Whether what stands around them depends on neither.
    bool is_impersonal() const noexcept { return impersonal_; }
    /// What stands before the headers, if that is the same in every request and nothing comes after
    /// them; otherwise nothing.
    std::optional<std::string_view> fixed_target() const noexcept
    {
        bool const is_fixed = head_at_ == 1 && pieces_[0].from == source::literal && !has_length_;
        if (!is_fixed) return std::nullopt;
        return std::string_view{literals_}.substr(pieces_[0].begin, pieces_[0].length);
    }
    /// Whether the headers of both are the same for everybody. @pre both have personal ones.
    bool has_head_of(compiled_request const& other) const noexcept;

private:
    enum class source : std::uint8_t { literal, tenant, user, object, any };
    enum class place : std::uint8_t { target, host, header, body };

    struct piece {
        source from = source::literal;
        place where = place::target;
        escape how = escape::none;
        /// Of the literal, in `literals_`.
        std::uint32_t begin = 0;
        std::uint32_t length = 0;
        /// Of the slot: the attribute within its source, and the whole name.
        std::string attribute{};
        std::string name{};
    };

    void literal(place where, std::string_view text);
    void slot(place where, std::string const& name, escape how);
    void text(place where, template_text const& t);
    void encoded(place where, template_text const& t);
    bool add_target(model const& m, operation const& op);
    void add_host(model const& m);
    void survey();
    bool append(piece const& p, scope const& s, std::string& out) const;
    bool append(std::span<piece const> some, scope const& s, std::string& out) const;
    std::span<piece const> head() const noexcept;
    std::optional<std::string_view>
    value_of(piece const& p, scope const& s, std::string& hold) const;

    std::vector<piece> pieces_;
    std::string literals_;
    /// Where the headers and the body begin among the pieces.
    std::size_t head_at_ = 0;
    std::size_t body_at_ = 0;
    bool personal_head_ = false;
    bool impersonal_ = false;
    bool has_length_ = false;
    /// A body that turns out to be empty goes without a length, as rendering has it.
    bool may_be_empty_ = true;
};

} // namespace watertight::target
