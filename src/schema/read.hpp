#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "schema/errors.hpp"
#include "schema/rule.hpp"
#include "schema/scalars.hpp"

namespace nassaq::schema {

/// Named texts, as a query or a form has them.
using TextFields = std::vector<std::pair<std::string, std::string>>;

/// Whether the field may be left out of a request.
template <class Field>
constexpr bool may_be_absent(const Rule& rule) {
    return rule.defaulted || IsOptional<Field>::value || IsPatch<Field>::value;
}

template <Described T>
bool read_value(const boost::json::value& input, T& value, const Rule& rule, Errors& errors);

template <class T>
bool read_value(const boost::json::value& input, std::optional<T>& value, const Rule& rule, Errors& errors) {
    value.reset();
    return input.is_null() || read_value(input, value.emplace(), rule, errors);
}

template <class T>
bool read_value(const boost::json::value& input, Patch<T>& value, const Rule& rule, Errors& errors) {
    value.present = true;
    return read_value(input, value.value, rule, errors);
}

/// @param rule  `max` is of how many elements there may be; `one_of` is of each.
template <class T>
bool read_value(const boost::json::value& input, std::vector<T>& values, const Rule& rule, Errors& errors) {
    const boost::json::array* array = input.if_array();
    if (array == nullptr) {
        errors.add("list_type", "Input should be a valid list", input);
        return false;
    }
    if (rule.max != no_maximum && array->size() > static_cast<std::size_t>(rule.max)) {
        errors.add_too_long(array->size(), rule.max, input);
        return false;
    }
    const Rule rule_of_each{.field = rule.field, .one_of = rule.one_of};
    bool valid = true;
    values.resize(array->size());
    for (std::size_t index = 0; index < array->size(); ++index) {
        const Errors::Scope scope(errors, index);
        valid = read_value((*array)[index], values[index], rule_of_each, errors) && valid;
    }
    return valid;
}

template <Described T>
void refuse_extra_fields(const boost::json::object& object, Errors& errors) {
    for (const auto& [name, value] : object) {
        bool known = false;
        for_each_field<T>([&](std::string_view field, const Rule&, auto) { known = known || field == name; });
        if (!known) {
            const Errors::Scope scope(errors, name);
            errors.add("extra_forbidden", "Extra inputs are not permitted", value);
        }
    }
}

template <Described T>
bool read_value(const boost::json::value& input, T& value, const Rule& /*rule*/, Errors& errors) {
    const boost::json::object* object = input.if_object();
    if (object == nullptr) {
        errors.add("model_attributes_type", "Input should be a valid dictionary or object to extract fields from",
                   has_secrets<T>() ? boost::json::value(masked) : input);
        return false;
    }
    bool valid = true;
    for_each_field<T>([&](std::string_view name, const Rule& rule, auto pointer) {
        auto& field = value.*pointer;
        const Errors::Scope scope(errors, name);
        if (const boost::json::value* given = object->if_contains(name)) {
            valid = read_value(*given, field, rule, errors) && valid;
        } else if (!may_be_absent<std::remove_reference_t<decltype(field)>>(rule)) {
            errors.add_missing(without_secrets<T>(input));
            valid = false;
        }
    });
    if constexpr (forbids_extra_fields<T>) {
        refuse_extra_fields<T>(*object, errors);
    }
    return valid && errors.empty();
}

template <class T>
bool read_text(std::string_view input, std::optional<T>& value, const Rule& rule, Errors& errors) {
    return read_text(input, value.emplace(), rule, errors);
}

/// How an empty value counts: a form's means that the field was left out (as FastAPI takes it), a query's is a value.
enum class Empty { is_value, is_absent };

/// Reads a struct from a query or a form. Of several fields with one name the last counts.
template <Described T>
void read_fields(const TextFields& fields, Empty empty, T& value, Errors& errors) {
    for_each_field<T>([&](std::string_view name, const Rule& rule, auto pointer) {
        auto& field = value.*pointer;
        const std::string* given = nullptr;
        for (const auto& [key, text] : fields) {
            if (key == name) {
                given = &text;
            }
        }
        const Errors::Scope scope(errors, name);
        const bool is_absent = given == nullptr || (given->empty() && empty == Empty::is_absent);
        if (!is_absent) {
            read_text(*given, field, rule, errors);
        } else if (!may_be_absent<std::remove_reference_t<decltype(field)>>(rule)) {
            errors.add_missing(nullptr);
        }
    });
}

}  // namespace nassaq::schema
