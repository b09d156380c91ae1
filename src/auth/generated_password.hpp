#pragma once

#include <string>

namespace nassaq::auth {

/// A random password that the rules for passwords accept.
std::string generate_password();

}  // namespace nassaq::auth
