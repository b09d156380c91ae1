#include "ocr/page_image.hpp"

#include <leptonica/allheaders.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <span>
#include <utility>

namespace nassaq::ocr {

namespace {

struct FileCloser {
    void operator()(std::FILE* file) const {
        // Only ever read from: there is nothing to lose.
        static_cast<void>(std::fclose(file));
    }
};
using FilePtr = std::unique_ptr<std::FILE, FileCloser>;

/// Lets white paper show through transparent pixels. In place, because a copy of a large image would not fit.
void put_on_paper(Pix* image) {
    const auto words = static_cast<std::size_t>(pixGetWpl(image)) * static_cast<std::size_t>(pixGetHeight(image));
    for (l_uint32& pixel : std::span(pixGetData(image), words)) {
        const l_uint32 opacity = pixel >> L_ALPHA_SHIFT & 0xFFU;
        const auto blend = [&](int shift) {
            const l_uint32 colour = pixel >> shift & 0xFFU;
            return (colour * opacity + 255 * (255 - opacity)) / 255 << shift;
        };
        pixel = blend(L_RED_SHIFT) | blend(L_GREEN_SHIFT) | blend(L_BLUE_SHIFT) | 0xFFU << L_ALPHA_SHIFT;
    }
    pixSetSpp(image, 3);
}

PixPtr to_grey(PixPtr image) {
    if (!image) return image;
    if (pixGetDepth(image.get()) == 32 && pixGetSpp(image.get()) == 4) put_on_paper(image.get());
    if ((pixGetDepth(image.get()) == 8 && pixGetColormap(image.get()) == nullptr)) return image;
    PixPtr grey(pixConvertTo8(image.get(), 0));
    return grey;
}

/// The same pixels, which go with the last who has them.
PixPtr share(const PixPtr& image) {
    return PixPtr(pixClone(image.get()));
}

/// Leptonica tells on standard error what it does; what goes wrong is enough.
void silence_information() {
    setMsgSeverity(L_SEVERITY_ERROR);
}

/// Decodes brightness only: a quarter of the memory of colour.
PixPtr decode_jpeg(const std::filesystem::path& file) {
    const FilePtr stream(std::fopen(file.c_str(), "rbe"));
    if (!stream) return nullptr;
    int warnings = 0;
    return PixPtr(pixReadStreamJpeg(stream.get(), 0, 1, &warnings, L_JPEG_READ_LUMINANCE));
}

}  // namespace

void PixDeleter::operator()(Pix* image) const {
    pixDestroy(&image);
}

PixPtr decode_image(const std::filesystem::path& file, FileType type) {
    silence_information();
    return to_grey(type == FileType::jpeg ? decode_jpeg(file) : PixPtr(pixRead(file.c_str())));
}

PixPtr decode_tiff_page(const std::filesystem::path& file, std::uint64_t offset) {
    silence_information();
    std::size_t position = offset;
    return to_grey(PixPtr(pixReadFromMultipageTiff(file.c_str(), &position)));
}

PixPtr apply_exif_orientation(PixPtr image, int orientation) {
    // EXIF 2.32, 4.6.4: an even number up to 4 and an odd one above it is mirrored.
    constexpr std::array quarters{0, 0, 2, 2, 1, 1, 3, 3};
    const bool mirrored = orientation == 2 || orientation == 4 || orientation == 5 || orientation == 7;
    if (orientation < 1 || orientation > 8) return image;
    if (mirrored) pixFlipLR(image.get(), image.get());
    // A mirrored image is turned the other way than one that is only turned.
    const int turn = quarters.at(static_cast<std::size_t>(orientation - 1));
    return rotate_by_quarters(std::move(image), mirrored && turn % 2 == 1 ? 4 - turn : turn);
}

PixPtr rotate_by_quarters(PixPtr image, int quarters) {
    if (quarters % 4 == 0) return image;
    return PixPtr(pixRotateOrth(image.get(), quarters % 4));
}

PixPtr deskew(const PixPtr& image) {
    constexpr int threshold = 140;
    constexpr float least_skew_confidence = 2.0F;
    constexpr float least_angle = 0.15F;  // Less is not worth the blur of a rotation.
    const PixPtr binary(pixThresholdToBinary(image.get(), threshold));
    float angle = 0;
    float confidence = 0;
    if (!binary || pixFindSkew(binary.get(), &angle, &confidence) != 0) return share(image);
    if (confidence <= least_skew_confidence || std::abs(angle) <= least_angle) return share(image);
    return PixPtr(
        pixRotate(image.get(), angle * std::numbers::pi_v<float> / 180, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0));
}

PixPtr shrink_to(PixPtr image, std::int64_t side) {
    const std::int64_t longest = std::max(pixGetWidth(image.get()), pixGetHeight(image.get()));
    if (longest <= side) return image;
    const auto scale = static_cast<float>(static_cast<double>(side) / static_cast<double>(longest));
    return PixPtr(pixScale(image.get(), scale, scale));  // Scales the resolution, too.
}

PixPtr reduce_resolution(PixPtr image) {
    constexpr int finest_useful = 400;
    constexpr float usual = 300;
    const int stated = resolution_of(image.get());
    if (stated <= finest_useful) return image;
    const float scale = usual / static_cast<float>(stated);
    return PixPtr(pixScale(image.get(), scale, scale));
}

PixPtr enlarge_coarse(PixPtr image) {
    constexpr int coarse = 150;
    constexpr float usual = 300;
    constexpr int most_pixels = 4'000'000;
    const int stated = resolution_of(image.get());
    if (stated >= coarse || std::int64_t{pixGetWidth(image.get())} * pixGetHeight(image.get()) > most_pixels)
        return image;
    const float scale = usual / static_cast<float>(stated);
    return PixPtr(pixScale(image.get(), scale, scale));
}

bool is_too_small_for_text(Pix* image) {
    constexpr int least_width = 40;
    constexpr int least_height = 12;
    return pixGetWidth(image) < least_width || pixGetHeight(image) < least_height;
}

bool is_blank(Pix* image) {
    constexpr unsigned least_contrast = 40;  // Paper and its shadows differ by less, writing and its paper by more.
    constexpr int step = 2;                  // Strokes are wider than a pixel.
    unsigned darkest = 255;
    unsigned lightest = 0;
    for (int y = 0; y < pixGetHeight(image); y += step) {
        // Two of the four pixels of a word; the last word may hold some that are not of the image.
        const auto* const row = pixGetData(image) + static_cast<std::ptrdiff_t>(y) * pixGetWpl(image);
        for (const l_uint32 word : std::span(row, static_cast<std::size_t>(pixGetWidth(image) / 4))) {
            for (const unsigned pixel : {word >> 24U, word >> 8U & 0xFFU}) {
                darkest = std::min(darkest, pixel);
                lightest = std::max(lightest, pixel);
            }
        }
        if (lightest >= darkest + least_contrast) return false;
    }
    return true;
}

int resolution_of(Pix* image) {
    constexpr int least = 70;
    constexpr int most = 2400;
    constexpr int usual = 300;
    const int stated = pixGetXRes(image);
    return stated >= least && stated <= most ? stated : usual;
}

void set_resolution(Pix* image, int dots_per_inch) {
    pixSetResolution(image, dots_per_inch, dots_per_inch);
}

}  // namespace nassaq::ocr
