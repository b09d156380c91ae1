#include "ocr/file_type.hpp"

#include <algorithm>
#include <array>

namespace nassaq::ocr {

namespace {

using namespace std::string_view_literals;

struct Signature {
    std::string_view bytes;
    FileType type;
};

constexpr std::array signatures{
    Signature{"\x89PNG\r\n\x1A\n"sv, FileType::png},
    Signature{"\xFF\xD8\xFF"sv, FileType::jpeg},
    Signature{"%PDF-"sv, FileType::pdf},
    Signature{"II*\0"sv, FileType::tiff},
    Signature{"MM\0*"sv, FileType::tiff},
    Signature{"II+\0\b\0\0\0"sv, FileType::tiff},  // BigTIFF
    Signature{"MM\0+\0\b\0\0"sv, FileType::tiff},
    Signature{"PK\x03\x04"sv, FileType::zip},
    Signature{"PK\x05\x06"sv, FileType::zip},
    Signature{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, FileType::compound_file},
    Signature{"\x7F"
              "ELF"sv,
              FileType::executable},
};

/// "BM", a size, four reserved bytes that are 0, and the length of a known header: "BM" alone begins English texts.
bool is_bmp(std::string_view head) {
    constexpr std::string_view header_lengths = "\x0C\x28\x34\x38\x40\x6C\x7C";
    return head.size() >= 18 && head.starts_with("BM") && head.substr(6, 4) == "\0\0\0\0"sv &&
           header_lengths.find(head[14]) != std::string_view::npos && head.substr(15, 3) == "\0\0\0"sv;
}

/// The DOS header of Windows programs: "MZ" and bytes that no text has.
bool is_windows_program(std::string_view head) {
    return head.starts_with("MZ") && head.find('\0') != std::string_view::npos;
}

bool is_heif(std::string_view head) {
    constexpr std::array brands{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "mif1"sv, "msf1"sv};
    return head.size() >= 12 && head.substr(4, 4) == "ftyp"sv &&
           std::ranges::find(brands, head.substr(8, 4)) != brands.end();
}

}  // namespace

FileType detect_file_type(std::string_view head) {
    for (const Signature& signature : signatures) {
        if (head.starts_with(signature.bytes)) return signature.type;
    }
    if (is_bmp(head)) return FileType::bmp;
    if (is_heif(head)) return FileType::heif;
    if (is_windows_program(head)) return FileType::executable;
    return FileType::unknown;
}

bool contains_pdf_header(std::string_view head) {
    return head.find("%PDF-") != std::string_view::npos;
}

std::string file_extension(std::string_view filename) {
    const std::size_t dot = filename.rfind('.');
    if (dot == std::string_view::npos) return {};
    std::string extension(filename.substr(dot + 1));
    std::ranges::transform(extension, extension.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return extension;
}

}  // namespace nassaq::ocr
