#include "ocr/reason.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace nassaq::ocr {
namespace {

TEST(Reasons, AreKnownByTheirSentencesWhateverStandsInThem) {
    for (const DescribedReason& reason : all_reasons()) {
        for (const std::string value : {"7", "pdftotext", "", "a } { b could not be started: c."}) {
            const std::string text = fmt::format(fmt::runtime(reason.text), value, value);
            EXPECT_EQ(code_of_reason(text), reason.code) << text;
        }
    }
}

TEST(Reasons, HaveCodesForPrograms) {
    for (const DescribedReason& reason : all_reasons()) {
        EXPECT_TRUE(std::ranges::all_of(reason.code, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }))
            << reason.code;
        EXPECT_EQ(pattern_of(reason.reason), reason.text);
    }
}

TEST(Reasons, AreSaidWithTheirNumbers) {
    EXPECT_EQ(text_of(Reason::too_many_pdf_pages, 5000, 2000), "The PDF has 5000 pages; at most 2000 can be read.");
    EXPECT_EQ(text_of(Reason::language_not_installed, "ara"),
              "The language data \"ara\" of Tesseract is not installed (package tesseract-ocr-ara).");
    EXPECT_EQ(text_of(Reason::file_damaged), "The file is damaged.");
}

TEST(Reasons, OfOthersAreNotKnown) {
    for (const std::string_view text : {"", "The file is damaged", "the file is damaged.", "The file is damaged. No.",
                                        "Traceback (most recent call last)", "The PDF has 5 pages"}) {
        EXPECT_EQ(code_of_reason(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace nassaq::ocr
