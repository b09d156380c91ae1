#pragma once

#include <string_view>
#include <system_error>

namespace nassaq {

/// What the system call that has just failed says, by errno.
std::error_code last_error() noexcept;
/// @throws std::system_error of last_error(): "cannot ACTION WHAT".
[[noreturn]] void throw_last_error(std::string_view action, std::string_view what);

}  // namespace nassaq
