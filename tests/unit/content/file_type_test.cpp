#include "content/file_type.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nassaq::content {
namespace {

using namespace std::string_view_literals;
using namespace std::string_literals;

TEST(FileTypeByContent, KnowsSignatures) {
    EXPECT_EQ(detect_file_type("%PDF-1.7\n"), FileType::pdf);
    EXPECT_EQ(detect_file_type("\x89PNG\r\n\x1A\n...."sv), FileType::png);
    EXPECT_EQ(detect_file_type("\xFF\xD8\xFF\xE0"sv), FileType::jpeg);
    EXPECT_EQ(detect_file_type("II*\0\b\0\0\0"sv), FileType::tiff);
    EXPECT_EQ(detect_file_type("MM\0*\0\0\0\b"sv), FileType::tiff);
    EXPECT_EQ(detect_file_type("PK\x03\x04...."sv), FileType::zip);
    EXPECT_EQ(detect_file_type("MZ\x90\0"sv), FileType::executable);
    EXPECT_EQ(detect_file_type("BM\x36\x04\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"sv), FileType::bmp);
    EXPECT_EQ(detect_file_type("RIFF\0\0\0\0WEBPVP8 "sv), FileType::webp);
    EXPECT_EQ(detect_file_type("RIFF\0\0\0\0WAVEfmt "sv), FileType::other);
    EXPECT_EQ(detect_file_type("GIF89a\x01\0\x01\0"sv), FileType::gif);
    EXPECT_EQ(detect_file_type("{\\rtf1\\ansi"sv), FileType::rtf);
    EXPECT_EQ(detect_file_type("\0\0\0\x18"
                               "ftypheic"sv),
              FileType::heif);
    EXPECT_EQ(detect_file_type("\0\0\0\x18"
                               "ftypmp42"sv),
              FileType::other);
}

TEST(FileTypeByContent, KnowsWhatABrowserOrAServerWouldCarryOut) {
    for (const std::string_view text :
         {"<!DOCTYPE html><p>"sv, "<HTML>"sv, " \r\n\t<script>alert(1)</script>"sv, "\xEF\xBB\xBF<svg/onload=x>"sv,
          "<?php echo 1;"sv, "<?xml version=\"1.0\"?><svg/>"sv}) {
        EXPECT_EQ(detect_file_type(text), FileType::markup) << text;
    }
}

TEST(FileTypeByContent, DoesNotTakeTextsForBinaries) {
    EXPECT_EQ(detect_file_type(""), FileType::unknown);
    EXPECT_EQ(detect_file_type("BMW builds cars in Munich."), FileType::unknown);
    EXPECT_EQ(detect_file_type("MZ is a country code."), FileType::unknown);
    EXPECT_EQ(detect_file_type("A file that begins with %PDF-1.7 is a PDF."), FileType::unknown);
    EXPECT_EQ(detect_file_type("<p> is a paragraph"), FileType::unknown);
    EXPECT_EQ(detect_file_type("RIFFRAFF is a word"), FileType::unknown);
    EXPECT_EQ(detect_file_type("ID3 tags name songs"), FileType::unknown);
    EXPECT_EQ(detect_file_type("xxxxftypical"), FileType::unknown);
}

/// The content, a name that it may have, and what it is then.
struct Taken {
    std::string_view head;
    std::string_view extension;
    FileType type;
};

TEST(ContentUnderAName, IsWhatItsBytesAreWithinAFamily) {
    const auto png = "\x89PNG\r\n\x1A\n"sv;
    const auto compound = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv;
    const std::vector<Taken> cases{
        {png, "png", FileType::png},
        {png, "jpg", FileType::png},
        {png, "heic", FileType::png},
        {"\xFF\xD8\xFF\xE0"sv, "png", FileType::jpeg},
        {"\xFF\xD8\xFF\xE0"sv, "tiff", FileType::jpeg},
        {"II*\0"sv, "bmp", FileType::tiff},
        {"RIFF\0\0\0\0WEBP"sv, "jpeg", FileType::webp},
        {"GIF87a"sv, "png", FileType::gif},
        {"PK\x03\x04"sv, "doc", FileType::zip},
        {"PK\x03\x04"sv, "xlsx", FileType::zip},
        {"{\\rtf1"sv, "doc", FileType::rtf},
        {"{\\rtf1"sv, "docx", FileType::rtf},
        {"{\\rtf1"sv, "txt", FileType::rtf},
        {compound, "doc", FileType::compound_file},
        {compound, "docx", FileType::compound_file},
        {"\xEF\xBB\xBF\n%PDF-1.4"sv, "pdf", FileType::pdf},
        {"TEXTmods \0\0\0%PDF-1.4"sv, "pdf", FileType::pdf},
        {"\x1B%-12345X@PJL JOB\r\n%PDF-1.4"sv, "pdf", FileType::pdf},
        {"plain words"sv, "txt", FileType::text},
        {"<!doctype html> is how a page begins"sv, "txt", FileType::text},
        {"12 3 17\n\0"sv, "csv", FileType::text},
    };
    for (const Taken& c : cases) {
        EXPECT_EQ(identify(c.head, c.extension), c.type) << c.head << " as " << c.extension;
    }
}

struct Refused {
    std::string_view head;
    std::string_view extension;
};

TEST(ContentUnderAName, OfAnotherFamilyIsRefused) {
    const std::vector<Refused> cases{
        {"\x89PNG\r\n\x1A\n"sv, "pdf"},
        {"\x89PNG\r\n\x1A\n"sv, "txt"},
        {"%PDF-1.7"sv, "jpg"},
        {"%PDF-1.7"sv, "txt"},
        {"PK\x03\x04"sv, "txt"},
        {"PK\x03\x04"sv, "pdf"},
        {"PK\x03\x04 %PDF-1.7"sv, "pdf"},
        {"MZ\x90\0 %PDF-1.7"sv, "pdf"},
        {"MZ\x90\0"sv, "doc"},
        {"<html><script>x</script>%PDF-1.7"sv, "pdf"},
        {"<svg xmlns='http://www.w3.org/2000/svg'>"sv, "png"},
        {"<!DOCTYPE html>"sv, "doc"},
        {"plain words"sv, "pdf"},
        {"plain words"sv, "docx"},
        {"plain words"sv, "jpeg"},
        {"%!PS-Adobe-3.0\n%%Title: x\n"sv, "txt"},
        {"\x1F\x8B\x08"sv, "csv"},
        {"words"sv, "exe"},
    };
    for (const Refused& c : cases) {
        EXPECT_FALSE(identify(c.head, c.extension)) << c.head << " as " << c.extension;
    }
}

TEST(ContentUnderAName, MayHaveItsPdfHeaderWithinTheFirstKilobyte) {
    EXPECT_EQ(identify(std::string(head_bytes - 5, 'x') + "%PDF-1.4", "pdf"), FileType::pdf);
    EXPECT_FALSE(identify(std::string(head_bytes - 4, 'x') + "%PDF-1.4", "pdf"));
}

TEST(FileExtension, IsInLowerCaseAndBehindTheLastDot) {
    EXPECT_EQ(file_extension("report.final.PDF"), "pdf");
    EXPECT_EQ(file_extension("تقرير.TiFf"), "tiff");
    EXPECT_EQ(file_extension("no extension"), "");
    EXPECT_EQ(file_extension("dot."), "");
}

}  // namespace
}  // namespace nassaq::content
