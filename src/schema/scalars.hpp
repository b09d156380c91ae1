#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "schema/errors.hpp"
#include "schema/rule.hpp"

/// Reading of single values as Pydantic 2 does in its lax mode (docs.pydantic.dev, "Conversion Table"). Each adds at
/// most one error, and returns whether it added none.
namespace nassaq::schema {

bool read_value(const boost::json::value& input, std::string& value, const Rule& rule, Errors& errors);
bool read_value(const boost::json::value& input, std::int64_t& value, const Rule& rule, Errors& errors);
bool read_value(const boost::json::value& input, bool& value, const Rule& rule, Errors& errors);

/// From a query, a path or a form, where every value is text.
bool read_text(std::string_view input, std::string& value, const Rule& rule, Errors& errors);
bool read_text(std::string_view input, std::int64_t& value, const Rule& rule, Errors& errors);
bool read_text(std::string_view input, bool& value, const Rule& rule, Errors& errors);
bool read_text(std::string_view input, Timestamp& value, const Rule& rule, Errors& errors);

}  // namespace nassaq::schema
