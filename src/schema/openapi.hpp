#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
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

/// The schema of a struct itself, without a reference to it.
template <Described T>
boost::json::object object_schema(Components& components, Use use = Use::request) {
    boost::json::object properties;
    boost::json::array required;
    const T defaults{};
    for_each_field<T>([&](std::string_view name, const Rule& rule, auto pointer) {
        using Field = std::remove_cvref_t<decltype(defaults.*pointer)>;
        boost::json::object property = schema_of<Field>(components, rule, use);
        if (is_required<Field>(rule, use)) {
            required.push_back(boost::json::string(name));
        }
        if constexpr (!IsPatch<Field>::value) {
            if (rule.defaulted) {
                property["default"] = boost::json::parse(to_json(defaults.*pointer));
            }
        }
        properties[name] = std::move(property);
    });
    boost::json::object schema{{"type", "object"}, {"title", type_name<T>()}, {"properties", std::move(properties)}};
    if (!required.empty()) {
        schema["required"] = std::move(required);
    }
    if (forbids_extra_fields<T>) {
        schema["additionalProperties"] = false;
    }
    return schema;
}

template <class T>
boost::json::object nullable_schema(Components& components, const Rule& rule, Use use) {
    boost::json::object null_schema{{"type", "null"}};
    return {{"anyOf", boost::json::array{schema_of<T>(components, rule, use), std::move(null_schema)}}};
}

template <class T>
boost::json::object schema_of(Components& components, const Rule& rule, Use use) {
    boost::json::object schema;
    if constexpr (IsOptional<T>::value) {
        if (rule.omitted_when_empty) {
            return schema_of<typename T::value_type>(components, rule, use);
        }
        return nullable_schema<typename T::value_type>(components, rule, use);
    } else if constexpr (IsPatch<T>::value) {
        return nullable_schema<typename decltype(T::value)::value_type>(components, rule, use);
    } else if constexpr (IsVector<T>::value) {
        return {{"type", "array"}, {"items", schema_of<typename T::value_type>(components, {}, use)}};
    } else if constexpr (IsMap<T>::value) {
        boost::json::object map{{"type", "object"}};
        map["additionalProperties"] = schema_of<typename T::mapped_type>(components, {}, use);
        describe_rule(rule, map);
        return map;
    } else if constexpr (std::is_same_v<T, bool>) {
        schema["type"] = "boolean";
    } else if constexpr (std::is_integral_v<T>) {
        schema["type"] = "integer";
    } else if constexpr (std::is_floating_point_v<T>) {
        schema["type"] = "number";
    } else if constexpr (std::is_same_v<T, std::string>) {
        schema["type"] = "string";
    } else if constexpr (std::is_same_v<T, Timestamp>) {
        schema["type"] = "string";
        schema["description"] = "UTC, without a suffix";
        schema["examples"] = boost::json::array{"2024-05-01T09:30:00.123456"};
    } else if constexpr (std::is_same_v<T, boost::json::value>) {
        // Any value: the empty schema.
    } else {
        const std::string name = components.claim<T>();
        if (!components.schemas.contains(name)) {
            components.schemas[name] = nullptr;  // Taken, should the type refer to itself.
            components.schemas[name] = object_schema<T>(components, use);
        }
        return {{"$ref", "#/components/schemas/" + name}};
    }
    describe_rule(rule, schema);
    return schema;
}

}  // namespace nassaq::schema
