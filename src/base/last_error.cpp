#include "base/last_error.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace nassaq {

std::error_code last_error() noexcept {
    return {errno, std::generic_category()};
}

void throw_last_error(std::string_view action, std::string_view what) {
    const std::error_code error = last_error();  // Before anything else can fail.
    throw std::system_error(error, fmt::format("cannot {} {}", action, what));
}

}  // namespace nassaq
