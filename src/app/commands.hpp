#pragma once

#include <string>
#include <vector>

namespace nassaq::app {

/// Runs the program. @return its exit code (platform.md, 1).
int run(const std::vector<std::string>& arguments);

}  // namespace nassaq::app
