#include "api/openapi_responses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nassaq::api {
namespace {

namespace json = boost::json;

/// By their statuses.
using Problems = std::map<int, std::vector<DocumentedProblem>>;

/// A refusal that any route may give.
struct CommonProblem {
    std::string_view name;
    DocumentedProblem problem;
};

constexpr DocumentedProblem too_many_connections{RefusalCode::too_many_connections, "Too many connections"};

constexpr std::array common_problems{
    CommonProblem{"TooManyConnections", too_many_connections},
    CommonProblem{"InternalServerError", {RefusalCode::internal_error, "Internal Server Error"}},
    CommonProblem{"Busy", {RefusalCode::server_busy, "Server is busy, please retry."}},
    CommonProblem{"StorageFull", {RefusalCode::storage_full, "Storage is full"}},
};

/// Those of a route that reads a body.
constexpr std::array body_problems{
    CommonProblem{"BodyTimeout", {RefusalCode::request_timeout, "The request body did not arrive in time"}},
    CommonProblem{"BodyTooLarge",
                  {RefusalCode::body_too_large, "Request body too large, Max Limit is set to 1048576 bytes"}},
};

json::object reference(std::string_view kind, std::string_view name) {
    return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}};
}

json::object content_of(std::string_view media_type, json::object schema, json::object examples = {}) {
    json::object media{{"schema", std::move(schema)}};
    if (!examples.empty()) {
        media["examples"] = std::move(examples);
    }
    json::object content;
    content[media_type] = std::move(media);
    return content;
}

/// The headers that an answer of this status always has.
json::object headers_of(int status) {
    if (status == 401) {
        return {{"WWW-Authenticate",
                 {{"required", true}, {"schema", json::object{{"type", "string"}, {"const", "Bearer"}}}}}};
    }
    if (status == 429 || status == 503) {
        return {{"Retry-After",
                 {{"required", true},
                  {"description", "Seconds"},
                  {"schema", json::object{{"type", "integer"}, {"minimum", 0}}}}}};
    }
    return {};
}

/// `{"detail": "text", "code": "name"}`, with each that may stand there as an example.
json::object problem_response(int status, const std::vector<DocumentedProblem>& problems) {
    json::object examples;
    std::string description;
    for (const auto& [code, detail] : problems) {
        const json::object body{{"detail", detail}, {"code", name_of(code)}};
        examples[std::to_string(examples.size() + 1)] = json::object{{"value", body}};
        description += (description.empty() ? "" : " · ") + std::string(detail);
    }
    json::object response{{"description", description}};
    if (json::object headers = headers_of(status); !headers.empty()) {
        response["headers"] = std::move(headers);
    }
    response["content"] = content_of("application/json", reference("schemas", "Problem"), std::move(examples));
    return response;
}

void add_problem(const DocumentedProblem& problem, Problems& problems) {
    problems[status_of(problem.code)].push_back(problem);
}

void add_level_problems(Level level, Problems& problems) {
    if (level >= Level::any_token) {
        add_problem({RefusalCode::not_authenticated, "Not authenticated"}, problems);
        add_problem({RefusalCode::credentials_invalid, "Could not validate credentials"}, problems);
    }
    if (level >= Level::active_account) {
        add_problem(
            {RefusalCode::account_pending, "Your account is pending role assignment. Please contact an administrator."},
            problems);
    }
    if (level >= Level::admin) {
        add_problem({RefusalCode::not_authorized, "You are not authorized to perform this action."}, problems);
    }
}

bool reads_query(const json::object& operation) {
    const auto* parameters = operation.if_contains("parameters");
    return parameters != nullptr && std::ranges::any_of(parameters->as_array(), [](const json::value& parameter) {
               return parameter.at("in") == "query";
           });
}

/// The text of a 400 for a body that cannot be taken apart.
std::string_view unreadable_body(const json::object& operation) {
    const json::object& content = operation.at("requestBody").at("content").as_object();
    if (content.contains("application/json")) {
        return "There was an error parsing the body";
    }
    return content.contains("multipart/form-data") ? "Missing boundary in multipart."
                                                   : "The form must be valid UTF-8 without NUL";
}

Problems problems_of(const Route& route, const json::object& operation) {
    Problems problems;
    add_level_problems(route.options.admits != nullptr ? Level::admin : route.level, problems);
    for (const DocumentedProblem& problem : route.options.problems) {
        if (!problem.detail.empty()) {
            add_problem(problem, problems);
        }
    }
    if (route.options.limits_addresses) {
        add_problem({RefusalCode::too_many_requests, "Too many requests"}, problems);
        add_problem(too_many_connections, problems);
    }
    if (reads_query(operation)) {
        add_problem({RefusalCode::malformed_query, "The query string must be valid UTF-8 without NUL"}, problems);
    }
    if (operation.contains("requestBody")) {
        add_problem({RefusalCode::malformed_body, unreadable_body(operation)}, problems);
    }
    return problems;
}

json::object success_response(const Route& route, json::object& operation) {
    json::object response{{"description", route.options.status == 204 ? "Done; no body." : "The answer."}};
    if (route.options.is_secret) {
        response["headers"] = {
            {"Cache-Control", {{"required", true}, {"schema", json::object{{"const", "no-store"}}}}}};
    }
    if (auto* answer = operation.if_contains("x-answer")) {
        response["content"] = content_of(route.options.produces, std::move(answer->as_object()));
        operation.erase("x-answer");
    } else if (route.options.status != 204) {
        response["content"] = content_of(route.options.produces, {});
    }
    return response;
}

/// Adds an answer that the route's table declares; of one status there may be several media types.
void add_answer(json::object& responses, const DocumentedAnswer& answer, schema::Components& components) {
    json::value& response = responses[std::to_string(answer.status)];
    if (!response.is_object()) {
        response = json::object{{"description", answer.description}};
    }
    if (!answer.media_type.empty()) {
        json::value& content = response.as_object()["content"];
        if (!content.is_object()) {
            content = json::object();
        }
        content.as_object()[answer.media_type] =
            json::object{{"schema", answer.describe == nullptr ? json::object() : answer.describe(components)}};
    }
}

bool declares_success(const Route& route) {
    return std::ranges::any_of(route.options.answers,
                               [&](const DocumentedAnswer& answer) { return answer.status == route.options.status; });
}

void add_references(json::object& responses, std::span<const CommonProblem> common) {
    for (const auto& [name, problem] : common) {
        json::value& response = responses[std::to_string(status_of(problem.code))];
        if (response.is_null()) {
            response = reference("responses", name);
        }
    }
}

void add_components(json::object& responses, std::span<const CommonProblem> common) {
    for (const auto& [name, problem] : common) {
        responses[name] = problem_response(status_of(problem.code), {problem});
    }
}

/// All there are.
json::object codes() {
    json::array names;
    for (const NamedRefusal& refusal : all_refusals()) {
        names.push_back(json::string(refusal.name));
    }
    return {{"type", "string"}, {"enum", std::move(names)}};
}

/// Under a name that no struct of ours may have then.
json::value& error_schema(schema::Components& components, const std::string& name) {
    components.claim(name, "FastAPI's " + name);
    return components.schemas[name];
}

}  // namespace

json::object responses_of(const Route& route, json::object& operation, schema::Components& components) {
    json::object responses;
    if (!declares_success(route)) {
        responses[std::to_string(route.options.status)] = success_response(route, operation);
    }
    for (const DocumentedAnswer& answer : route.options.answers) {
        if (answer.status != 0) {
            add_answer(responses, answer, components);
        }
    }
    for (const auto& [status, problems] : problems_of(route, operation)) {
        responses[std::to_string(status)] = problem_response(status, problems);
    }
    if (operation.contains("parameters") || operation.contains("requestBody")) {
        responses["422"] =
            json::object{{"description", "Validation error"},
                         {"content", content_of("application/json", reference("schemas", "HTTPValidationError"))}};
    }
    if (operation.contains("requestBody")) {
        add_references(responses, body_problems);
    }
    add_references(responses, common_problems);
    return responses;
}

json::object common_responses() {
    json::object responses;
    add_components(responses, common_problems);
    add_components(responses, body_problems);
    return responses;
}

void add_error_schemas(schema::Components& components) {
    const json::object text{{"type", "string"}};
    error_schema(components, "Problem") =
        json::object{{"type", "object"},
                     {"title", "Problem"},
                     {"properties", json::object{{"detail", text}, {"code", codes()}, {"proposed_filename", text}}},
                     {"required", json::array{"detail", "code"}}};
    const json::object location{
        {"type", "array"}, {"items", json::object{{"anyOf", json::array{text, json::object{{"type", "integer"}}}}}}};
    error_schema(components, "ValidationError") =
        json::object{{"type", "object"},
                     {"title", "ValidationError"},
                     {"properties", json::object{{"type", text},
                                                 {"loc", location},
                                                 {"msg", text},
                                                 {"input", json::object()},
                                                 {"ctx", json::object{{"type", "object"}}}}},
                     {"required", json::array{"type", "loc", "msg", "input"}},
                     {"examples", json::array{json::object{{"type", "missing"},
                                                           {"loc", json::array{"body", "email"}},
                                                           {"msg", "Field required"},
                                                           {"input", json::object()}}}}};
    error_schema(components, "HTTPValidationError") = json::object{
        {"type", "object"},
        {"title", "HTTPValidationError"},
        {"properties",
         json::object{{"detail", json::object{{"type", "array"}, {"items", reference("schemas", "ValidationError")}}},
                      {"code", json::object{{"const", name_of(RefusalCode::validation_failed)}}}}},
        {"required", json::array{"detail", "code"}}};
}

}  // namespace nassaq::api
