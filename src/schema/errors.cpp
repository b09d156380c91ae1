#include "schema/errors.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace nassaq::schema {
namespace {

namespace json = boost::json;

/// A number like 1e999 is infinity once it is read, and JSON has no word for that: null, as Pydantic writes it.
void replace_infinities(json::value& value) {
    if (const double* number = value.if_double(); number != nullptr && !std::isfinite(*number)) {
        value = nullptr;
    } else if (json::array* array = value.if_array()) {
        for (json::value& element : *array) {
            replace_infinities(element);
        }
    } else if (json::object* object = value.if_object()) {
        for (auto& member : *object) {
            replace_infinities(member.value());
        }
    }
}

}  // namespace

void Errors::add(std::string_view type, std::string_view message, const boost::json::value& input,
                 boost::json::object context) {
    boost::json::object error{{"type", type}, {"loc", location_}, {"msg", message}, {"input", input}};
    replace_infinities(error["input"]);
    if (!context.empty()) {
        error["ctx"] = std::move(context);
    }
    details_.push_back(std::move(error));
}

void Errors::add_value_error(std::string_view message, const boost::json::value& input) {
    add("value_error", std::string("Value error, ").append(message), input, {{"error", boost::json::object()}});
}

void Errors::add_too_long(std::size_t length, std::int64_t most, const boost::json::value& input) {
    add("too_long",
        "List should have at most " + std::to_string(most) + " items after validation, not " + std::to_string(length),
        input, {{"field_type", "List"}, {"max_length", most}, {"actual_length", length}});
}

void Errors::add_missing(const boost::json::value& input) {
    add("missing", "Field required", input);
}

}  // namespace nassaq::schema
