#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/type_index.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/clock.hpp"
#include "schema/rule.hpp"
#include "schema/write.hpp"

/// JSON Schema (2020-12, the dialect of OpenAPI 3.1) of the described structs.
namespace nassaq::schema {

/// "RegisterRequest" for nassaq::auth::RegisterRequest.
std::string short_type_name(std::string_view pretty_name);

template <class T>
std::string type_name() {
    return short_type_name(boost::typeindex::type_id<T>().pretty_name());
}

/// The schemas that the document's `components/schemas` will hold, by name.
struct Components {
    boost::json::object schemas;
    std::map<std::string, std::string> types;  ///< Which struct each name stands for, with its namespace.

    /// Says that `name` stands for this struct. @throws std::logic_error when it stands for another already, whose
    /// schema would be taken for this one's.
    void claim(const std::string& name, const std::string& type);
    /// @return the name of the struct.
    template <class T>
    std::string claim() {
        std::string name = type_name<T>();
        claim(name, boost::typeindex::type_id<T>().pretty_name());
        return name;
    }
};

/// Adds what a rule says of a text or a number.
void describe_rule(const Rule& rule, boost::json::object& schema);

/// What a struct is described for: a request may leave fields out that an answer always has.
enum class Use { request, answer };

/// Whether the field is always there.
template <class Field>
constexpr bool is_required(const Rule& rule, Use use) {
    if (use == Use::answer) {
        return !rule.omitted_when_empty;
    }
    return !rule.defaulted && !IsOptional<Field>::value && !IsPatch<Field>::value;
}

template <class T>
boost::json::object schema_of(Components& components, const Rule& rule = {}, Use use = Use::request);

// The parts that need no template, in openapi.cpp: they run once, and each type would compile them anew.

/// What stands for one type of value, with what a rule says of it.
boost::json::object typed_schema(std::string_view type, const Rule& rule);
boost::json::object timestamp_schema(const Rule& rule);
/// @param rule  `max` is of how many elements there may be, as in read.hpp
boost::json::object array_schema(boost::json::object items, const Rule& rule);
boost::json::object map_schema(boost::json::object values, const Rule& rule);
boost::json::object nullable_schema(boost::json::object schema);
boost::json::object reference_to(const std::string& name);

/// The schema of a struct, put together field by field.
class ObjectSchema {
public:
    void add(std::string_view name, boost::json::object property, bool is_required);
    void set_default(std::string_view name, std::string_view json);
    [[nodiscard]] boost::json::object finish(std::string_view title, bool forbids_extra) &&;

private:
    boost::json::object properties_;
    boost::json::array required_;
};

/// The schema of a struct itself, without a reference to it.
template <Described T>
boost::json::object object_schema(Components& components, Use use = Use::request) {
    ObjectSchema object;
    const T defaults{};
    for_each_field<T>([&](std::string_view name, const Rule& rule, auto pointer) {
        using Field = std::remove_cvref_t<decltype(defaults.*pointer)>;
        object.add(name, schema_of<Field>(components, rule, use), is_required<Field>(rule, use));
        if constexpr (!IsPatch<Field>::value) {
            if (rule.defaulted) {
                object.set_default(name, to_json(defaults.*pointer));
            }
        }
    });
    return std::move(object).finish(type_name<T>(), forbids_extra_fields<T>);
}

template <class T>
boost::json::object schema_of(Components& components, const Rule& rule, Use use) {
    if constexpr (IsOptional<T>::value) {
        auto schema = schema_of<typename T::value_type>(components, rule, use);
        if (rule.omitted_when_empty) {
            return schema;
        }
        return nullable_schema(std::move(schema));
    } else if constexpr (IsPatch<T>::value) {
        return nullable_schema(schema_of<typename decltype(T::value)::value_type>(components, rule, use));
    } else if constexpr (IsVector<T>::value) {
        return array_schema(schema_of<typename T::value_type>(components, {.one_of = rule.one_of}, use), rule);
    } else if constexpr (IsMap<T>::value) {
        return map_schema(schema_of<typename T::mapped_type>(components, {}, use), rule);
    } else if constexpr (std::is_same_v<T, bool>) {
        return typed_schema("boolean", rule);
    } else if constexpr (std::is_integral_v<T>) {
        return typed_schema("integer", rule);
    } else if constexpr (std::is_floating_point_v<T>) {
        return typed_schema("number", rule);
    } else if constexpr (std::is_same_v<T, std::string>) {
        return typed_schema("string", rule);
    } else if constexpr (std::is_same_v<T, Timestamp>) {
        return timestamp_schema(rule);
    } else if constexpr (std::is_same_v<T, boost::json::value>) {
        boost::json::object any;
        describe_rule(rule, any);
        return any;
    } else {
        const std::string name = components.claim<T>();
        if (!components.schemas.contains(name)) {
            components.schemas[name] = nullptr;  // Taken, should the type refer to itself.
            components.schemas[name] = object_schema<T>(components, use);
        }
        return reference_to(name);
    }
}

}  // namespace nassaq::schema
