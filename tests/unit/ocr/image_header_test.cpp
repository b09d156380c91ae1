#include "ocr/image_header.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/scratch_folder.hpp"

namespace nassaq::ocr {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

class ImageHeaderTest : public testing::Test {
protected:
    std::optional<ImageHeader> read(std::string_view bytes, FileType type) {
        return read_image_header(folder_.write("image", bytes), type);
    }

private:
    test::ScratchFolder folder_;
};

const std::string png_start = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"s;
const std::string jpeg_frame = "\xFF\xC0\0\x0B\x08\x02\0\x03\0\x01\x01\x11\0"s;  // 768 × 512

/// A little-endian EXIF segment whose first directory has one entry, the orientation.
std::string exif(char orientation) {
    return "\xFF\xE1\0\x22"s + "Exif\0\0"s + "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + orientation +
           "\0\0\0\0\0\0\0"s;
}

TEST_F(ImageHeaderTest, ReadsPng) {
    const auto header = read(png_start + "\0\0\xC3\x50\0\0\x01\0\x08\x06\0\0\0"s, FileType::png);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->width, 50'000);
    EXPECT_EQ(header->height, 256);
    EXPECT_EQ(header->orientation, 1);
}

TEST_F(ImageHeaderTest, RefusesBrokenPng) {
    EXPECT_FALSE(read(png_start + "\0\0\xC3"s, FileType::png)) << "cut";
    EXPECT_FALSE(read(png_start + "\0\0\0\0\0\0\x01\0"s, FileType::png)) << "no width";
    EXPECT_FALSE(read("\x89PNG\r\n\x1A\n\0\0\0\rIDAT\0\0\0\x01\0\0\0\x01"s, FileType::png)) << "no IHDR";
}

TEST_F(ImageHeaderTest, ReadsJpegBehindOtherSegments) {
    const auto header = read("\xFF\xD8\xFF\xFE\0\x05"s + "abc\xFF" + jpeg_frame, FileType::jpeg);
    ASSERT_TRUE(header) << "a comment, a fill byte, the frame";
    EXPECT_EQ(header->width, 768);
    EXPECT_EQ(header->height, 512);
}

TEST_F(ImageHeaderTest, ReadsExifOrientation) {
    const auto header = read("\xFF\xD8"s + exif('\x06') + jpeg_frame, FileType::jpeg);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->orientation, 6);
    const auto senseless = read("\xFF\xD8"s + exif('\x63') + jpeg_frame, FileType::jpeg);
    ASSERT_TRUE(senseless);
    EXPECT_EQ(senseless->orientation, 1);
}

TEST_F(ImageHeaderTest, RefusesBrokenJpeg) {
    EXPECT_FALSE(read("\xFF\xD8"s, FileType::jpeg));
    EXPECT_FALSE(read("\xFF\xD8 not a marker"s, FileType::jpeg));
    EXPECT_FALSE(read("\xFF\xD8\xFF\xE0\0\0"s, FileType::jpeg)) << "a segment of length 0";
    EXPECT_FALSE(read("\xFF\xD8\xFF\xE0\xFF\xFF"s + "short", FileType::jpeg));
}

TEST_F(ImageHeaderTest, ReadsBmpWithRowsInEitherOrder) {
    const std::string start = "BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"s;
    const auto upwards = read(start + "\x60\xEA\0\0\x10\0\0\0"s, FileType::bmp);
    ASSERT_TRUE(upwards);
    EXPECT_EQ(upwards->width, 60'000);
    EXPECT_EQ(upwards->height, 16);
    const auto downwards = read(start + "\x20\0\0\0\xF0\xFF\xFF\xFF"s, FileType::bmp);
    ASSERT_TRUE(downwards);
    EXPECT_EQ(downwards->height, 16);
    EXPECT_FALSE(read(start + "\xFF\xFF\xFF\xFF\x10\0\0\0"s, FileType::bmp)) << "a negative width";
    EXPECT_FALSE(read("BM"sv, FileType::bmp));
}

TEST(ImageSize, IsRefusedByNameOfTheSize) {
    const Limits limits;
    EXPECT_TRUE(check_image_size(10'000, 10'000, limits));
    const auto refused = check_image_size(50'000, 50'000, limits);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "The image is too large: 50000 × 50000.");
    EXPECT_FALSE(refused.error().temporary);
    EXPECT_FALSE(check_image_size(20'001, 1, limits)) << "one side";
    EXPECT_FALSE(check_image_size(10'001, 10'000, limits)) << "all pixels";
    EXPECT_FALSE(check_image_size(INT64_MAX, INT64_MAX, limits)) << "no overflow";
}

TEST_F(ImageHeaderTest, ReadsTheThreeKindsOfWebp) {
    const auto lossy = read("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9D\x01\x2A\x40\x41\x20\x80\0\0"s, FileType::webp);
    ASSERT_TRUE(lossy);
    EXPECT_EQ(lossy->width, 0x140);
    EXPECT_EQ(lossy->height, 0x20);
    const auto lossless = read("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2F\xFF\xC0\x0F\x10\0\0\0\0\0\0"s, FileType::webp);
    ASSERT_TRUE(lossless);
    EXPECT_EQ(lossless->width, 0x100);
    EXPECT_EQ(lossless->height, 0x40);
    const auto extended = read("RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\xFF\xFF\xFF\x0F\0\0\0\0\0"s, FileType::webp);
    ASSERT_TRUE(extended);
    EXPECT_EQ(extended->width, 0x1000000) << "refused by its size, not decoded";
    EXPECT_EQ(extended->height, 0x10);
    EXPECT_FALSE(read("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\0\0\0\x40\x41\x20\x80\0\0"s, FileType::webp))
        << "no start code";
    EXPECT_FALSE(read("RIFF\0\0\0\0WEBPVP8 "s, FileType::webp)) << "cut";
}

TEST_F(ImageHeaderTest, ReadsGif) {
    const auto header = read("GIF89a\x40\x01\x20\0"s, FileType::gif);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->width, 0x140);
    EXPECT_EQ(header->height, 0x20);
    EXPECT_FALSE(read("GIF89a\x40"s, FileType::gif));
}

}  // namespace
}  // namespace nassaq::ocr
