#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "schema/rule.hpp"

/// Writes JSON as FastAPI does: compact, fields in declaration order, characters beyond ASCII as they are.
namespace nassaq::schema {

void write(std::string& json, std::string_view text);
void write(std::string& json, std::int64_t number);
void write(std::string& json, double number);
void write(std::string& json, bool flag);
void write(std::string& json, Timestamp time);
void write(std::string& json, const boost::json::value& value);
inline void write(std::string& json, const std::string& text) {
    write(json, std::string_view(text));
}

template <class T>
void write(std::string& json, const std::optional<T>& value);
template <class T>
void write(std::string& json, const std::vector<T>& values);
template <class T>
void write(std::string& json, const std::map<std::string, T>& values);

template <Described T>
void write(std::string& json, const T& value) {
    json += '{';
    std::string_view separator;
    for_each_field<T>([&](std::string_view name, const Rule& rule, auto pointer) {
        if constexpr (IsOptional<std::remove_cvref_t<decltype(value.*pointer)>>::value) {
            if (rule.omitted_when_empty && !(value.*pointer)) {
                return;
            }
        }
        json.append(separator).append("\"").append(name).append("\":");
        separator = ",";
        write(json, value.*pointer);
    });
    json += '}';
}

template <class T>
void write(std::string& json, const std::optional<T>& value) {
    if (value) {
        write(json, *value);
    } else {
        json += "null";
    }
}

template <class T>
void write(std::string& json, const std::vector<T>& values) {
    json += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) {
            json += ',';
        }
        write(json, values[i]);
    }
    json += ']';
}

template <class T>
void write(std::string& json, const std::map<std::string, T>& values) {
    json += '{';
    std::string_view separator;
    for (const auto& [name, value] : values) {
        json += separator;
        separator = ",";
        write(json, name);
        json += ':';
        write(json, value);
    }
    json += '}';
}

template <class T>
std::string to_json(const T& value) {
    std::string json;
    write(json, value);
    return json;
}

}  // namespace nassaq::schema
