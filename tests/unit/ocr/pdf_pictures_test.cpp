#include "ocr/pdf_pictures.hpp"

#include <gtest/gtest.h>

namespace nassaq::ocr {
namespace {

TEST(PdfPictures, AreReadFromTheListOfPdfimages) {
    const auto pictures = parse_picture_list(
        "page   num  type   width height color comp bpc  enc interp  object ID x-ppi y-ppi size ratio\n"
        "--------------------------------------------------------------------------------------------\n"
        "   1     0 image    1653  2339  gray    1   8  jpeg   no        10  0   200   200  406K  11%\n"
        "   1     1 smask    1653  2339  gray    1   8  image  no        11  0   200   200  406K  11%\n"
        "   2     2 image      40    20  rgb     3   8  image  no   [inline]     100    50  120B  50%\n");
    ASSERT_EQ(pictures.size(), 3U);
    EXPECT_EQ(pictures[0].page, 1);
    EXPECT_TRUE(pictures[0].is_image);
    EXPECT_EQ(pictures[0].width, 1653);
    EXPECT_EQ(pictures[0].height, 2339);
    EXPECT_EQ(pictures[0].object, "10 0");
    EXPECT_EQ(pictures[0].resolution(), 200);
    EXPECT_NEAR(pictures[0].area(), 8.265 * 11.695, 0.001);
    EXPECT_FALSE(pictures[1].is_image);
    EXPECT_EQ(pictures[2].object, "");
    EXPECT_EQ(pictures[2].resolution(), 100);
    EXPECT_NEAR(pictures[2].area(), 0.4 * 0.4, 0.001);
}

TEST(PdfPictures, OfAListThatSaysNothing) {
    EXPECT_TRUE(parse_picture_list("").empty());
    EXPECT_TRUE(parse_picture_list("Syntax Error: nothing\n1 2 image\n").empty());
}

TEST(PdfPictures, WithoutAResolutionCoverNothing) {
    const auto pictures = parse_picture_list(
        "   1     0 image    1653  2339  gray    1   8  jpeg   no        10  0   0   0  406K  11%\n");
    ASSERT_EQ(pictures.size(), 1U);
    EXPECT_EQ(pictures[0].area(), 0);
}

}  // namespace
}  // namespace nassaq::ocr
