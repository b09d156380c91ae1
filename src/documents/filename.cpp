#include "documents/filename.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/shown_name.hpp"
#include "base/text.hpp"
#include "paths/model.hpp"

namespace nassaq::documents {
namespace {

constexpr std::size_t max_filename_units = 255;

}  // namespace

std::optional<std::string> safe_filename(std::string_view client_name) {
    const std::size_t separator = client_name.find_last_of("/\\");
    const std::string_view base = separator == std::string_view::npos ? client_name : client_name.substr(separator + 1);
    // Removed rather than refused: they come along unseen, with what is copied from a dialog or made by a system.
    const std::string shown = text::without_hidden_characters(base);
    std::string name = text::normalize_nfc(text::trim(shown));
    if (name.empty() || name == "." || name == ".." || text::has_control_character(name) ||
        text::count_utf16_units(name) > max_filename_units) {
        return std::nullopt;
    }
    return name;
}

/// In lower case it may be of another length.
std::string_view raw_extension_of(std::string_view filename) {
    const std::size_t dot = filename.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? std::string_view() : filename.substr(dot);
}

std::string extension_of(std::string_view filename) {
    return text::to_lower(raw_extension_of(filename));
}

std::string full_name(std::string_view full_path, std::string_view filename) {
    return full_path == paths::root ? std::string(filename) : fmt::format("{}/{}", full_path, filename);
}

std::string alternative_full_name(std::string_view full_path, std::string_view filename) {
    const std::string mark = text::to_hex(random_bytes(6));
    const std::size_t stem_size = filename.size() - raw_extension_of(filename).size();
    return full_name(full_path,
                     fmt::format("{}~{}{}", filename.substr(0, stem_size), mark, filename.substr(stem_size)));
}

}  // namespace nassaq::documents
