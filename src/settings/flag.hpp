#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace nassaq::settings {

/// true, 1, yes, on and their opposites, in any case. @return nothing for anything else.
inline std::optional<bool> parse_flag(std::string_view value) {
    const std::string lower = text::to_lower(text::trim(value));
    if (lower == "true" || lower == "1" || lower == "yes" || lower == "on") {
        return true;
    }
    if (lower == "false" || lower == "0" || lower == "no" || lower == "off") {
        return false;
    }
    return std::nullopt;
}

}  // namespace nassaq::settings
