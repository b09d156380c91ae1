#include "documents/content_type.hpp"

#include <magic.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "base/file.hpp"

namespace nassaq::documents {
namespace {

/// What an extension stands for: the type that we answer, and the beginnings of those that libmagic may find in it.
struct Kind {
    std::string_view extension;
    std::string_view content_type;
    std::array<std::string_view, 4> found;
};

constexpr std::array kinds = std::to_array<Kind>({
    {".pdf", "application/pdf", {"application/pdf"}},
    {".jpg", "image/jpeg", {"image/jpeg"}},
    {".jpeg", "image/jpeg", {"image/jpeg"}},
    {".png", "image/png", {"image/png"}},
    {".tif", "image/tiff", {"image/tiff"}},
    {".tiff", "image/tiff", {"image/tiff"}},
    {".bmp", "image/bmp", {"image/bmp", "image/x-ms-bmp"}},
    {".heif", "image/heif", {"image/hei"}},
    {".heic", "image/heic", {"image/hei"}},
    {".docx",
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
     {"application/vnd.openxmlformats", "application/zip", "application/octet-stream"}},
    {".xlsx",
     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
     {"application/vnd.openxmlformats", "application/zip", "application/octet-stream"}},
    {".pptx",
     "application/vnd.openxmlformats-officedocument.presentationml.presentation",
     {"application/vnd.openxmlformats", "application/zip", "application/octet-stream"}},
    {".doc", "application/msword", {"application/msword", "application/CDFV2", "application/x-ole-storage"}},
    // Text in an old or unmarked character set looks like data to libmagic; what is plainly something else does not.
    {".txt", "text/plain", {"text/", "application/octet-stream", "application/json", "message/"}},
    {".csv", "text/csv", {"text/", "application/csv", "application/octet-stream"}},
});

const Kind* find_kind(std::string_view extension) {
    const auto* found = std::ranges::find(kinds, extension, &Kind::extension);
    return found == kinds.end() ? nullptr : found;
}

struct CloseMagic {
    void operator()(magic_set* cookie) const { magic_close(cookie); }
};

/// As many bytes as tell a text from what is none.
constexpr std::size_t head_bytes = 4096;

std::string read_head(const std::filesystem::path& file) {
    const UniqueFd fd = file::open_for_reading(file);
    std::string head(std::min<std::uintmax_t>(head_bytes, std::filesystem::file_size(file)), '\0');
    file::read_exactly(fd.get(), 0, head);
    return head;
}

/// Whether it begins as a text without doubt. That spares libmagic's many rules for texts, which take milliseconds and
/// tell a program's source from a letter, which nobody asks.
bool is_plainly_text(std::string_view head) {
    constexpr std::string_view allowed = "\t\n\f\r";
    const auto is_control = [&](char c) {
        return static_cast<unsigned char>(c) < ' ' && allowed.find(c) == std::string_view::npos;
    };
    // Formats of pages that are written in letters.
    return !head.starts_with("%PDF-") && !head.starts_with("%!PS") && std::ranges::none_of(head, is_control);
}

/// A cookie serves one thread at a time, and loading its database takes milliseconds: each thread keeps one.
magic_set* thread_magic() {
    thread_local const std::unique_ptr<magic_set, CloseMagic> cookie = [] {
        std::unique_ptr<magic_set, CloseMagic> opened(magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS));
        if (!opened || magic_load(opened.get(), nullptr) != 0) {
            throw std::runtime_error("libmagic's database cannot be loaded");
        }
        return opened;
    }();
    return cookie.get();
}

}  // namespace

std::string_view content_type_of(std::string_view extension) {
    const Kind* kind = find_kind(extension);
    return kind == nullptr ? "application/octet-stream" : kind->content_type;
}

bool content_matches(const std::filesystem::path& file, std::string_view extension) {
    const Kind* kind = find_kind(extension);
    if (kind == nullptr) {
        return true;
    }
    const bool wants_text = kind->content_type.starts_with("text/");
    if (wants_text && is_plainly_text(read_head(file))) {
        return true;
    }
    const char* type = magic_file(thread_magic(), file.c_str());
    if (type == nullptr) {
        throw std::runtime_error(std::string("libmagic: ") + magic_error(thread_magic()));
    }
    const std::string_view found = type;
    return std::ranges::any_of(kind->found,
                               [&](std::string_view begin) { return !begin.empty() && found.starts_with(begin); });
}

}  // namespace nassaq::documents
