#include "ocr/image_header.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

#include "ocr/fault.hpp"
#include "ocr/random_access_file.hpp"

namespace nassaq::ocr {

namespace {

using namespace std::string_view_literals;
using File = RandomAccessFile;

std::optional<ImageHeader> read_png(const File& file) {
    const auto head = file.bytes(0, 24);
    if (!head || std::string_view(*head).substr(12, 4) != "IHDR"sv) return std::nullopt;
    return ImageHeader{.width = File::number_at<std::uint32_t>(*head, 16, std::endian::big),
                       .height = File::number_at<std::uint32_t>(*head, 20, std::endian::big)};
}

std::optional<ImageHeader> read_bmp(const File& file) {
    const auto length = file.number<std::uint32_t>(14, std::endian::little);
    if (!length) return std::nullopt;
    if (*length == 12) {  // OS/2's BITMAPCOREHEADER
        const auto width = file.number<std::uint16_t>(18, std::endian::little);
        const auto height = file.number<std::uint16_t>(20, std::endian::little);
        if (!width || !height) return std::nullopt;
        return ImageHeader{.width = *width, .height = *height};
    }
    const auto width = file.number<std::uint32_t>(18, std::endian::little);
    const auto height = file.number<std::uint32_t>(22, std::endian::little);
    if (!width || !height) return std::nullopt;
    // A negative height says that the rows are stored from top to bottom.
    return ImageHeader{.width = static_cast<std::int32_t>(*width),
                       .height = std::llabs(static_cast<std::int32_t>(*height))};
}

/// The orientation (tag 0x0112) in the first directory of an EXIF block, which is laid out like a TIFF file.
/// Source: CIPA DC-008 (Exif 2.32), 4.6.
std::optional<int> read_exif_orientation(std::string_view exif) {
    constexpr std::string_view mark = "Exif\0\0"sv;
    if (!exif.starts_with(mark)) return std::nullopt;
    const std::string_view tiff = exif.substr(mark.size());
    if (tiff.size() < 8) return std::nullopt;
    const std::endian order = tiff.starts_with("MM") ? std::endian::big : std::endian::little;
    const std::size_t directory = File::number_at<std::uint32_t>(tiff, 4, order);
    if (directory + 2 > tiff.size()) return std::nullopt;
    const std::size_t entries = File::number_at<std::uint16_t>(tiff, directory, order);
    for (std::size_t i = 0; i < entries; ++i) {
        const std::size_t entry = directory + 2 + (i * 12);
        if (entry + 12 > tiff.size()) return std::nullopt;
        if (File::number_at<std::uint16_t>(tiff, entry, order) != 0x0112) continue;
        const int orientation = File::number_at<std::uint16_t>(tiff, entry + 8, order);
        if (orientation < 1 || orientation > 8) return std::nullopt;
        return orientation;
    }
    return std::nullopt;
}

/// SOF0 to SOF15 hold the size; C4, C8 and CC among their numbers mean something else (ITU-T T.81, table B.1).
bool is_start_of_frame(unsigned marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool is_without_length(unsigned marker) {
    return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
}

/// Walks the segments up to the frame header. Each step goes forward, so a file cannot make it endless.
std::optional<ImageHeader> read_jpeg(const File& file) {
    ImageHeader header;
    for (std::uint64_t at = 2; at < file.size();) {
        const auto lead = file.number<std::uint8_t>(at, std::endian::big);
        const auto marker = file.number<std::uint8_t>(at + 1, std::endian::big);
        if (!lead || !marker || *lead != 0xFF) return std::nullopt;
        if (*marker == 0xFF) {  // A fill byte.
            ++at;
            continue;
        }
        if (is_without_length(*marker)) {
            at += 2;
            continue;
        }
        const auto length = file.number<std::uint16_t>(at + 2, std::endian::big);
        if (!length || *length < 2) return std::nullopt;
        if (is_start_of_frame(*marker)) {
            const auto height = file.number<std::uint16_t>(at + 5, std::endian::big);
            const auto width = file.number<std::uint16_t>(at + 7, std::endian::big);
            if (!height || !width) return std::nullopt;
            header.width = *width;
            header.height = *height;
            return header;
        }
        if (*marker == 0xE1) {
            const auto exif = file.bytes(at + 4, *length - 2U);
            if (exif) header.orientation = read_exif_orientation(*exif).value_or(header.orientation);
        }
        at += 2U + *length;
    }
    return std::nullopt;
}

/// Source: RFC 9649, 2.5 to 2.7. Lossy, lossless and extended files say it in a way of their own each.
std::optional<ImageHeader> read_webp(const File& file) {
    constexpr std::uint32_t fourteen_bits = 0x3FFF;
    constexpr std::uint32_t twenty_four_bits = 0xFFFFFF;
    const auto head = file.bytes(0, 31);
    if (!head) return std::nullopt;
    const std::string_view chunk = std::string_view(*head).substr(12, 4);
    const auto number = [&](std::size_t offset) {
        return File::number_at<std::uint32_t>(*head, offset, std::endian::little);
    };
    if (chunk == "VP8 "sv && head->compare(23, 3, "\x9D\x01\x2A") == 0) {
        return ImageHeader{.width = number(26) & fourteen_bits, .height = number(26) >> 16U & fourteen_bits};
    }
    if (chunk == "VP8L"sv && (*head)[20] == '\x2F') {
        return ImageHeader{.width = (number(21) & fourteen_bits) + 1,
                           .height = (number(21) >> 14U & fourteen_bits) + 1};
    }
    if (chunk == "VP8X"sv) {
        return ImageHeader{.width = (number(24) & twenty_four_bits) + 1, .height = (number(27) & twenty_four_bits) + 1};
    }
    return std::nullopt;
}

std::optional<ImageHeader> read_gif(const File& file) {
    const auto width = file.number<std::uint16_t>(6, std::endian::little);
    const auto height = file.number<std::uint16_t>(8, std::endian::little);
    if (!width || !height) return std::nullopt;
    return ImageHeader{.width = *width, .height = *height};
}

std::optional<ImageHeader> read_header(const File& file, FileType type) {
    switch (type) {
        case FileType::png:
            return read_png(file);
        case FileType::jpeg:
            return read_jpeg(file);
        case FileType::bmp:
            return read_bmp(file);
        case FileType::webp:
            return read_webp(file);
        case FileType::gif:
            return read_gif(file);
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<ImageHeader> read_image_header(const std::filesystem::path& file, FileType type) {
    const auto header = read_header(File(file), type);
    if (!header || header->width <= 0 || header->height <= 0) return std::nullopt;
    return header;
}

std::expected<void, Fault> check_image_size(std::int64_t width, std::int64_t height, const Limits& limits) {
    if (width <= limits.image_side && height <= limits.image_side && width * height <= limits.image_pixels) return {};
    return document_fault(Reason::image_too_large, width, height);
}

}  // namespace nassaq::ocr
