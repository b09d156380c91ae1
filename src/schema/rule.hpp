#pragma once

#include <array>
#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// One declaration per struct (BOOST_DESCRIBE_STRUCT and a sparse table of rules) gives reading with Pydantic's errors
/// (read.hpp), writing (write.hpp) and OpenAPI (openapi.hpp).
namespace nassaq::schema {

enum class Format { none, email };

/// A rule of our own for a text. May put the text in order (trim it, say).
/// @return what is wrong with it, or nothing.
using Check = std::optional<std::string> (*)(std::string& text);

inline constexpr std::int64_t no_minimum = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t no_maximum = std::numeric_limits<std::int64_t>::max();

/// The largest integer that every reader of JSON can say (2^53 - 1): of a `skip`, to which a `limit` is still added.
inline constexpr std::int64_t largest_integer = (std::int64_t{1} << 53) - 1;

/// What a field must satisfy beyond its type. A field of type std::optional or Patch may be absent or null; one that is
/// `defaulted` may be absent, and the member's initializer then stands; any other is required.
struct Rule {
    std::string_view field;         ///< The member's name.
    std::string_view alias;         ///< The name on the wire, where it is another.
    std::int64_t min = no_minimum;  ///< Least length of a text in code points, or least value of a number.
    std::int64_t max = no_maximum;
    Format format = Format::none;
    bool defaulted = false;
    bool omitted_when_empty = false;           ///< Of a std::optional in an answer: left out rather than null.
    bool secret = false;                       ///< Never echoed in an error.
    std::span<const std::string_view> one_of;  ///< The only values that a text may have.
    std::string_view pattern;                  ///< "^word$": the only value, refused as a pattern is.
    Check check = nullptr;                     ///< Runs last.
    std::string_view description;
    std::string_view example;  ///< As JSON.
};

/// The rules of a struct, for the fields that have any. Specialize next to the struct.
template <class T>
inline constexpr std::array<Rule, 0> rules{};

/// Whether a body with fields that the struct does not have is refused. Specialize next to the struct.
template <class T>
inline constexpr bool forbids_extra_fields = false;

/// A field of a PATCH body, where absent, null and a value mean three things.
template <class T>
struct Patch {
    bool present = false;
    std::optional<T> value;
};

template <class T>
concept Described = boost::describe::has_describe_members<T>::value;

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
struct IsPatch : std::false_type {};
template <class T>
struct IsPatch<Patch<T>> : std::true_type {};

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

/// A JSON object whose names are data.
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

/// The rule of a field; an empty one when it has none.
template <class T>
constexpr Rule rule_of(std::string_view field) {
    for (const Rule& rule : rules<T>) {
        if (rule.field == field) {
            return rule;
        }
    }
    return Rule{.field = field};
}

/// True when each rule names a field that is there: a misspelt one must not compile.
template <class T>
consteval bool rules_name_real_fields() {
    for (const Rule& rule : rules<T>) {
        bool found = false;
        boost::mp11::mp_for_each<Members<T>>([&](auto member) { found = found || rule.field == member.name; });
        if (!found) {
            return false;
        }
    }
    return true;
}

/// Calls `visit(name_on_the_wire, rule, member_pointer)` for each field in declaration order.
template <Described T, class Visit>
void for_each_field(Visit visit) {
    static_assert(rules_name_real_fields<T>(), "a rule names a field that the struct does not have");
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        using Member = decltype(member);
        constexpr Rule rule = rule_of<T>(Member::name);
        visit(rule.alias.empty() ? std::string_view(Member::name) : rule.alias, rule, Member::pointer);
    });
}

}  // namespace nassaq::schema
