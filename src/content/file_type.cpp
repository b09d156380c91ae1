#include "content/file_type.hpp"

#include <algorithm>
#include <array>

namespace nassaq::content {

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
    Signature{"GIF87a"sv, FileType::gif},
    Signature{"GIF89a"sv, FileType::gif},
    Signature{"PK\x03\x04"sv, FileType::zip},
    Signature{"PK\x05\x06"sv, FileType::zip},
    Signature{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, FileType::compound_file},
    Signature{R"({\rtf)"sv, FileType::rtf},
    Signature{"\x7F"
              "ELF"sv,
              FileType::executable},
    Signature{"\xFE\xED\xFA\xCE"sv, FileType::executable},  // Mach-O, of both byte orders and lengths
    Signature{"\xFE\xED\xFA\xCF"sv, FileType::executable},
    Signature{"\xCE\xFA\xED\xFE"sv, FileType::executable},
    Signature{"\xCF\xFA\xED\xFE"sv, FileType::executable},
    Signature{"\xCA\xFE\xBA\xBE"sv, FileType::executable},  // Java, and Mach-O for several processors
    Signature{"\0asm"sv, FileType::executable},
    Signature{"L\0\0\0\x01\x14\x02\0"sv, FileType::executable},  // A shortcut of Windows
    Signature{"%!PS"sv, FileType::other},
    Signature{"\xC5\xD0\xD3\xC6"sv, FileType::other},  // PostScript with a preview
    Signature{"\x1F\x8B\x08"sv, FileType::other},      // gzip
    Signature{"\xFD"
              "7zXZ\0"sv,
              FileType::other},
    Signature{"7z\xBC\xAF\x27\x1C"sv, FileType::other},
    Signature{"Rar!\x1A\x07"sv, FileType::other},
    Signature{"\x28\xB5\x2F\xFD"sv, FileType::other},  // Zstandard
    Signature{"SQLite format 3\0"sv, FileType::other},
    Signature{"OggS\0"sv, FileType::other},
    Signature{"ID3\x02\0"sv, FileType::other},
    Signature{"ID3\x03\0"sv, FileType::other},
    Signature{"ID3\x04\0"sv, FileType::other},
    Signature{"fLaC\0"sv, FileType::other},
    Signature{"\x1A\x45\xDF\xA3"sv, FileType::other},  // Matroska
    Signature{"\0\0\x01\xBA"sv, FileType::other},      // MPEG
    Signature{"wOFF\0\x01"sv, FileType::other},
    Signature{"8BPS\0\x01"sv, FileType::other},
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

/// RIFF and ISO's base media format say behind their first bytes what they hold.
FileType detect_container(std::string_view head) {
    constexpr std::array heif_brands{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "mif1"sv, "msf1"sv};
    if (head.size() < 12) return FileType::unknown;
    const std::string_view content = head.substr(8, 4);
    if (head.starts_with("RIFF")) {
        if (content == "WEBP") return FileType::webp;
        return content == "WAVE" || content == "AVI " ? FileType::other : FileType::unknown;
    }
    if (head.substr(4, 4) != "ftyp"sv || head[0] != '\0') return FileType::unknown;
    return std::ranges::find(heif_brands, content) == heif_brands.end() ? FileType::other : FileType::heif;
}

/// The text without byte order mark and blanks before it begins with one of these tags, in any case.
bool is_markup(std::string_view head) {
    constexpr std::array tags{"<!doctype html"sv, "<html"sv, "<head"sv, "<body"sv, "<script"sv,
                              "<iframe"sv,        "<svg"sv,  "<?php"sv, "<?xml"sv, "<!doctype svg"sv};
    if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
    head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n\f\v"), head.size()));
    const auto equals_in_lower_case = [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    };
    return std::ranges::any_of(tags, [&](std::string_view tag) {
        return std::ranges::equal(head.substr(0, tag.size()), tag, equals_in_lower_case);
    });
}

enum class Family { pdf, picture, word, office, text };

struct Name {
    std::string_view extension;
    Family family;
};

constexpr std::array names{
    Name{"pdf", Family::pdf},      Name{"png", Family::picture},  Name{"jpg", Family::picture},
    Name{"jpeg", Family::picture}, Name{"tif", Family::picture},  Name{"tiff", Family::picture},
    Name{"bmp", Family::picture},  Name{"heic", Family::picture}, Name{"heif", Family::picture},
    Name{"doc", Family::word},     Name{"docx", Family::word},    Name{"xlsx", Family::office},
    Name{"pptx", Family::office},  Name{"txt", Family::text},     Name{"csv", Family::text},
};

bool is_picture(FileType type) {
    constexpr std::array pictures{FileType::png,  FileType::jpeg, FileType::tiff, FileType::bmp,
                                  FileType::heif, FileType::webp, FileType::gif};
    return std::ranges::find(pictures, type) != pictures.end();
}

/// A header behind other bytes makes a PDF only of what is not already something else: a page or a program that has
/// one in it, too, is what it begins with.
bool is_pdf(std::string_view head, FileType begin) {
    return begin == FileType::pdf ||
           (begin == FileType::unknown && head.substr(0, head_bytes).find("%PDF-") != std::string_view::npos);
}

bool is_text(FileType begin) {
    return begin == FileType::unknown || begin == FileType::markup;
}

}  // namespace

FileType detect_file_type(std::string_view head) {
    for (const Signature& signature : signatures) {
        if (head.starts_with(signature.bytes)) return signature.type;
    }
    if (is_bmp(head)) return FileType::bmp;
    if (is_windows_program(head)) return FileType::executable;
    if (is_markup(head)) return FileType::markup;
    return detect_container(head);
}

bool is_known_extension(std::string_view extension) {
    return std::ranges::find(names, extension, &Name::extension) != names.end();
}

std::optional<FileType> identify(std::string_view head, std::string_view extension) {
    const auto* const name = std::ranges::find(names, extension, &Name::extension);
    if (name == names.end()) return std::nullopt;
    const FileType type = detect_file_type(head);
    const auto only_if = [](bool suits, FileType found) { return suits ? std::optional(found) : std::nullopt; };
    switch (name->family) {
        case Family::pdf:
            return only_if(is_pdf(head, type), FileType::pdf);
        case Family::picture:
            return only_if(is_picture(type), type);
        case Family::word:
            return only_if(type == FileType::zip || type == FileType::compound_file || type == FileType::rtf, type);
        case Family::office:
            return only_if(type == FileType::zip || type == FileType::compound_file, type);
        case Family::text:
            if (type == FileType::rtf) return type;
            return only_if(is_text(type), FileType::text);
    }
    return std::nullopt;
}

std::string file_extension(std::string_view filename) {
    const std::size_t dot = filename.rfind('.');
    if (dot == std::string_view::npos) return {};
    std::string extension(filename.substr(dot + 1));
    std::ranges::transform(extension, extension.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return extension;
}

}  // namespace nassaq::content
