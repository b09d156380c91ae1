#include "documents/content_type.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/file.hpp"
#include "content/file_type.hpp"

namespace nassaq::documents {
namespace {

using content::FileType;

constexpr std::string_view any_type = "application/octet-stream";
constexpr std::string_view word_type = "application/msword";
constexpr std::string_view word_package_type =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

struct NamedType {
    std::string_view extension;
    std::string_view content_type;
};

constexpr std::array named_types = std::to_array<NamedType>({
    {".pdf", "application/pdf"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".png", "image/png"},
    {".tif", "image/tiff"},
    {".tiff", "image/tiff"},
    {".bmp", "image/bmp"},
    {".heif", "image/heif"},
    {".heic", "image/heif"},
    {".docx", word_package_type},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {".doc", word_type},
    {".txt", "text/plain"},
    {".csv", "text/csv"},
});

std::string read_head(const std::filesystem::path& file) {
    const UniqueFd fd = file::open_for_reading(file);
    std::string head(std::min<std::uint64_t>(content::head_bytes, file::size(fd.get(), file)), '\0');
    file::read_exactly(fd.get(), 0, head);
    return head;
}

std::string_view content_type_found(FileType type, std::string_view extension) {
    switch (type) {
        case FileType::pdf:
            return "application/pdf";
        case FileType::png:
            return "image/png";
        case FileType::jpeg:
            return "image/jpeg";
        case FileType::tiff:
            return "image/tiff";
        case FileType::bmp:
            return "image/bmp";
        case FileType::heif:
            return "image/heif";
        case FileType::webp:
            return "image/webp";
        case FileType::gif:
            return "image/gif";
        case FileType::rtf:
            return "application/rtf";
        case FileType::zip:
            return extension == ".doc" ? word_package_type : content_type_of(extension);
        case FileType::compound_file:
            return extension == ".docx" ? word_type : content_type_of(extension);
        default:
            return content_type_of(extension);
    }
}

}  // namespace

std::string_view content_type_of(std::string_view extension) {
    const auto* const found = std::ranges::find(named_types, extension, &NamedType::extension);
    return found == named_types.end() ? any_type : found->content_type;
}

std::optional<std::string_view> find_content_type(const std::filesystem::path& file, std::string_view extension) {
    const std::string_view bare = extension.substr(std::min<std::size_t>(1, extension.size()));
    if (!content::is_known_extension(bare)) {
        return any_type;
    }
    const auto type = content::identify(read_head(file), bare);
    return type ? std::optional(content_type_found(*type, extension)) : std::nullopt;
}

}  // namespace nassaq::documents
