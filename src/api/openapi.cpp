#include "api/openapi.hpp"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "base/version.hpp"

namespace nassaq::api {
namespace {

namespace json = boost::json;

json::object reference(std::string_view schema) {
    return {{"$ref", fmt::format("#/components/schemas/{}", schema)}};
}

json::object json_content(json::object schema, json::object examples = {}) {
    json::object media{{"schema", std::move(schema)}};
    if (!examples.empty()) {
        media["examples"] = std::move(examples);
    }
    return {{"application/json", std::move(media)}};
}

/// `{"detail": "text"}`, with each text that may stand there as an example.
json::object problem_response(const std::vector<std::string_view>& details) {
    json::object examples;
    std::string description;
    for (const std::string_view detail : details) {
        examples[std::to_string(examples.size() + 1)] = json::object{{"value", json::object{{"detail", detail}}}};
        description += (description.empty() ? "" : " · ") + std::string(detail);
    }
    return {{"description", description}, {"content", json_content(reference("Problem"), std::move(examples))}};
}

using Problems = std::map<int, std::vector<std::string_view>>;

void add_level_problems(Level level, Problems& problems) {
    if (level >= Level::any_token) {
        problems[401].insert(problems[401].begin(), {"Not authenticated", "Could not validate credentials"});
    }
    if (level >= Level::active_user) {
        problems[403].emplace_back("Your account is pending role assignment. Please contact an administrator.");
    }
    if (level >= Level::admin) {
        problems[403].emplace_back("You are not authorized to perform this action.");
    }
}

json::object responses_of(const Route& route, json::object& operation) {
    json::object responses;
    json::object success{{"description", route.options.status == 204 ? "Done; no body." : "The answer."}};
    if (auto* answer = operation.if_contains("x-answer")) {
        success["content"] = json_content(std::move(answer->as_object()));
        operation.erase("x-answer");
    } else if (route.options.status != 204) {
        json::object content;
        content[route.options.produces] = json::object{{"schema", json::object()}};
        success["content"] = std::move(content);
    }
    responses[std::to_string(route.options.status)] = std::move(success);

    Problems problems;
    add_level_problems(route.level, problems);
    if (route.options.limits_addresses) {
        problems[429].emplace_back("Too many requests");
    }
    for (const DocumentedProblem& problem : route.options.problems) {
        if (problem.status != 0) {
            problems[problem.status].push_back(problem.detail);
        }
    }
    for (const auto& [status, details] : problems) {
        responses[std::to_string(status)] = problem_response(details);
    }
    if (operation.contains("parameters") || operation.contains("requestBody")) {
        responses["422"] = json::object{{"description", "Validation error"},
                                        {"content", json_content(reference("HTTPValidationError"))}};
    }
    return responses;
}

/// "GET /docs/{doc_id}/text" becomes "get_docs_doc_id_text".
std::string operation_id(const Route& route) {
    std::string id;
    for (const char character : fmt::format("{} {}", route.method, route.path)) {
        const bool is_letter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
        if (is_letter || character == '_') {
            id += static_cast<char>(is_letter ? character | 0x20 : character);
        } else if (!id.empty() && id.back() != '_') {
            id += '_';
        }
    }
    while (id.ends_with('_')) {
        id.pop_back();
    }
    return id;
}

json::object operation_of(const Route& route, std::string_view tag, schema::Components& components) {
    json::object operation{{"tags", json::array{json::string(tag)}},
                           {"summary", route.options.summary},
                           {"operationId", operation_id(route)}};
    if (!route.options.description.empty()) {
        operation["description"] = route.options.description;
    }
    route.describe({operation, components});
    operation["responses"] = responses_of(route, operation);
    if (route.level != Level::none) {
        operation["security"] = json::array{json::object{{"OAuth2PasswordBearer", json::array()}}};
    }
    return operation;
}

void add_error_schemas(schema::Components& components) {
    const json::object text{{"type", "string"}};
    components["Problem"] = json::object{{"type", "object"},
                                         {"title", "Problem"},
                                         {"properties", json::object{{"detail", text}}},
                                         {"required", json::array{"detail"}}};
    const json::object location{
        {"type", "array"}, {"items", json::object{{"anyOf", json::array{text, json::object{{"type", "integer"}}}}}}};
    components["ValidationError"] =
        json::object{{"type", "object"},
                     {"title", "ValidationError"},
                     {"properties", json::object{{"type", text},
                                                 {"loc", location},
                                                 {"msg", text},
                                                 {"input", json::object()},
                                                 {"ctx", json::object{{"type", "object"}}}}},
                     {"required", json::array{"type", "loc", "msg", "input"}}};
    components["HTTPValidationError"] = json::object{
        {"type", "object"},
        {"title", "HTTPValidationError"},
        {"properties",
         json::object{{"detail", json::object{{"type", "array"}, {"items", reference("ValidationError")}}}}},
        {"required", json::array{"detail"}}};
}

json::object security_schemes() {
    const json::object password{{"tokenUrl", std::string(base_path).append("/auth/login")}, {"scopes", json::object()}};
    return {
        {"OAuth2PasswordBearer", json::object{{"type", "oauth2"}, {"flows", json::object{{"password", password}}}}}};
}

}  // namespace

json::object make_openapi(std::span<const RouteTable> tables) {
    json::object paths;
    schema::Components components;
    json::array tags;
    add_error_schemas(components);
    for (const RouteTable& table : tables) {
        tags.push_back(json::object{{"name", table.tag}});
        for (const Route& route : table.routes) {
            json::value& item = paths[std::string(table.prefix).append(route.path)];
            if (!item.is_object()) {
                item = json::object();
            }
            std::string method{route.method};
            std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
            item.as_object()[method] = operation_of(route, table.tag, components);
        }
    }
    return {{"openapi", "3.1.0"},
            {"info", json::object{{"title", "Nassaq"},
                                  {"version", version},
                                  {"description", "Digitise, store, find and protect documents."},
                                  {"license", json::object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
            {"tags", std::move(tags)},
            {"paths", std::move(paths)},
            {"components", json::object{{"schemas", std::move(components)}, {"securitySchemes", security_schemes()}}}};
}

}  // namespace nassaq::api
