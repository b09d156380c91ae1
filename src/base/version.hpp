#pragma once

#include <string_view>

namespace nassaq {

/// As CMakeLists.txt has it.
inline constexpr std::string_view version = NASSAQ_VERSION;

}  // namespace nassaq
