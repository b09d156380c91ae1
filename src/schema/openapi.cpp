#include "schema/openapi.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <stdexcept>
#include <utility>

namespace nassaq::schema {

std::string short_type_name(std::string_view pretty_name) {
    const auto colon = pretty_name.rfind(':');
    return std::string(colon == std::string_view::npos ? pretty_name : pretty_name.substr(colon + 1));
}

void Components::claim(const std::string& name, const std::string& type) {
    const auto [place, is_new] = types.emplace(name, type);
    if (!is_new && place->second != type) {
        throw std::logic_error(fmt::format("the OpenAPI document has one name for {} and {}", place->second, type));
    }
}

void describe_rule(const Rule& rule, boost::json::object& schema) {
    const bool is_text = schema.contains("type") && schema.at("type") == "string";
    if (rule.min != no_minimum) {
        schema[is_text ? "minLength" : "minimum"] = rule.min;
    }
    if (rule.max != no_maximum) {
        schema[is_text ? "maxLength" : "maximum"] = rule.max;
    }
    if (rule.format == Format::email) {
        schema["format"] = "email";
    }
    if (rule.secret) {
        schema["format"] = "password";
    }
    if (!rule.pattern.empty()) {
        schema["pattern"] = rule.pattern;
    }
    if (!rule.one_of.empty()) {
        boost::json::array choices;
        for (const std::string_view choice : rule.one_of) {
            choices.push_back(boost::json::string(choice));
        }
        schema["enum"] = std::move(choices);
    }
    if (!rule.description.empty()) {
        schema["description"] = rule.description;
    }
    if (!rule.example.empty()) {
        schema["examples"] = boost::json::array{boost::json::parse(rule.example)};
    }
}

boost::json::object typed_schema(std::string_view type, const Rule& rule) {
    boost::json::object schema{{"type", type}};
    describe_rule(rule, schema);
    return schema;
}

boost::json::object timestamp_schema(const Rule& rule) {
    boost::json::object schema{{"type", "string"},
                               {"description", "UTC, without a suffix"},
                               {"examples", boost::json::array{"2024-05-01T09:30:00.123456"}}};
    describe_rule(rule, schema);
    return schema;
}

boost::json::object array_schema(boost::json::object items, const Rule& rule) {
    boost::json::object schema{{"type", "array"}, {"items", std::move(items)}};
    if (rule.max != no_maximum) {
        schema["maxItems"] = rule.max;
    }
    describe_rule({.description = rule.description, .example = rule.example}, schema);
    return schema;
}

boost::json::object map_schema(boost::json::object values, const Rule& rule) {
    boost::json::object schema{{"type", "object"}, {"additionalProperties", std::move(values)}};
    describe_rule(rule, schema);
    return schema;
}

boost::json::object nullable_schema(boost::json::object schema) {
    return {{"anyOf", boost::json::array{std::move(schema), boost::json::object{{"type", "null"}}}}};
}

boost::json::object reference_to(const std::string& name) {
    return {{"$ref", "#/components/schemas/" + name}};
}

void ObjectSchema::add(std::string_view name, boost::json::object property, bool is_required) {
    if (is_required) {
        required_.push_back(boost::json::string(name));
    }
    properties_[name] = std::move(property);
}

void ObjectSchema::set_default(std::string_view name, std::string_view json) {
    properties_.at(name).as_object()["default"] = boost::json::parse(json);
}

boost::json::object ObjectSchema::finish(std::string_view title, bool forbids_extra) && {
    boost::json::object schema{{"type", "object"}, {"title", title}, {"properties", std::move(properties_)}};
    if (!required_.empty()) {
        schema["required"] = std::move(required_);
    }
    if (forbids_extra) {
        schema["additionalProperties"] = false;
    }
    return schema;
}

}  // namespace nassaq::schema
