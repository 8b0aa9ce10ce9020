#include "harness/probe/tenant_names.hpp"

#include "harness/base/text.hpp"
#include "harness/base/words.hpp"

#include <algorithm>
#include <string_view>

namespace watertight::probe {

static bool drop_ending(std::string& word, std::string_view ending)
{
    if (word.size() <= ending.size() || !word.ends_with(ending)) return false;
    word.resize(word.size() - ending.size());
    return true;
}

// "X-Organizer-Id", "organizerId" and "organizers" are "organizer".
static std::string stem_of(std::string_view name)
{
    auto const is_camel = name.ends_with("Id") || name.ends_with("ID");
    auto out = to_lower(name);
    if (is_camel) drop_ending(out, "id");
    if (out.starts_with("x-")) out.erase(0, 2);
    std::ranges::replace(out, '-', '_');
    for (std::string_view const ending : {"_id", "_slug", "_key", "_name", "_uuid", "_"}) {
        if (drop_ending(out, ending)) break;
    }
    return singular(out);
}

static bool is_word(std::string_view text)
{
    auto const fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    auto const is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return text.size() >= 2 && text.size() <= 32 && std::ranges::all_of(text, fits) &&
           is_letter(text.front());
}

static void add_once(std::vector<std::string>& out, std::string name)
{
    if (std::ranges::count(out, name) == 0) out.push_back(std::move(name));
}

static void add_word(std::vector<std::string>& out, std::string word)
{
    if (is_word(word)) add_once(out, std::move(word));
}

// The part of the path that stands right before a tenant's slot.
static void add_words_of(target::operation const& op, std::vector<std::string>& out)
{
    std::string_view before;
    for (auto const& piece : op.path.pieces()) {
        // {tenant.tags.id} is an object's.
        auto const is_tenants =
            piece.slot.starts_with("tenant.") && piece.slot.find('.', 7) == piece.slot.npos;
        if (is_tenants && before.ends_with('/') && before.find('?') == std::string_view::npos) {
            before.remove_suffix(1);
            // Without a '/' before it, npos + 1 is the beginning.
            add_word(out, stem_of(before.substr(before.rfind('/') + 1)));
        }
        before = piece.literal;
    }
}

std::vector<std::string> tenant_words(target::model const& m)
{
    using channel_kind = target::identity_channel::kind;
    std::vector<std::string> out;
    for (auto const& channel : m.identity) {
        auto const has_name =
            channel.type == channel_kind::header || channel.type == channel_kind::query;
        if (has_name) add_word(out, stem_of(channel.name));
    }
    for (auto const& r : m.resources) {
        for (auto const* const op : {&r.list, &r.create, &r.read}) {
            if (*op) add_words_of(**op, out);
        }
    }
    for (auto const& op : m.operations) add_words_of(op, out);
    return out;
}

// The names by which the scenario itself says a tenant's id or slug in a body: "org" of
// org={tenant.id}, of {"org": "{tenant.slug}"} and of shop[org].
static void add_fields_of(target::operation const& op, std::vector<std::string>& out)
{
    std::string_view before;
    for (auto const& piece : op.body_text.pieces()) {
        if (piece.slot == "tenant.id" || piece.slot == "tenant.slug") {
            auto const end = before.find_last_not_of("=\": ]");
            auto const name = end == before.npos ? std::string_view{} : before.substr(0, end + 1);
            auto const begin = name.find_last_of("&\"[{,; ");
            add_word(out, to_lower(name.substr(begin == name.npos ? 0 : begin + 1)));
        }
        before = piece.literal;
    }
}

// What most call it, where neither headers nor paths nor bodies of the scenario tell.
static constexpr std::string_view usual[] = {
    "org", "organization", "organisation", "tenant", "account", "workspace", "team", "company"};

std::vector<std::string> tenant_names(target::model const& m)
{
    std::vector<std::string> out;
    for (auto const& r : m.resources) {
        for (auto const* const op : {&r.create, &r.update}) {
            if (*op) add_fields_of(**op, out);
        }
        for (auto const& op : r.others) add_fields_of(op, out);
    }
    for (auto const& op : m.operations) add_fields_of(op, out);
    auto const words = tenant_words(m);
    if (words.empty()) {
        for (auto const word : usual) {
            for (auto const* const ending : {"", "_id"}) add_once(out, std::string{word} + ending);
        }
    }
    for (auto const& word : words) {
        for (auto const* const ending : {"", "_id", "Id", "_slug"}) add_once(out, word + ending);
    }
    return out;
}

} // namespace watertight::probe
