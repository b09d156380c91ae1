#include "documents/content_type.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "../support/temporary_folder.hpp"

namespace nassaq::documents {
namespace {

const std::filesystem::path data = NASSAQ_TEST_DATA;

TEST(ContentTypeOf, KnowsTheSupportedExtensions) {
    EXPECT_EQ(content_type_of(".pdf"), "application/pdf");
    EXPECT_EQ(content_type_of(".jpg"), "image/jpeg");
    EXPECT_EQ(content_type_of(".tif"), "image/tiff");
    EXPECT_EQ(content_type_of(".csv"), "text/csv");
    EXPECT_EQ(content_type_of(".docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    EXPECT_EQ(content_type_of(".exe"), "application/octet-stream");
    EXPECT_EQ(content_type_of(""), "application/octet-stream");
}

TEST(ContentMatches, AcceptsEveryDocumentOfOurs) {
    const std::vector<std::string> names{"letter.pdf",      "scanned.pdf",           "hybrid.pdf",
                                         "fax.tif",         "receipt.bmp",           "letter-english.png",
                                         "report-utf8.txt", "report-utf16.txt",      "report-windows-1256.txt",
                                         "inventory.csv",   "note-windows-1252.txt", "رسالة المكتبة.jpg"};
    for (const std::string& name : names) {
        const std::filesystem::path file = data / name;
        ASSERT_TRUE(std::filesystem::exists(file)) << name;
        EXPECT_TRUE(content_matches(file, file.extension().string())) << name;
    }
}

TEST(ContentMatches, RefusesContentOfAnotherKind) {
    struct Case {
        std::string_view file;
        std::string_view extension;
    };
    const std::vector<Case> cases{
        {"letter.pdf", ".png"},
        {"letter.pdf", ".txt"},
        {"letter-english.png", ".pdf"},
        {"letter-english.png", ".jpg"},
        {"letter-english.png", ".txt"},
        {"letter-english.png", ".csv"},
        {"fax.tif", ".bmp"},
        {"receipt.bmp", ".tiff"},
        {"report-utf8.txt", ".pdf"},
        {"report-utf8.txt", ".docx"},
        {"report-utf8.txt", ".jpeg"},
        {"hostile/program.pdf", ".pdf"},
    };
    for (const Case& c : cases) {
        ASSERT_TRUE(std::filesystem::exists(data / c.file)) << c.file;
        EXPECT_FALSE(content_matches(data / c.file, c.extension)) << c.file << " as " << c.extension;
    }
}

TEST(ContentMatches, TakesAnythingForAnExtensionWithoutARule) {
    EXPECT_TRUE(content_matches(data / "letter.pdf", ".xyz"));
}

TEST(ContentMatches, TakesTextWhateverItIsAbout) {
    const test::TemporaryFolder folder;
    const std::filesystem::path file = folder / "x";
    for (const std::string& text : {std::string("#!/usr/bin/env node\nfunction f() { return 1; }\n"),
                                    std::string("-----BEGIN CERTIFICATE-----\nMIIB\n"), std::string("12 3 17\n", 8),
                                    std::string(10'000, 'x'), std::string("\xE3\xD1\xCD\xC8\xC7 1256\r\n")}) {
        std::ofstream(file) << text;
        EXPECT_TRUE(content_matches(file, ".txt")) << text.substr(0, 40);
    }
}

TEST(ContentMatches, RefusesAPictureThatIsNamedText) {
    const test::TemporaryFolder folder;
    const std::filesystem::path file = folder / "x";
    std::ofstream(file) << "%!PS-Adobe-3.0\n%%Title: x\n";
    EXPECT_FALSE(content_matches(file, ".txt"));
}

}  // namespace
}  // namespace nassaq::documents
