#include "documents/early_upload.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "api/extract.hpp"
#include "base/text.hpp"
#include "documents/content_type.hpp"
#include "documents/filename.hpp"
#include "documents/place.hpp"
#include "documents/upload_model.hpp"
#include "paths/model.hpp"

namespace nassaq::documents {
namespace {

std::optional<std::uint64_t> length_of_body(const http::Request& request) {
    const auto header = request.headers.find("content-length");
    const auto length = header ? text::parse_integer(*header) : std::nullopt;
    return length ? std::optional(static_cast<std::uint64_t>(*length)) : std::nullopt;
}

/// As the form says so far; nothing when that is no path.
std::optional<std::string> path_so_far(const http::Request& request) {
    UploadFields fields;
    schema::Errors errors("body");
    schema::read_fields(api::multipart_fields(request), schema::Empty::is_absent, fields, errors);
    if (!errors.empty()) {
        return std::nullopt;
    }
    return path_of(fields);
}

}  // namespace

void send_early(Services& services, const http::Request& request, http::UploadedFile& file) {
    const auto filename = safe_filename(file.filename);
    const auto full_path = path_so_far(request);
    if (!filename || !full_path || !is_supported(services.settings, extension_of(*filename))) {
        return;  // It will be refused.
    }
    const auto find_type = [extension = extension_of(*filename)](const std::filesystem::path& path) {
        const auto type = find_content_type(path, extension);
        return type ? std::optional(std::string(*type)) : std::nullopt;
    };
    file.content.take_along(services.storage.send_early(
        {.name = full_name(*full_path, *filename), .length = length_of_body(request), .find_content_type = find_type},
        file.content));
}

}  // namespace nassaq::documents
