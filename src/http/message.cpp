#include "http/message.hpp"

#include <algorithm>
#include <utility>

#include "http/ascii.hpp"

namespace nassaq::http {

void Headers::set(std::string_view name, std::string_view value) {
    std::erase_if(fields_, [&](const Field& field) { return ascii::equals_ignoring_case(field.first, name); });
    add(name, value);
}

void Headers::add_to_list(std::string_view name, std::string_view element) {
    const std::string list(find(name).value_or(""));
    for (std::string_view rest = list; !rest.empty();) {
        if (ascii::equals_ignoring_case(ascii::take_list_element(rest), element)) return;
    }
    set(name, list.empty() ? std::string(element) : list + ", " + std::string(element));
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    const auto found = std::ranges::find_if(
        fields_, [&](const Field& field) { return ascii::equals_ignoring_case(field.first, name); });
    if (found == fields_.end()) return std::nullopt;
    return found->second;
}

Response json_response(std::string json, int status) {
    Response response{.status = status, .headers = {}, .body = std::move(json)};
    response.headers.add("content-type", "application/json");
    return response;
}

Response copy_of(const Response& response) {
    return {.status = response.status, .headers = response.headers, .body = std::get<std::string>(response.body)};
}

std::string media_type_of(const Headers& headers) {
    const std::string_view field = headers.find("content-type").value_or("");
    return ascii::lower(ascii::trim(field.substr(0, field.find(';'))));
}

}  // namespace nassaq::http
