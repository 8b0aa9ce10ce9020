#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/error.hpp"
#include "harness/verdict/words.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace watertight::verdict {

/// Members in the order in which they are written: a result file is read by people too.
using ordered = nlohmann::ordered_json;

/// RFC 3339 in UTC with as many digits as the instant needs.
std::string to_text(wall::time_point t);
std::optional<wall::time_point> instant(std::string_view text);

template <class T>
concept words_of = std::is_enum_v<T>;

template <class T>
concept structure = std::is_class_v<T> && !std::same_as<T, std::string>;

/// Writes what a `fields(archive, object)` function names, one overload per structure. The same
/// function reads with `json_reader`, so that the two cannot disagree.
class json_writer {
public:
    explicit json_writer(ordered& out) : out_{out} { out_ = ordered::object(); }

    template <class T>
    void must(char const* name, T const& value)
    {
        write(out_[name], value);
    }
    template <class T>
    void may(char const* name, T const& value)
    {
        write(out_[name], value);
    }

private:
    static void write(ordered& to, std::string const& value) { to = value; }
    template <class T>
    requires std::is_arithmetic_v<T>
    static void write(ordered& to, T value) { to = value; }
    template <words_of T>
    static void write(ordered& to, T value)
    {
        to = std::string{to_string(value)};
    }
    static void write(ordered& to, wall::time_point value) { to = to_text(value); }

    template <class T>
    static void write(ordered& to, std::optional<T> const& value)
    {
        if (value) {
            write(to, *value);
        } else {
            to = nullptr;
        }
    }

    template <class T>
    static void write(ordered& to, std::vector<T> const& values)
    {
        to = ordered::array();
        for (auto const& v : values) write(to.emplace_back(), v);
    }

    template <class T>
    static void write(ordered& to, std::map<std::string, T> const& values)
    {
        to = ordered::object();
        for (auto const& [key, v] : values) {
            if constexpr (std::floating_point<T>) {
                if (!std::isfinite(v)) continue;
            }
            write(to[key], v);
        }
    }

    static void write(ordered& to, std::pair<std::string, std::string> const& value)
    {
        to = ordered::array({value.first, value.second});
    }

    static void write(ordered& to, std::pair<double, double> const& value)
    {
        to = ordered::array({value.first, value.second});
    }

    template <structure T>
    static void write(ordered& to, T const& value)
    {
        json_writer w{to};
        // fields() takes what it may fill; a writer leaves it as it is.
        fields(w, const_cast<T&>(value));
    }

    ordered& out_;
};

/// Thrown within from_json: what is wrong, and where.
struct shape_error {
    std::string pointer;
    std::string what;
};

/// Fills what a `fields(archive, object)` function names.
class json_reader {
public:
    json_reader(nlohmann::json const& from, std::string pointer)
        : from_{from}, pointer_{std::move(pointer)}
    {
        if (!from_.is_object()) throw shape_error{pointer_, "expected an object"};
    }

    template <class T>
    void must(char const* name, T& value)
    {
        if (!from_.contains(name)) throw shape_error{pointer_ + "/" + name, "missing"};
        may(name, value);
    }

    template <class T>
    void may(char const* name, T& value)
    {
        auto const at = from_.find(name);
        if (at != from_.end()) read(*at, pointer_ + "/" + name, value);
    }

private:
    using json = nlohmann::json;

    static std::string escaped(std::string_view key)
    {
        std::string out;
        for (char const c : key) {
            if (c == '~')
                out += "~0";
            else if (c == '/')
                out += "~1";
            else
                out += c;
        }
        return out;
    }

    static void read(json const& from, std::string const& at, std::string& value)
    {
        if (!from.is_string()) throw shape_error{at, "expected a string"};
        value = from.get<std::string>();
    }

    static void read(json const& from, std::string const& at, bool& value)
    {
        if (!from.is_boolean()) throw shape_error{at, "expected true or false"};
        value = from.get<bool>();
    }

    static void read(json const& from, std::string const& at, double& value)
    {
        if (!from.is_number()) throw shape_error{at, "expected a number"};
        value = from.get<double>();
    }

    template <std::integral T>
    static void read(json const& from, std::string const& at, T& value)
    {
        bool const fits =
            from.is_number_unsigned()
                ? std::in_range<T>(from.get<std::uint64_t>())
                : from.is_number_integer() && std::in_range<T>(from.get<std::int64_t>());
        if (!fits) throw shape_error{at, "expected a whole number in range"};
        value = from.get<T>();
    }

    template <words_of T>
    static void read(json const& from, std::string const& at, T& value)
    {
        std::string word;
        read(from, at, word);
        if (!parse(word, value)) throw shape_error{at, "unknown word \"" + word + "\""};
    }

    static void read(json const& from, std::string const& at, wall::time_point& value)
    {
        std::string text;
        read(from, at, text);
        auto const t = instant(text);
        if (!t) throw shape_error{at, "expected an instant such as 2026-01-31T09:30:00.123Z"};
        value = *t;
    }

    template <class T>
    static void read(json const& from, std::string const& at, std::optional<T>& value)
    {
        if (from.is_null()) {
            value.reset();
        } else {
            read(from, at, value.emplace());
        }
    }

    template <class T>
    static void read(json const& from, std::string const& at, std::vector<T>& values)
    {
        if (!from.is_array()) throw shape_error{at, "expected an array"};
        values.clear();
        for (std::size_t i = 0; i < from.size(); ++i) {
            read(from[i], at + "/" + std::to_string(i), values.emplace_back());
        }
    }

    template <class T>
    static void read(json const& from, std::string const& at, std::map<std::string, T>& values)
    {
        if (!from.is_object()) throw shape_error{at, "expected an object"};
        values.clear();
        for (auto const& [key, v] : from.items()) read(v, at + "/" + escaped(key), values[key]);
    }

    static void
    read(json const& from, std::string const& at, std::pair<std::string, std::string>& value)
    {
        if (!from.is_array() || from.size() != 2) throw shape_error{at, "expected two strings"};
        read(from[0], at + "/0", value.first);
        read(from[1], at + "/1", value.second);
    }

    static void read(json const& from, std::string const& at, std::pair<double, double>& value)
    {
        if (!from.is_array() || from.size() != 2) throw shape_error{at, "expected two numbers"};
        read(from[0], at + "/0", value.first);
        read(from[1], at + "/1", value.second);
    }

    template <structure T>
    static void read(json const& from, std::string const& at, T& value)
    {
        json_reader r{from, at};
        fields(r, value);
    }

    json const& from_;
    std::string pointer_;
};

} // namespace watertight::verdict
