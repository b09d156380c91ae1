#include "ocr/file_type.hpp"

#include <gtest/gtest.h>

namespace nassaq::ocr {
namespace {

using namespace std::string_view_literals;

TEST(FileTypeByContent, KnowsSignatures) {
    EXPECT_EQ(detect_file_type("%PDF-1.7\n"), FileType::pdf);
    EXPECT_EQ(detect_file_type("\x89PNG\r\n\x1A\n...."sv), FileType::png);
    EXPECT_EQ(detect_file_type("\xFF\xD8\xFF\xE0"sv), FileType::jpeg);
    EXPECT_EQ(detect_file_type("II*\0\b\0\0\0"sv), FileType::tiff);
    EXPECT_EQ(detect_file_type("MM\0*\0\0\0\b"sv), FileType::tiff);
    EXPECT_EQ(detect_file_type("PK\x03\x04...."sv), FileType::zip);
    EXPECT_EQ(detect_file_type("MZ\x90\0"sv), FileType::executable);
    EXPECT_EQ(detect_file_type("BM\x36\x04\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"sv), FileType::bmp);
    EXPECT_EQ(detect_file_type("\0\0\0\x18"
                               "ftypheic"sv),
              FileType::heif);
}

TEST(FileTypeByContent, DoesNotTakeTextsForBinaries) {
    EXPECT_EQ(detect_file_type(""), FileType::unknown);
    EXPECT_EQ(detect_file_type("BMW builds cars in Munich."), FileType::unknown);
    EXPECT_EQ(detect_file_type("MZ is a country code."), FileType::unknown);
    EXPECT_EQ(detect_file_type("A file that begins with %PDF-1.7 is a PDF."), FileType::unknown);
}

TEST(FileTypeByContent, FindsThePdfHeaderBehindOtherBytes) {
    EXPECT_TRUE(contains_pdf_header("\xEF\xBB\xBF\n%PDF-1.4"));
    EXPECT_FALSE(contains_pdf_header("PDF"));
}

TEST(FileExtension, IsInLowerCaseAndBehindTheLastDot) {
    EXPECT_EQ(file_extension("report.final.PDF"), "pdf");
    EXPECT_EQ(file_extension("تقرير.TiFf"), "tiff");
    EXPECT_EQ(file_extension("no extension"), "");
    EXPECT_EQ(file_extension("dot."), "");
}

}  // namespace
}  // namespace nassaq::ocr
