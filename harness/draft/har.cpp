#include "harness/base/text.hpp"
#include "harness/draft/address.hpp"
#include "harness/draft/description.hpp"
#include "harness/draft/har_body.hpp"
#include "harness/draft/paths.hpp"
#include "harness/draft/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace watertight::draft {

namespace {

struct recorded {
    node const* request = nullptr;
    node const* response = nullptr;
    std::string origin;
    std::string path;
};

bool is_hexadecimal(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
               c == '-';
    });
}

/// Numbers, UUIDs, hashes and long words with digits are ids whatever else is known.
bool looks_like_id(std::string_view text)
{
    auto const digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
    auto const all = static_cast<std::ptrdiff_t>(text.size());
    if (digits == all) return true;
    if (text.size() >= 16 && is_hexadecimal(text)) return true;
    return text.size() >= 12 && digits >= 3 && text.find('.') == text.npos;
}

bool is_id_member(std::string_view name)
{
    auto const plain = plain_word(name);
    return is_generic_id(name) || plain.ends_with("id") || plain == "login" || plain == "username";
}

bool is_asset(node const& response)
{
    auto const* const content = response.find("content");
    auto const type = content == nullptr ? std::string{} : content->text_of("mimeType");
    for (auto const* const word : {"javascript", "css", "image/", "font", "text/html", "video/"}) {
        if (type.find(word) != type.npos) return true;
    }
    return false;
}

/// The name of the cookie that seems to be the session, else of the first.
std::string session_cookie(std::string_view header)
{
    std::string best;
    for (auto const part : split(header, ';')) {
        auto const name = std::string{trim(part.substr(0, part.find('=')))};
        auto const plain = plain_word(name);
        if (best.empty()) best = name;
        if (plain.find("sess") != plain.npos || plain.ends_with("sid")) return name;
    }
    return best;
}

class har_reader {
public:
    har_reader(std::string file, std::string base) : file_{std::move(file)}, base_{std::move(base)}
    {
    }

    result<description> read(node const& root)
    {
        auto const* const log = root.find("log");
        auto const* const entries = log == nullptr ? nullptr : log->find("entries");
        if (entries == nullptr || !entries->is_list()) {
            return fault_at(file_, root, "this is no HAR recording: log.entries was expected");
        }
        collect(*entries);
        choose_origin();
        for (auto const& r : all_) take(r);
        if (out_.calls.empty()) {
            auto const what = base_.empty() ? "no request to an API is recorded"
                                            : "no recorded request begins with " + base_;
            return fault_at(file_, *entries, what);
        }
        out_.format = "HAR 1.2";
        out_.servers = {{base_, {}}};
        add_notes();
        return std::move(out_);
    }

private:
    void collect(node const& entries)
    {
        for (auto const& entry : entries.items) {
            auto const* const request = entry.find("request");
            auto const* const response = entry.find("response");
            if (request == nullptr || response == nullptr || is_asset(*response)) continue;
            auto const url = request->text_of("url");
            auto origin = origin_of(url);
            if (origin.empty()) continue;
            all_.push_back({request, response, std::move(origin), std::string{path_of(url)}});
        }
    }

    void choose_origin()
    {
        std::map<std::string, std::size_t> counts;
        for (auto const& r : all_) ++counts[r.origin];
        auto const best =
            std::ranges::max_element(counts, {}, [](auto const& c) { return c.second; });
        if (base_.empty() && best != counts.end()) base_ = best->first;
        auto const is_elsewhere = [&](recorded const& r) {
            return !(r.origin + r.path).starts_with(base_);
        };
        elsewhere_ = static_cast<std::size_t>(std::erase_if(all_, is_elsewhere));
        auto const scheme = base_.find("://");
        auto const slash = base_.find('/', scheme == base_.npos ? 0 : scheme + 3);
        auto prefix = slash == base_.npos ? std::string{} : base_.substr(slash);
        while (prefix.ends_with('/')) prefix.pop_back();
        for (auto& r : all_) r.path = r.path.substr(prefix.size());
        out_.title = scheme == base_.npos ? base_ : base_.substr(scheme + 3);
        out_.title = out_.title.substr(0, out_.title.find_first_of(":/"));
    }

    /// "/orgs/acme/projects/17" is "/orgs/{org_id}/projects/{project_id}".
    std::string templated(std::string const& path) const
    {
        std::string out;
        std::string before = "object";
        std::set<std::string> names;
        for (auto const part : split(path, '/')) {
            if (part.empty()) continue;
            auto const is_id = looks_like_id(part) || ids_.contains(std::string{part});
            auto name = scenario_name(singular_of(before)) + "_id";
            while (is_id && !names.insert(name).second) name += "_2";
            out += is_id ? "/{" + name + "}" : "/" + std::string{part};
            before = part;
        }
        return path.ends_with('/') || out.empty() ? out + "/" : out;
    }

    void take(recorded const& r)
    {
        int status = 0;
        auto const told = r.response->text_of("status");
        std::from_chars(told.data(), told.data() + told.size(), status);
        auto const method = r.request->text_of("method");
        auto answer = recorded_json(r.response->find("content"));
        auto const is_success = status >= 200 && status < 300;
        if (is_success && method != "OPTIONS" && method != "HEAD" && method != "CONNECT") {
            add(r, method, status, answer);
        }
        // Ids that were told are recognised in later paths.
        remember_ids(answer, "");
        if (status == 201 || status == 202) remember_address(location_of(*r.response));
    }

    void add(recorded const& r, std::string const& method, int status, json_value const& answer)
    {
        auto const path = templated(r.path);
        auto const is_it = [&](call const& c) { return c.method == method && c.path == path; };
        auto found = std::ranges::find_if(out_.calls, is_it);
        if (found == out_.calls.end()) {
            out_.calls.push_back({method, path, {}, {}, {}, {}, nullptr, {}, false});
            found = out_.calls.end() - 1;
            found->body = recorded_body(*r.request, ids_);
        }
        if (std::ranges::count(found->success, status) == 0) found->success.push_back(status);
        if (found->answer.is_null() || found->answer.empty()) found->answer = answer;
        if (method == "POST")
            remember_tokens(answer, static_cast<std::size_t>(found - out_.calls.begin()));
        add_headers(*found, *r.request);
        if (!location_of(*r.response).empty()) found->tells_location = true;
    }

    static std::string location_of(node const& response)
    {
        auto const* const headers = response.find("headers");
        if (headers == nullptr) return {};
        auto const is_location = [](node const& h) {
            return iequals(h.text_of("name"), "location");
        };
        auto const found = std::ranges::find_if(headers->items, is_location);
        return found == headers->items.end() ? std::string{} : found->text_of("value");
    }

    /// What was made is called by the end of its address.
    void remember_address(std::string_view address)
    {
        address = address.substr(0, address.find_first_of("?#"));
        while (address.ends_with('/')) address.remove_suffix(1);
        remember_ids(std::string{address.substr(address.rfind('/') + 1)}, "id");
    }

    void scheme(call& to, std::string name, scheme_kind kind, std::string const& key)
    {
        auto const is_it = [&](security_scheme const& s) { return s.name == name; };
        if (std::ranges::none_of(out_.schemes, is_it)) out_.schemes.push_back({name, kind, key});
        if (std::ranges::count(to.schemes, name) == 0) to.schemes.push_back(std::move(name));
    }

    void add_headers(call& to, node const& request)
    {
        auto const* const headers = request.find("headers");
        if (headers == nullptr) return;
        for (auto const& h : headers->items) {
            auto const name = h.text_of("name");
            auto const lower = to_lower(name);
            auto const value = h.text_of("value");
            if (lower == "authorization") {
                auto const is_basic = to_lower(value).starts_with("basic ");
                // The token alone, without a word before it.
                auto const is_bare = trim(value).find(' ') == value.npos;
                auto const kind = is_basic  ? scheme_kind::basic
                                  : is_bare ? scheme_kind::key_in_header
                                            : scheme_kind::bearer;
                scheme(to, lower, kind, is_bare ? "Authorization" : "");
                count_use(value);
            } else if (lower == "cookie") {
                // The name of the likeliest; never a value.
                scheme(to, lower, scheme_kind::key_in_cookie, session_cookie(value));
            } else if (is_secret_field(name) || plain_word(name).ends_with("key")) {
                scheme(to, lower, scheme_kind::key_in_header, name);
            } else if (lower.starts_with("x-") && owner_word_of(name).weight >= 2) {
                add_parameter(to, {name, parameter_place::header, true, {}});
            }
        }
    }

    /// Of the answers that told this token the last: its request is the log-in that counts.
    void count_use(std::string_view value)
    {
        auto const token = value.substr(value.rfind(' ') + 1);
        auto const found = tellers_.find(std::string{token});
        if (found != tellers_.end()) ++out_.calls[found->second].uses;
    }

    void remember_tokens(json_value const& value, std::size_t teller)
    {
        static constexpr std::size_t shortest = 16;
        if (value.is_structured()) {
            for (auto const& member : value) remember_tokens(member, teller);
        } else if (value.is_string()) {
            auto text = value.get<std::string>();
            if (text.size() >= shortest) tellers_[std::move(text)] = teller;
        }
    }

    static void add_parameter(call& to, parameter p)
    {
        auto const is_it = [&](parameter const& known) { return known.name == p.name; };
        if (std::ranges::none_of(to.parameters, is_it)) to.parameters.push_back(std::move(p));
    }

    void remember_ids(json_value const& value, std::string_view name)
    {
        if (value.is_object()) {
            for (auto const& [key, member] : value.items()) remember_ids(member, key);
        } else if (value.is_array()) {
            for (auto const& item : value) remember_ids(item, name);
        } else if (value.is_string() && is_id_member(name)) {
            auto const text = value.get<std::string>();
            // Short words are part of too many paths.
            if (text.size() >= 3) ids_.insert(text);
        }
    }

    void add_notes()
    {
        if (elsewhere_ > 0) {
            out_.notes.push_back(
                fmt::format("{} to other hosts left out", plural(elsewhere_, "request"))
            );
        }
    }

    std::string file_;
    std::string base_;
    std::vector<recorded> all_;
    std::set<std::string> ids_;
    /// Which call's answer told what may be a token.
    std::map<std::string, std::size_t> tellers_;
    std::size_t elsewhere_ = 0;
    description out_;
};

} // namespace

result<description> read_har(node const& root, std::string const& file, std::string const& base)
{
    return har_reader{file, base}.read(root);
}

} // namespace watertight::draft
