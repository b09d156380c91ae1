#include "http/message.hpp"

#include <algorithm>

#include "http/ascii.hpp"

namespace nassaq::http {

void Headers::set(std::string_view name, std::string_view value) {
    std::erase_if(fields_, [&](const Field& field) { return ascii::equals_ignoring_case(field.first, name); });
    add(name, value);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    const auto found = std::ranges::find_if(
        fields_, [&](const Field& field) { return ascii::equals_ignoring_case(field.first, name); });
    if (found == fields_.end()) return std::nullopt;
    return found->second;
}

}  // namespace nassaq::http
