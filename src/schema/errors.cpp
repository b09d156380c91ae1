#include "schema/errors.hpp"

#include <string>
#include <utility>

namespace nassaq::schema {

void Errors::add(std::string_view type, std::string_view message, const boost::json::value& input,
                 boost::json::object context) {
    boost::json::object error{{"type", type}, {"loc", location_}, {"msg", message}, {"input", input}};
    if (!context.empty()) {
        error["ctx"] = std::move(context);
    }
    details_.push_back(std::move(error));
}

void Errors::add_value_error(std::string_view message, const boost::json::value& input) {
    add("value_error", std::string("Value error, ").append(message), input, {{"error", boost::json::object()}});
}

void Errors::add_missing(const boost::json::value& input) {
    add("missing", "Field required", input);
}

}  // namespace nassaq::schema
