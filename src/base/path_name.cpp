#include "base/path_name.hpp"

#include <algorithm>

#include "base/shown_name.hpp"
#include "base/text.hpp"

namespace nassaq::text {
namespace {

constexpr std::size_t max_segment_characters = 255;

std::optional<std::string> fault_of_segment(std::string_view segment) {
    if (segment.empty()) {
        return "Path must not contain empty segments";
    }
    if (segment == "." || segment == "..") {
        return "Path must not contain '.' or '..' segments";
    }
    if (count_code_points(segment) > max_segment_characters) {
        return "Path segments must have at most 255 characters";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> tidy_path(std::string& path) {
    const std::string tidy = normalize_nfc(path);
    std::string_view inner = tidy;
    inner.remove_prefix(std::min(inner.find_first_not_of('/'), inner.size()));
    inner = inner.substr(0, inner.find_last_not_of('/') + 1);
    if (inner.empty()) {
        if (path.empty()) {
            return "Path must not be empty";
        }
        path = root_path;
        return std::nullopt;
    }
    if (inner.find('\\') != std::string_view::npos || has_control_character(inner)) {
        return "Path must not contain backslashes or control characters";
    }
    for (std::size_t begin = 0; begin <= inner.size();) {
        const std::size_t end = std::min(inner.find('/', begin), inner.size());
        if (auto fault = fault_of_segment(inner.substr(begin, end - begin))) {
            return fault;
        }
        begin = end + 1;
    }
    if (count_utf16_units(inner) > max_path_units) {
        return "Path must have at most 500 characters";
    }
    path = inner;
    return std::nullopt;
}

std::optional<std::string> tidy_new_path(std::string& path) {
    if (has_hidden_character(path)) {
        return "Path must not contain invisible characters";
    }
    return tidy_path(path);
}

}  // namespace nassaq::text
