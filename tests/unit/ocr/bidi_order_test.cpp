#include "ocr/bidi_order.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace nassaq::ocr {
namespace {

/// A line whose words stand beside each other, given from left to right as the eye sees them.
Line line_of(std::initializer_list<const char*> words_from_left) {
    Line line;
    int left = 0;
    for (const char* word : words_from_left) {
        line.words.push_back({.box = {.left = left, .top = 0, .right = left + 40, .bottom = 20}, .text = word});
        left += 50;
    }
    return line;
}

TEST(LogicalText, ReadsArabicFromTheRight) {
    EXPECT_EQ(logical_text(line_of({"القدم", "كرة", "مباراة"}), true), "مباراة كرة القدم");
}

TEST(LogicalText, ReadsEnglishFromTheLeft) {
    EXPECT_EQ(logical_text(line_of({"a", "football", "match", "2"}), false), "a football match 2");
    EXPECT_EQ(logical_text(line_of({"a", "football", "match"}), true), "a football match");
}

TEST(LogicalText, DoesNotTrustTheOrderOfRecognition) {
    Line line = line_of({"القدم", "كرة", "مباراة"});
    std::swap(line.words[0], line.words[2]);
    EXPECT_EQ(logical_text(line, true), "مباراة كرة القدم");
}

TEST(LogicalText, KeepsLatinRunsTogetherInAnArabicLine) {
    EXPECT_EQ(logical_text(line_of({"الجديد", "Open", "Office", "برنامج"}), true), "برنامج Open Office الجديد");
}

TEST(LogicalText, GivesNumbersToTheLatinRunTheyTouch) {
    EXPECT_EQ(logical_text(line_of({"الجديد", "Debian", "12", "نظام"}), true), "نظام Debian 12 الجديد");
    EXPECT_EQ(logical_text(line_of({"الجديد", "2", "x", "4", "قياس"}), true), "قياس 2 x 4 الجديد");
}

TEST(LogicalText, ReadsNumbersAmongArabicFromTheRight) {
    EXPECT_EQ(logical_text(line_of({"دينار", "500", "-", "300", "السعر"}), true), "السعر 300 - 500 دينار");
}

TEST(LogicalText, ReversesArabicRunsInAnEnglishLine) {
    EXPECT_EQ(logical_text(line_of({"The", "phrase", "words", "عليكم", "السلام", "is", "a", "greeting"}), false),
              "The phrase words السلام عليكم is a greeting");
}

TEST(LogicalText, TakesALineThatBeginsWithArabicForArabicOnAnArabicPage) {
    const Line line = line_of({"International", "Business", "Machines", "شركة"});
    EXPECT_EQ(logical_text(line, true), "شركة International Business Machines");
    EXPECT_EQ(logical_text(line, false), "International Business Machines شركة");
}

TEST(LogicalText, IsEmptyForALineWithoutWords) {
    EXPECT_EQ(logical_text({}, true), "");
}

TEST(RightToLeft, NeedsAGoodPartOfTheLetters) {
    EXPECT_TRUE(is_right_to_left({.arabic = 4, .latin = 6}));
    EXPECT_FALSE(is_right_to_left({.arabic = 3, .latin = 7}));
    EXPECT_FALSE(is_right_to_left({}));
}

}  // namespace
}  // namespace nassaq::ocr
