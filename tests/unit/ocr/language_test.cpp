#include "ocr/language.hpp"

#include <gtest/gtest.h>

namespace nassaq::ocr {
namespace {

std::string language_in(std::string_view text) {
    return language_of(count_letters(text));
}

TEST(Language, IsTheScriptOfMostLetters) {
    EXPECT_EQ(language_in("Invoice number 12"), "en");
    EXPECT_EQ(language_in("فاتورة رقم ١٢"), "ar");
    EXPECT_EQ(language_in("The word سلام means peace"), "en");
    EXPECT_EQ(language_in("كلمة peace تعني السلام في اللغة"), "ar");
}

TEST(Language, IsUnknownWhereThereAreTooFewLetters) {
    EXPECT_EQ(language_in(""), "");
    EXPECT_EQ(language_in("123 456 ١٢٣"), "");
    EXPECT_EQ(language_in("no"), "");
    EXPECT_EQ(language_in("Здравствуйте"), "");
}

TEST(LetterCount, TellsLettersFromDigitsMarksAndTatweel) {
    const LetterCount count = count_letters("مُحَمَّد ab ١٢3");
    EXPECT_EQ(count.arabic, 4);
    EXPECT_EQ(count.latin, 2);
    EXPECT_EQ(count.digits, 3);
}

TEST(LetterCount, SurvivesBrokenUtf8) {
    EXPECT_EQ(count_letters("a\xFF\xD8").latin, 1);
}

TEST(WordCount, CountsRunsThatHoldALetterOrDigit) {
    EXPECT_EQ(count_words(""), 0);
    EXPECT_EQ(count_words(" \n\t"), 0);
    EXPECT_EQ(count_words("one"), 1);
    EXPECT_EQ(count_words("one, two - three\n٤\u00A0خمسة"), 5);
    EXPECT_EQ(count_words("--- ***"), 0);
}

}  // namespace
}  // namespace nassaq::ocr
