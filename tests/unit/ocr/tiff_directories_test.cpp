#include "ocr/tiff_directories.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "support/scratch_folder.hpp"

namespace nassaq::ocr {
namespace {

using namespace std::string_literals;

template <typename T>
std::string little(T value) {
    std::string bytes;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFFU);
    }
    return bytes;
}

constexpr std::uint32_t directory_bytes = 2 + 2 * 12 + 4;

/// A directory that tells nothing but a size.
std::string directory(std::uint32_t width, std::uint16_t height, std::uint32_t next) {
    return little<std::uint16_t>(2) +                                                                          //
           little<std::uint16_t>(256) + little<std::uint16_t>(4) + little<std::uint32_t>(1) + little(width) +  //
           little<std::uint16_t>(257) + little<std::uint16_t>(3) + little<std::uint32_t>(1) + little(height) + "\0\0"s +
           little(next);
}

const std::string head = "II*\0"s + little<std::uint32_t>(8);

class TiffDirectories : public testing::Test {
protected:
    std::vector<TiffPage> walk(std::string_view bytes, std::size_t limit = 200) {
        return walk_tiff_directories(folder_.write("image", bytes), limit);
    }

private:
    test::ScratchFolder folder_;
};

TEST_F(TiffDirectories, GivesEachPage) {
    const auto pages = walk(head + directory(1652, 2338, 8 + directory_bytes) + directory(100, 200, 0));
    ASSERT_EQ(pages.size(), 2U);
    EXPECT_EQ(pages[0].offset, 8U);
    EXPECT_EQ(pages[0].width, 1652);
    EXPECT_EQ(pages[0].height, 2338);
    EXPECT_EQ(pages[1].offset, 8U + directory_bytes);
    EXPECT_EQ(pages[1].width, 100);
}

TEST_F(TiffDirectories, EndsWhereTheChainComesBack) {
    EXPECT_EQ(walk(head + directory(8, 8, 8)).size(), 1U) << "to itself";
    EXPECT_EQ(walk(head + directory(8, 8, 8 + directory_bytes) + directory(9, 9, 8)).size(), 2U) << "to another";
}

TEST_F(TiffDirectories, EndsAtTheLimit) {
    EXPECT_EQ(walk(head + directory(8, 8, 8 + directory_bytes) + directory(9, 9, 0), 1).size(), 1U);
}

TEST_F(TiffDirectories, KeepsWhatComesBeforeABreak) {
    EXPECT_EQ(walk(head + directory(8, 8, 100'000)).size(), 1U) << "beyond the end of the file";
    EXPECT_EQ(walk(head + directory(8, 8, 8 + directory_bytes) + "\x02\0"s).size(), 1U) << "cut";
    EXPECT_TRUE(walk("II*\0"s).empty());
    EXPECT_TRUE(walk(head).empty());
    EXPECT_TRUE(walk(head + "\xFF\xFF"s + std::string(100, '\0')).empty()) << "65535 entries";
}

TEST_F(TiffDirectories, ReadsBigEndianFiles) {
    const auto pages = walk("MM\0*\0\0\0\x08\0\x01\x01\0\0\x03\0\0\0\x01\x01\x02\0\0\0\0\0\0"s);
    ASSERT_EQ(pages.size(), 1U);
    EXPECT_EQ(pages[0].width, 0x0102);
    EXPECT_EQ(pages[0].height, 0) << "which the directory does not tell";
}

TEST_F(TiffDirectories, ReadsBigTiff) {
    const std::string entry = little<std::uint16_t>(256) + little<std::uint16_t>(16) + little<std::uint64_t>(1) +
                              little<std::uint64_t>(std::uint64_t{1} << 40U);
    const auto pages = walk("II+\0\x08\0\0\0"s + little<std::uint64_t>(16) + little<std::uint64_t>(1) + entry +
                            little<std::uint64_t>(16));
    ASSERT_EQ(pages.size(), 1U);
    EXPECT_GT(pages[0].width, 1'000'000) << "a width of 2^40 is not mistaken for a small one";
}

}  // namespace
}  // namespace nassaq::ocr
