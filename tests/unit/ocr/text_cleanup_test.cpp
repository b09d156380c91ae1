#include "ocr/text_cleanup.hpp"

#include <gtest/gtest.h>

namespace nassaq::ocr {
namespace {

TEST(CleanPdfText, BringsPresentationFormsToPlainLetters) {
    EXPECT_EQ(clean_pdf_text("ﺍﻟﺠﻤﻬﻮﺭﻳﺔ ﻻ"), "الجمهورية لا");
    EXPECT_EQ(clean_pdf_text("ﬁne oﬃce"), "fine office");
}

TEST(CleanPdfText, PutsASpaceWhereABidiControlPartsTwoDirections) {
    EXPECT_EQ(clean_pdf_text("برنامج\u200ELaTeX\u200F\u202Cالجديد"), "برنامج LaTeX الجديد");
    EXPECT_EQ(clean_pdf_text("رقم\u202A12"), "رقم 12");
}

TEST(CleanPdfText, DropsOtherBidiControls) {
    EXPECT_EQ(clean_pdf_text("\u202Bكلمة\u202C و\u200Fكلمة"), "كلمة وكلمة");
    EXPECT_EQ(clean_pdf_text("ab\u200Ecd"), "abcd");
}

TEST(CleanPdfText, JoinsMarksToTheirLetters) {
    EXPECT_EQ(clean_pdf_text("كتا \u064Eب"), "كتا\u064Eب");
    EXPECT_EQ(clean_pdf_text("ا \u0653"), "آ") << "a mark that joins its letter composes with it";
}

TEST(CleanRecognisedText, KeepsLettersAsTheyAreRead) {
    EXPECT_EQ(clean_recognised_text("\u200Fسلام\u202C"), "سلام");
    EXPECT_EQ(clean_recognised_text("½"), "½");
}

TEST(CleanDecodedText, UnifiesLineEndsAndKeepsTheRest) {
    EXPECT_EQ(clean_decoded_text("a\r\nb\rc\fd\n\n\n"), "a\nb\nc\nd\n\n\n");
    EXPECT_EQ(clean_decoded_text(std::string_view("a\0\tb\x7F", 5)), "a\tb");
}

/// Found by fuzzing: the control character went after the normalisation, and what it had held apart was no longer NFC.
TEST(CleanText, ComposesWhatAControlCharacterHeldApart) {
    const std::string apart = "e\x1B\u0301";
    EXPECT_EQ(clean_decoded_text(apart), "\u00E9");
    EXPECT_EQ(clean_recognised_text(apart), "\u00E9");
    EXPECT_EQ(clean_pdf_text(apart), "\u00E9");
}

TEST(TidyLines, DropsWhatNobodyWouldMiss) {
    EXPECT_EQ(tidy_lines(""), "");
    EXPECT_EQ(tidy_lines(" \n\n"), "");
    EXPECT_EQ(tidy_lines("\n\n  indented  \n\n\n\nlast \t\n\n"), "  indented\n\nlast");
}

TEST(RecognisedText, HasThePunctuationOfItsScript) {
    EXPECT_EQ(clean_recognised_text("والعلوم, وقاعة; لماذا?"), "والعلوم، وقاعة؛ لماذا؟");
    EXPECT_EQ(clean_recognised_text("words, and; why? 1,000 ١,٢"), "words, and; why? 1,000 ١,٢");
}

}  // namespace
}  // namespace nassaq::ocr
