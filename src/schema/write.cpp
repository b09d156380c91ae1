#include "schema/write.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cmath>
#include <iterator>

#include "base/json_string.hpp"

namespace nassaq::schema {

void write(std::string& json, std::string_view text) {
    append_json_string(json, text);
}

void write(std::string& json, std::int64_t number) {
    fmt::format_to(std::back_inserter(json), "{}", number);
}

void write(std::string& json, double number) {
    if (!std::isfinite(number)) {
        json += "null";  // As Pydantic writes what JSON cannot say.
        return;
    }
    const std::string digits = fmt::format("{}", number);
    json += digits;
    // Python writes a float as such even when it is whole.
    if (digits.find_first_of(".e") == std::string::npos) {
        json += ".0";
    }
}

void write(std::string& json, bool flag) {
    json += flag ? "true" : "false";
}

void write(std::string& json, Timestamp time) {
    json.append("\"").append(to_iso(time)).append("\"");
}

void write(std::string& json, const boost::json::value& value) {
    json += boost::json::serialize(value);
}

}  // namespace nassaq::schema
