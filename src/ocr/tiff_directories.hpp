#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace nassaq::ocr {

/// One page of a TIFF file, as its directory (IFD) describes it.
struct TiffPage {
    std::uint64_t offset = 0;  ///< Of the directory in the file.
    std::int64_t width = 0;    ///< Pixels; 0 where the directory does not say.
    std::int64_t height = 0;
};

/// Follows the chain of directories of a TIFF or BigTIFF file (TIFF 6.0, section 2), without decoding anything. A chain
/// that comes back to a directory it has visited ends there: decoders would go round for ever.
/// @param limit  At most so many pages are returned.
/// @return what could be read before the chain breaks; empty where there is no whole page.
/// @throws std::system_error when the file cannot be read.
std::vector<TiffPage> walk_tiff_directories(const std::filesystem::path& path, std::size_t limit);

}  // namespace nassaq::ocr
