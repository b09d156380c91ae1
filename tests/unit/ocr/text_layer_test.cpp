#include "ocr/text_layer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "../support/test_data.hpp"
#include "support/extraction.hpp"

namespace nassaq::ocr {
namespace {

std::string repeat(std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) (result += text) += ' ';
    return result;
}

TEST(TextLayer, IsSoundWhereWordsAreWords) {
    EXPECT_FALSE(is_broken_text_layer(""));
    EXPECT_FALSE(is_broken_text_layer(repeat("words of the text layer, a b c d", 30)));
    EXPECT_FALSE(is_broken_text_layer(repeat("المكتبة العامة و الكتب و الحي مفتوحة كل يوم", 10)));
    for (const char* name : {"report-utf8.txt.gt.txt", "letter.pdf.gt.txt", "scanned.pdf.gt.txt"}) {
        EXPECT_FALSE(is_broken_text_layer(test::read_file(nassaq::test::data / name))) << name;
    }
}

TEST(TextLayer, IsBrokenWhereWordsBeginWithWhatOnlyEndsThem) {
    EXPECT_TRUE(is_broken_text_layer(repeat("ةبتكملا ةماعلا يف عراش ةضهنلا", 10)));
    EXPECT_TRUE(is_broken_text_layer(repeat("في شارع النهضة من يوم الأحد القادم إلى آخره ىلإ كل ذلك", 5)));
    // One in forty may be a slip.
    EXPECT_FALSE(is_broken_text_layer("ىلإ " + repeat("في شارع النهضة", 13)));
}

TEST(TextLayer, IsBrokenWhereWordsAreInPieces) {
    EXPECT_TRUE(is_broken_text_layer(repeat("ا ل مكتبة العا م ة", 6)));
    EXPECT_FALSE(is_broken_text_layer(repeat("و المكتبة و الحي", 10))) << "و is a word";
}

TEST(TextLayer, IsNotJudgedByAFewWords) {
    EXPECT_FALSE(is_broken_text_layer(repeat("ةبتكملا", 10)));
}

TEST(TextLayer, IsBrokenWhereGlyphsHaveNoMeaning) {
    EXPECT_TRUE(is_broken_text_layer(repeat("\uE012\uE013\uE014 text", 10)));
    EXPECT_TRUE(is_broken_text_layer(repeat("\uFFFD\uFFFD text", 10)));
}

}  // namespace
}  // namespace nassaq::ocr
