#include "api/openapi.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/openapi_responses.hpp"
#include "base/version.hpp"

namespace nassaq::api {
namespace {

namespace json = boost::json;

constexpr std::string_view about =
    "Digitise, store, find and protect documents.\n\n"
    "Every response has `x-request-id`. A request that is no HTTP, or not in time, is refused before any route is "
    "asked: 400, 408, 417, 431, 501, 505, with `{\"detail\": text, \"code\": name}` as everywhere. An unknown path is "
    "404, an "
    "unknown method of a known path 405 with `Allow`, and a path that differs from a route only in its last slash "
    "307.";

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

void describe_headers(const Route& route, json::object& operation) {
    for (const DocumentedHeader& header : route.options.headers) {
        if (header.name.empty()) {
            continue;
        }
        if (!operation.contains("parameters")) {
            operation["parameters"] = json::array();
        }
        operation["parameters"].as_array().push_back({{"name", header.name},
                                                      {"in", "header"},
                                                      {"required", false},
                                                      {"description", header.description},
                                                      {"schema", {{"type", "string"}}}});
    }
}

/// Which tokens let a caller in; one of them is enough.
json::array security_of(const Route& route) {
    json::array alternatives;
    if (route.level != Level::none) {
        alternatives.push_back(json::object{{"OAuth2PasswordBearer", json::array()}});
    }
    if (route.options.takes_refresh_token) {
        alternatives.push_back(json::object{{"RefreshToken", json::array()}});
    }
    return alternatives;
}

json::object operation_of(const Route& route, std::string_view tag, schema::Components& components) {
    json::object operation{{"tags", json::array{json::string(tag)}},
                           {"summary", route.options.summary},
                           {"operationId", operation_id(route)}};
    if (!route.options.description.empty()) {
        operation["description"] = route.options.description;
    }
    route.describe({operation, components});
    describe_headers(route, operation);
    operation["responses"] = responses_of(route, operation, components);
    if (json::array security = security_of(route); !security.empty()) {
        operation["security"] = std::move(security);
    }
    return operation;
}

json::object security_schemes() {
    const json::object password{{"tokenUrl", std::string(base_path).append("/auth/login")}, {"scopes", json::object()}};
    return {{"OAuth2PasswordBearer", json::object{{"type", "oauth2"}, {"flows", json::object{{"password", password}}}}},
            {"RefreshToken", json::object{{"type", "http"},
                                          {"scheme", "bearer"},
                                          {"bearerFormat", "JWT"},
                                          {"description", "The refresh token that a log-in gave."}}}};
}

}  // namespace

json::object make_openapi(std::span<const DocumentedTable> tables) {
    json::object paths;
    schema::Components components;
    json::array tags;
    add_error_schemas(components);
    for (const DocumentedTable& table : tables) {
        json::object tag{{"name", table.tag}};
        if (std::ranges::find(tags, json::value(tag)) == tags.end()) {  // Two features may have one.
            tags.push_back(std::move(tag));
        }
        for (const Route* route : table.routes) {
            json::value& item = paths[std::string(table.prefix).append(route->path)];
            if (!item.is_object()) {
                item = json::object();
            }
            std::string method{route->method};
            std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
            item.as_object()[method] = operation_of(*route, table.tag, components);
        }
    }
    json::object all_components{{"schemas", std::move(components.schemas)},
                                {"responses", common_responses()},
                                {"securitySchemes", security_schemes()}};
    return {{"openapi", "3.1.0"},
            {"info", json::object{{"title", "Nassaq"},
                                  {"version", version()},
                                  {"description", about},
                                  {"license", json::object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
            {"tags", std::move(tags)},
            {"paths", std::move(paths)},
            {"components", std::move(all_components)}};
}

}  // namespace nassaq::api
