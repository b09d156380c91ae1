#pragma once

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "schema/read.hpp"

namespace nassaq::schema {

/// What was read, and the errors as JSON, both their order and that of their members kept.
template <class T>
struct Reading {
    T value{};
    std::string errors;
    bool valid = false;
};

/// Reads a value from JSON, as the body of a request is read.
template <class T>
Reading<T> read_json(std::string_view json, const Rule& rule = {}) {
    Reading<T> reading;
    Errors errors("body");
    reading.valid = read_value(boost::json::parse(json), reading.value, rule, errors);
    reading.errors = boost::json::serialize(errors.take());
    return reading;
}

/// Reads a single value from text, as a path or a query has it.
template <class T>
Reading<T> read_plain(std::string_view text, const Rule& rule = {}) {
    Reading<T> reading;
    Errors errors("query");
    reading.valid = read_text(text, reading.value, rule, errors);
    reading.errors = boost::json::serialize(errors.take());
    return reading;
}

/// Reads a struct from a query or a form.
template <class T>
Reading<T> read_pairs(const TextFields& fields, Empty empty) {
    Reading<T> reading;
    Errors errors(empty == Empty::is_value ? "query" : "body");
    read_fields(fields, empty, reading.value, errors);
    reading.valid = errors.empty();
    reading.errors = boost::json::serialize(errors.take());
    return reading;
}

/// The `type` of the one error; "" when there is none, and all of them when there are several.
inline std::string type_of(std::string_view errors) {
    const boost::json::array array = boost::json::parse(errors).as_array();
    if (array.size() == 1) {
        return std::string(array.front().at("type").as_string());
    }
    return array.empty() ? std::string() : std::string(errors);
}

}  // namespace nassaq::schema
