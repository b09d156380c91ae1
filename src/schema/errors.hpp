#pragma once

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "schema/rule.hpp"

namespace nassaq::schema {

/// Collects the validation errors of one request, in Pydantic's form: `{"type", "loc", "msg", "input", "ctx"?}`.
class Errors {
public:
    /// @param root  the first element of every `loc`: "body", "query", "path" or "header".
    explicit Errors(std::string_view root) : location_{root} {}

    void add(std::string_view type, std::string_view message, const boost::json::value& input,
             boost::json::object context = {});
    /// A rule of our own that is not met.
    void add_value_error(std::string_view message, const boost::json::value& input);
    void add_missing(const boost::json::value& input);
    /// Of a list.
    void add_too_long(std::size_t length, std::int64_t most, const boost::json::value& input);

    [[nodiscard]] bool empty() const { return details_.empty(); }
    /// The `detail` of the 422 answer; nothing is left here.
    boost::json::array take() { return std::move(details_); }

    /// Adds one element to the `loc` of what is found while it lives.
    class Scope {
    public:
        Scope(Errors& errors, std::string_view element) : errors_(errors) {
            errors_.location_.push_back(boost::json::string(element));
        }
        /// Of an array.
        Scope(Errors& errors, std::size_t index) : errors_(errors) { errors_.location_.push_back(index); }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
        ~Scope() { errors_.location_.pop_back(); }

    private:
        Errors& errors_;
    };

private:
    boost::json::array location_;
    boost::json::array details_;
};

/// What stands in an error in place of a secret.
inline constexpr std::string_view masked = "**********";

template <Described T>
constexpr bool has_secrets() {
    return std::ranges::any_of(rules<T>, &Rule::secret);
}

/// `input` with the values of T's secret fields masked, for an error that echoes the whole object.
template <Described T>
boost::json::value without_secrets(const boost::json::value& input) {
    const auto* object = input.if_object();
    if (object == nullptr) {
        return input;
    }
    boost::json::object copy = *object;
    for (const Rule& rule : rules<T>) {
        if (rule.secret && copy.contains(rule.field)) {
            copy[rule.field] = masked;
        }
    }
    return copy;
}

}  // namespace nassaq::schema
