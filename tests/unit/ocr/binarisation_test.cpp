#include "ocr/binarisation.hpp"

#include <gtest/gtest.h>
#include <leptonica/allheaders.h>

#include <filesystem>

#include "../support/test_data.hpp"

namespace nassaq::ocr {
namespace {

using nassaq::test::data;

int ink(const PixPtr& binary) {
    int pixels = 0;
    pixCountPixels(binary.get(), &pixels, nullptr);
    return pixels;
}

/// Leptonica's, with the parameters of Tesseract.
PixPtr binarise_by_leptonica(Pix* image, int resolution) {
    Pix* binary = nullptr;
    pixSauvolaBinarize(image, resolution / 6, 0.34F, 1, nullptr, nullptr, nullptr, &binary);
    return PixPtr(binary);
}

TEST(Binarisation, TellsInkFromPaperAsLeptonicaDoes) {
    for (const int resolution : {200, 300}) {
        const PixPtr page = decode_image(data / "رسالة المكتبة.jpg", FileType::jpeg);
        const PixPtr ours = binarise(page.get(), resolution);
        const PixPtr theirs = binarise_by_leptonica(page.get(), resolution);
        const PixPtr different(pixXor(nullptr, ours.get(), theirs.get()));
        EXPECT_GT(ink(theirs), 10'000);
        EXPECT_LT(100 * ink(different), 2 * ink(theirs)) << resolution;
    }
}

TEST(Binarisation, FollowsTheLight) {
    constexpr int side = 400;
    const PixPtr page(pixCreate(side, side, 8));
    // Paper that grows darker to the right, where it is darker than the ink on the left, and a stroke in every tenth
    // row.
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const unsigned paper = 240 - static_cast<unsigned>(x) / 3;
            pixSetPixel(page.get(), x, y, y % 10 < 2 ? paper / 3 : paper);
        }
    }
    EXPECT_EQ(ink(binarise(page.get(), 200)), side * side / 5);
}

TEST(Binarisation, TakesAnySize) {
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(3, 70), std::pair(33, 2), std::pair(64, 64)}) {
        const PixPtr page(pixCreate(width, height, 8));
        pixSetAll(page.get());
        const PixPtr binary = binarise(page.get(), 300);
        ASSERT_TRUE(binary);
        EXPECT_EQ(pixGetWidth(binary.get()), width);
        EXPECT_EQ(pixGetHeight(binary.get()), height);
        EXPECT_EQ(ink(binary), 0);
    }
}

}  // namespace
}  // namespace nassaq::ocr
