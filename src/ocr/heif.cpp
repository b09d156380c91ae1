#include "ocr/heif.hpp"

#include <leptonica/allheaders.h>
#include <libheif/heif.h>

#include <cstdint>
#include <memory>
#include <span>

#include "ocr/fault.hpp"
#include "ocr/image_header.hpp"

namespace nassaq::ocr {

namespace {

struct HeifCloser {
    void operator()(heif_context* context) const { heif_context_free(context); }
    void operator()(heif_image_handle* handle) const { heif_image_handle_release(handle); }
    void operator()(heif_image* image) const { heif_image_release(image); }
};
template <class T>
using HeifPtr = std::unique_ptr<T, HeifCloser>;

HeifPtr<heif_image_handle> primary_image(heif_context* context) {
    heif_image_handle* handle = nullptr;
    heif_context_get_primary_image_handle(context, &handle);
    return HeifPtr<heif_image_handle>(handle);
}

/// Of pictures that are stored in colour the brightness is a plane of its own, so that nothing is converted.
HeifPtr<heif_image> decode(heif_image_handle* handle) {
    heif_image* image = nullptr;
    heif_decode_image(handle, &image, heif_colorspace_YCbCr, heif_chroma_420, nullptr);
    if (image == nullptr)
        heif_decode_image(handle, &image, heif_colorspace_monochrome, heif_chroma_monochrome, nullptr);
    return HeifPtr<heif_image>(image);
}

PixPtr brightness_of(const heif_image* image) {
    const int width = heif_image_get_width(image, heif_channel_Y);
    const int height = heif_image_get_height(image, heif_channel_Y);
    const int bits = heif_image_get_bits_per_pixel_range(image, heif_channel_Y);
    int stride = 0;
    const std::uint8_t* plane = heif_image_get_plane_readonly(image, heif_channel_Y, &stride);
    if (plane == nullptr || width <= 0 || height <= 0 || bits < 8 || bits > 16) return nullptr;
    PixPtr grey(pixCreate(width, height, 8));
    if (!grey) return nullptr;
    const int sample_bytes = bits > 8 ? 2 : 1;
    for (int y = 0; y < height; ++y) {
        l_uint32* row = pixGetData(grey.get()) + static_cast<std::ptrdiff_t>(y) * pixGetWpl(grey.get());
        const std::span samples(plane + static_cast<std::ptrdiff_t>(y) * stride,
                                static_cast<std::size_t>(width) * static_cast<std::size_t>(sample_bytes));
        for (int x = 0; x < width; ++x) {
            const auto at = static_cast<std::size_t>(x) * static_cast<std::size_t>(sample_bytes);
            // Deeper samples have two bytes in the order of this machine, little-endian.
            const unsigned value = sample_bytes == 1 ? samples[at] : (samples[at] | unsigned{samples[at + 1]} << 8U);
            SET_DATA_BYTE(row, x, static_cast<l_uint8>(value >> static_cast<unsigned>(bits - 8)));
        }
    }
    return grey;
}

}  // namespace

std::expected<PixPtr, Fault> decode_heif(const std::filesystem::path& file, const Limits& limits) {
    const HeifPtr<heif_context> context(heif_context_alloc());
    if (!context) return document_fault(Reason::memory_exceeded);
    heif_context_set_maximum_image_size_limit(context.get(), static_cast<int>(limits.image_side));
    if (heif_context_read_from_file(context.get(), file.c_str(), nullptr).code != heif_error_Ok) {
        return document_fault(Reason::file_damaged);
    }
    const auto handle = primary_image(context.get());
    if (!handle) return document_fault(Reason::file_damaged);
    const auto fits =
        check_image_size(heif_image_handle_get_width(handle.get()), heif_image_handle_get_height(handle.get()), limits);
    if (!fits) return std::unexpected(fits.error());
    const auto image = decode(handle.get());
    PixPtr grey = image ? brightness_of(image.get()) : nullptr;
    if (!grey) return document_fault(Reason::file_damaged);
    return grey;
}

}  // namespace nassaq::ocr
