#include "documents/filename.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "paths/model.hpp"

namespace nassaq::documents {
namespace {

constexpr std::size_t max_filename_units = 255;

}  // namespace

std::optional<std::string> safe_filename(std::string_view client_name) {
    const std::size_t separator = client_name.find_last_of("/\\");
    const std::string_view base = separator == std::string_view::npos ? client_name : client_name.substr(separator + 1);
    std::string name = text::normalize_nfc(text::trim(base));
    if (name.empty() || name == "." || name == ".." || text::has_control_character(name) ||
        text::count_utf16_units(name) > max_filename_units) {
        return std::nullopt;
    }
    return name;
}

std::string extension_of(std::string_view filename) {
    const std::size_t dot = filename.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? std::string() : text::to_lower(filename.substr(dot));
}

std::string blob_name(std::string_view full_path, std::string_view filename) {
    return full_path == paths::root ? std::string(filename) : fmt::format("{}/{}", full_path, filename);
}

std::string alternative_blob_name(std::string_view full_path, std::string_view filename) {
    const std::string mark = text::to_hex(random_bytes(6));
    const std::string extension = extension_of(filename);
    const std::string_view stem = filename.substr(0, filename.size() - extension.size());
    return blob_name(full_path, fmt::format("{}~{}{}", stem, mark, filename.substr(stem.size())));
}

}  // namespace nassaq::documents
