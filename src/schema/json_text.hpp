#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace nassaq::schema {

/// Where and why a text is no JSON, as Python's json.JSONDecodeError says it.
struct JsonError {
    std::size_t offset = 0;  ///< In code points, from 0.
    std::string message;
};

/// More levels than this are refused: nothing that clients have to send comes near.
inline constexpr std::size_t max_json_depth = 64;

/// Parses JSON (RFC 8259). Numbers beyond 64 bits become floating point.
std::expected<boost::json::value, JsonError> parse_json(std::string_view text);

}  // namespace nassaq::schema
