#pragma once

#include <algorithm>
#include <boost/json/array.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/caller.hpp"
#include "api/guard.hpp"
#include "http/message.hpp"
#include "schema/openapi.hpp"
#include "schema/read.hpp"

/// What a handler's parameters may be. Each kind says how it is read from a request and how OpenAPI describes it.
namespace nassaq::api {

/// A text as a template argument.
template <std::size_t size>
struct Name {
    // NOLINTNEXTLINE(google-explicit-constructor): stands for a string literal.
    consteval Name(const char (&text)[size]) { std::copy_n(text, size, characters); }
    [[nodiscard]] constexpr std::string_view view() const { return {characters, size - 1}; }
    char characters[size];  // An array, for this must be a structural type.
};

/// An integer in the path: `Path<"user_id">` for the segment `{user_id}`.
template <Name name>
struct Path {
    std::int64_t value = 0;
    operator std::int64_t() const { return value; }  // NOLINT(google-explicit-constructor): it is that number.
};

/// A text in the path: `PathText<"jti">` for the segment `{jti}`.
template <Name name>
struct PathText {
    std::string value;
};

/// The query parameters, as a described struct.
template <schema::Described T>
struct Query {
    T value;
    const T* operator->() const { return &value; }
};

/// A JSON body, as a described struct.
template <schema::Described T>
struct Body {
    T value;
    const T* operator->() const { return &value; }
    const T& operator*() const { return value; }
};

/// A body of `application/x-www-form-urlencoded`, as a described struct.
template <schema::Described T>
struct Form {
    T value;
    const T* operator->() const { return &value; }
};

/// A multipart body with one file in the field `file`, and the other fields as a described struct.
template <schema::Described T>
struct Upload {
    http::UploadedFile* file = nullptr;
    T fields;
};

/// The request that a parameter is read from.
struct Extraction {
    http::Request& request;
    std::string_view pattern;
    boost::json::array& errors;  ///< Of all parameters together: not empty means 422.

    void collect(schema::Errors&& found) const {
        for (auto& error : found.take()) {
            errors.push_back(std::move(error));
        }
    }
};

/// The part of OpenAPI's operation object that parameters fill in.
struct Description {
    boost::json::object& operation;
    schema::Components& components;
};

// The parts that need no template, in extract.cpp.
std::int64_t extract_path_integer(const Extraction& from, std::string_view name);
std::string extract_path_text(const Extraction& from, std::string_view name);
/// Parses the body as FastAPI does. @throws Problem (422 json_invalid) at once when it is not JSON.
boost::json::value parse_json_body(const http::Request& request);
schema::TextFields query_fields(const http::Request& request);
schema::TextFields form_fields(const http::Request& request);
schema::TextFields multipart_fields(const http::Request& request);
http::UploadedFile* extract_file(const Extraction& from);
void describe_parameter(Description to, std::string_view place, std::string_view name, bool is_required,
                        boost::json::object schema);
void describe_body(Description to, std::string_view content_type, boost::json::object schema);
void describe_upload(Description to, const std::string& name, boost::json::object fields_schema);

/// One specialization a kind: `from()` reads it, `describe()` documents it.
template <class T>
struct Extractor;

template <>
struct Extractor<const Caller&> {
    static const Caller& from(const Extraction& extraction) { return caller_of(extraction.request); }
    static void describe(Description) {}
};

template <>
struct Extractor<const security::Claims&> {
    static const security::Claims& from(const Extraction& extraction) { return claims_of(extraction.request); }
    static void describe(Description) {}
};

template <>
struct Extractor<const http::Request&> {
    static const http::Request& from(const Extraction& extraction) { return extraction.request; }
    static void describe(Description) {}
};

template <Name name>
struct Extractor<Path<name>> {
    static Path<name> from(const Extraction& extraction) { return {extract_path_integer(extraction, name.view())}; }
    static void describe(Description to) {
        describe_parameter(to, "path", name.view(), true, schema::schema_of<std::int64_t>(to.components));
    }
};

template <Name name>
struct Extractor<PathText<name>> {
    static PathText<name> from(const Extraction& extraction) { return {extract_path_text(extraction, name.view())}; }
    static void describe(Description to) {
        describe_parameter(to, "path", name.view(), true, schema::schema_of<std::string>(to.components));
    }
};

template <class T>
struct Extractor<Query<T>> {
    static Query<T> from(const Extraction& extraction) {
        Query<T> query;
        schema::Errors errors("query");
        schema::read_fields(query_fields(extraction.request), schema::Empty::is_value, query.value, errors);
        extraction.collect(std::move(errors));
        return query;
    }
    static void describe(Description to) {
        const auto described = schema::object_schema<T>(to.components);
        for (const auto& [name, property] : described.at("properties").as_object()) {
            describe_parameter(to, "query", name, false, property.as_object());
        }
    }
};

template <class T>
struct Extractor<Body<T>> {
    static Body<T> from(const Extraction& extraction) {
        Body<T> body;
        schema::Errors errors("body");
        const boost::json::value json = parse_json_body(extraction.request);
        if (extraction.request.body.empty() || json.is_null()) {
            errors.add_missing(nullptr);
        } else {
            schema::read_value(json, body.value, {}, errors);
        }
        extraction.collect(std::move(errors));
        return body;
    }
    static void describe(Description to) { describe_body(to, "application/json", schema::schema_of<T>(to.components)); }
};

template <class T>
struct Extractor<Form<T>> {
    static Form<T> from(const Extraction& extraction) {
        Form<T> form;
        schema::Errors errors("body");
        schema::read_fields(form_fields(extraction.request), schema::Empty::is_absent, form.value, errors);
        extraction.collect(std::move(errors));
        return form;
    }
    static void describe(Description to) {
        describe_body(to, "application/x-www-form-urlencoded", schema::schema_of<T>(to.components));
    }
};

template <class T>
struct Extractor<Upload<T>> {
    static Upload<T> from(const Extraction& extraction) {
        Upload<T> upload;
        upload.file = extract_file(extraction);
        schema::Errors errors("body");
        schema::read_fields(multipart_fields(extraction.request), schema::Empty::is_absent, upload.fields, errors);
        extraction.collect(std::move(errors));
        return upload;
    }
    static void describe(Description to) {
        const std::string name = to.components.claim<T>();
        describe_upload(to, name, schema::object_schema<T>(to.components));
    }
};

}  // namespace nassaq::api
