#include "imports/target.hpp"

#include <fmt/format.h>

namespace nassaq::imports {

std::string numbered_name(std::string_view filename, int number) {
    if (number == 1) {
        return std::string(filename);
    }
    const std::size_t dot = filename.rfind('.');
    const std::size_t end = dot == std::string_view::npos || dot == 0 ? filename.size() : dot;
    return fmt::format("{} ({}){}", filename.substr(0, end), number, filename.substr(end));
}

}  // namespace nassaq::imports
