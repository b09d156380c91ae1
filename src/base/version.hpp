#pragma once

#include <string_view>

namespace nassaq {

/// Of this program, as CMakeLists.txt has it.
std::string_view version();

}  // namespace nassaq
