#include "api/extract.hpp"

#include <fmt/format.h>

#include <variant>

#include "base/text.hpp"
#include "http/multipart.hpp"
#include "http/problem.hpp"
#include "http/url.hpp"
#include "schema/json_text.hpp"

namespace nassaq::api {
namespace {

namespace json = boost::json;

/// The position of `{name}` among the parameters of a pattern.
std::size_t index_of_parameter(std::string_view pattern, std::string_view name) {
    const std::size_t place = pattern.find(fmt::format("{{{}}}", name));
    if (place == std::string_view::npos) {
        throw std::logic_error(fmt::format("the route {} has no parameter {}", pattern, name));
    }
    return static_cast<std::size_t>(std::ranges::count(pattern.substr(0, place), '{'));
}

/// FastAPI reads a body without a Content-Type as JSON, too.
bool is_json(std::string_view type) {
    return type.empty() || type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

json::array json_invalid(const schema::JsonError& error) {
    const json::array location{"body", error.offset};
    return {json::object{{"type", "json_invalid"},
                         {"loc", location},
                         {"msg", "JSON decode error"},
                         {"input", json::object()},
                         {"ctx", json::object{{"error", error.message}}}}};
}

}  // namespace

std::int64_t extract_path_integer(const Extraction& from, std::string_view name) {
    const std::string& text = from.request.path_parameters.at(index_of_parameter(from.pattern, name));
    schema::Errors errors("path");
    std::int64_t value = 0;
    {
        const schema::Errors::Scope scope(errors, name);
        schema::read_text(text, value, {}, errors);
    }
    from.collect(std::move(errors));
    return value;
}

std::string extract_path_text(const Extraction& from, std::string_view name) {
    return from.request.path_parameters.at(index_of_parameter(from.pattern, name));
}

json::value parse_json_body(const http::Request& request) {
    if (!is_json(http::media_type_of(request.headers))) {
        return json::value(request.body);
    }
    if (request.body.empty()) {
        return nullptr;
    }
    if (!text::is_valid_utf8(request.body)) {
        throw http::Problem(400, RefusalCode::malformed_body, "There was an error parsing the body");
    }
    auto parsed = schema::parse_json(request.body);
    if (!parsed) {
        throw http::Problem(422, RefusalCode::validation_failed, json::value(json_invalid(parsed.error())));
    }
    return std::move(*parsed);
}

schema::TextFields query_fields(const http::Request& request) {
    return http::parse_query(request.query);
}

schema::TextFields form_fields(const http::Request& request) {
    if (http::media_type_of(request.headers) == "application/x-www-form-urlencoded") {
        return http::parse_form(request.body);
    }
    const auto boundary = http::parse_multipart_boundary(request.headers.find("content-type").value_or(""));
    if (!boundary) {
        return {};
    }
    auto fields =
        *boundary ? http::parse_multipart_fields(request.body, **boundary) : std::unexpected(boundary->error());
    if (!fields) {
        throw http::Problem(400, RefusalCode::malformed_body, fields.error().detail);
    }
    return std::move(*fields);
}

schema::TextFields multipart_fields(const http::Request& request) {
    schema::TextFields fields;
    for (const http::FormPart& part : request.form) {
        if (const auto* text = std::get_if<std::string>(&part.value)) {
            fields.emplace_back(part.name, *text);
        }
    }
    return fields;
}

http::UploadedFile* extract_file(const Extraction& from) {
    schema::Errors errors("body");
    http::UploadedFile* file = nullptr;
    const std::string* text = nullptr;
    for (http::FormPart& part : from.request.form) {
        if (part.name == "file") {
            file = std::get_if<http::UploadedFile>(&part.value);
            text = std::get_if<std::string>(&part.value);
        }
    }
    {
        const schema::Errors::Scope scope(errors, "file");
        if (text != nullptr && !text->empty()) {
            errors.add_value_error("Expected UploadFile, received: <class 'str'>", json::value(*text));
        } else if (file == nullptr) {
            errors.add_missing(nullptr);
        }
    }
    from.collect(std::move(errors));
    return file;
}

void describe_parameter(Description to, std::string_view place, std::string_view name, bool is_required,
                        json::object schema) {
    json::object parameter{{"name", name}, {"in", place}, {"required", is_required}, {"schema", std::move(schema)}};
    if (!to.operation.contains("parameters")) {
        to.operation["parameters"] = json::array();
    }
    to.operation["parameters"].as_array().push_back(std::move(parameter));
}

void describe_body(Description to, std::string_view content_type, json::object schema) {
    json::object media{{"schema", std::move(schema)}};
    json::object content;
    content[content_type] = std::move(media);
    to.operation["requestBody"] = json::object{{"required", true}, {"content", std::move(content)}};
}

void describe_upload(Description to, const std::string& name, json::object fields_schema) {
    json::object properties;
    properties["file"] = json::object{{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
    for (auto& [field, property] : fields_schema.at("properties").as_object()) {
        properties[field] = property;
    }
    fields_schema["properties"] = std::move(properties);
    fields_schema["required"] = json::array{"file"};
    to.components.schemas[name] = std::move(fields_schema);
    describe_body(to, "multipart/form-data", {{"$ref", "#/components/schemas/" + name}});
}

}  // namespace nassaq::api
