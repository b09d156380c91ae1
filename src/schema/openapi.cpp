#include "schema/openapi.hpp"

#include <fmt/format.h>

#include <stdexcept>

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

}  // namespace nassaq::schema
