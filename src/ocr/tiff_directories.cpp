#include "ocr/tiff_directories.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <set>
#include <string>

#include "ocr/random_access_file.hpp"

namespace nassaq::ocr {

namespace {

using File = RandomAccessFile;

constexpr std::uint16_t image_width = 256;
constexpr std::uint16_t image_length = 257;
constexpr std::uint16_t type_byte = 1;
constexpr std::uint16_t type_short = 3;
constexpr std::uint16_t type_long = 4;
constexpr std::uint16_t type_long8 = 16;
/// More tags than any writer uses; a directory that claims more is broken.
constexpr std::uint64_t most_entries = 4096;

/// The two layouts: TIFF and BigTIFF.
struct Layout {
    std::endian order = std::endian::little;
    bool big = false;

    [[nodiscard]] std::size_t entry_bytes() const { return big ? 20 : 12; }
    [[nodiscard]] std::size_t value_place() const { return big ? 12 : 8; }
    [[nodiscard]] std::size_t count_bytes() const { return big ? 8 : 2; }

    [[nodiscard]] std::optional<std::uint64_t> read_offset(const File& file, std::uint64_t at) const {
        if (big) return file.number<std::uint64_t>(at, order);
        return file.number<std::uint32_t>(at, order);
    }
    [[nodiscard]] std::optional<std::uint64_t> read_count(const File& file, std::uint64_t at) const {
        if (big) return file.number<std::uint64_t>(at, order);
        return file.number<std::uint16_t>(at, order);
    }
};

std::optional<Layout> read_layout(const File& file) {
    const std::string head = file.head(4);
    if (head.size() < 4) return std::nullopt;
    const Layout layout{.order = head.starts_with("MM") ? std::endian::big : std::endian::little};
    const auto version = File::number_at<std::uint16_t>(head, 2, layout.order);
    return Layout{.order = layout.order, .big = version == 43};
}

std::int64_t read_value(std::string_view entry, const Layout& layout) {
    const std::size_t place = layout.value_place();
    switch (File::number_at<std::uint16_t>(entry, 2, layout.order)) {
        case type_byte:
            return static_cast<unsigned char>(entry[place]);
        case type_short:
            return File::number_at<std::uint16_t>(entry, place, layout.order);
        case type_long:
            return File::number_at<std::uint32_t>(entry, place, layout.order);
        case type_long8:
            if (!layout.big) return 0;
            // More than 32 bits is too large an image whatever the rest says.
            return static_cast<std::int64_t>(
                std::min<std::uint64_t>(File::number_at<std::uint64_t>(entry, place, layout.order), UINT32_MAX));
        default:
            return 0;
    }
}

struct Directory {
    TiffPage page;
    std::uint64_t next = 0;
};

std::optional<Directory> read_directory(const File& file, const Layout& layout, std::uint64_t offset) {
    const auto count = layout.read_count(file, offset);
    if (!count || *count == 0 || *count > most_entries) return std::nullopt;
    const std::uint64_t first = offset + layout.count_bytes();
    const auto entries = file.bytes(first, static_cast<std::size_t>(*count) * layout.entry_bytes());
    if (!entries) return std::nullopt;
    Directory directory{.page = {.offset = offset}};
    for (std::size_t i = 0; i < *count; ++i) {
        const std::string_view entry =
            std::string_view(*entries).substr(i * layout.entry_bytes(), layout.entry_bytes());
        const auto tag = File::number_at<std::uint16_t>(entry, 0, layout.order);
        if (tag == image_width) directory.page.width = read_value(entry, layout);
        if (tag == image_length) directory.page.height = read_value(entry, layout);
    }
    directory.next = layout.read_offset(file, first + entries->size()).value_or(0);
    return directory;
}

}  // namespace

std::vector<TiffPage> walk_tiff_directories(const std::filesystem::path& path, std::size_t limit) {
    const File file(path);
    std::vector<TiffPage> pages;
    const auto layout = read_layout(file);
    if (!layout) return pages;
    std::set<std::uint64_t> visited;
    std::uint64_t offset = layout->read_offset(file, layout->big ? 8 : 4).value_or(0);
    while (offset != 0 && pages.size() < limit && visited.insert(offset).second) {
        const auto directory = read_directory(file, *layout, offset);
        if (!directory) break;
        pages.push_back(directory->page);
        offset = directory->next;
    }
    return pages;
}

}  // namespace nassaq::ocr
