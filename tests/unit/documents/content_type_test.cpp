#include "documents/content_type.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "../support/temporary_folder.hpp"
#include "../support/test_data.hpp"

namespace nassaq::documents {
namespace {

using test::data;

TEST(ContentTypeOf, KnowsTheSupportedExtensions) {
    EXPECT_EQ(content_type_of(".pdf"), "application/pdf");
    EXPECT_EQ(content_type_of(".jpg"), "image/jpeg");
    EXPECT_EQ(content_type_of(".tif"), "image/tiff");
    EXPECT_EQ(content_type_of(".csv"), "text/csv");
    EXPECT_EQ(content_type_of(".docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    EXPECT_EQ(content_type_of(".exe"), "application/octet-stream");
    EXPECT_EQ(content_type_of(""), "application/octet-stream");
}

TEST(ContentType, AcceptsEveryDocumentOfOurs) {
    const std::vector<std::string> names{"letter.pdf",      "scanned.pdf",           "hybrid.pdf",
                                         "fax.tif",         "receipt.bmp",           "letter-english.png",
                                         "report-utf8.txt", "report-utf16.txt",      "report-windows-1256.txt",
                                         "inventory.csv",   "note-windows-1252.txt", "رسالة المكتبة.jpg"};
    for (const std::string& name : names) {
        const std::filesystem::path file = data / name;
        ASSERT_TRUE(std::filesystem::exists(file)) << name;
        EXPECT_EQ(find_content_type(file, file.extension().string()), content_type_of(file.extension().string()))
            << name;
    }
}

TEST(ContentType, IsThatOfTheBytes) {
    const std::string word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    EXPECT_EQ(find_content_type(data / "letter-english.png", ".jpg"), "image/png");
    EXPECT_EQ(find_content_type(data / "رسالة المكتبة.jpg", ".png"), "image/jpeg");
    EXPECT_EQ(find_content_type(data / "fax.tif", ".bmp"), "image/tiff");
    EXPECT_EQ(find_content_type(data / "receipt.bmp", ".tiff"), "image/bmp");
    EXPECT_EQ(find_content_type(data / "photo.heic", ".jpg"), "image/heif");
    EXPECT_EQ(find_content_type(data / "letter-web.jpg", ".jpg"), "image/webp");
    EXPECT_EQ(find_content_type(data / "letter-rich.doc", ".doc"), "application/rtf");
    EXPECT_EQ(find_content_type(data / "letter-printed.pdf", ".pdf"), "application/pdf");
    EXPECT_EQ(find_content_type(data / "agreement.docx", ".doc"), word);
    EXPECT_EQ(find_content_type(data / "letter-old.doc", ".docx"), "application/msword");
    EXPECT_EQ(find_content_type(data / "stock.xlsx", ".xlsx"), content_type_of(".xlsx"));
}

TEST(ContentType, RefusesContentOfAnotherKind) {
    struct Case {
        std::string_view file;
        std::string_view extension;
    };
    const std::vector<Case> cases{
        {"letter.pdf", ".png"},         {"letter.pdf", ".txt"},          {"letter-english.png", ".pdf"},
        {"letter-english.png", ".txt"}, {"letter-english.png", ".csv"},  {"letter-web.jpg", ".pdf"},
        {"agreement.docx", ".txt"},     {"report-utf8.txt", ".pdf"},     {"report-utf8.txt", ".docx"},
        {"report-utf8.txt", ".jpeg"},   {"hostile/program.pdf", ".pdf"},
    };
    for (const Case& c : cases) {
        ASSERT_TRUE(std::filesystem::exists(data / c.file)) << c.file;
        EXPECT_FALSE(find_content_type(data / c.file, c.extension)) << c.file << " as " << c.extension;
    }
}

TEST(ContentType, TakesAnythingForAnExtensionWithoutARule) {
    EXPECT_EQ(find_content_type(data / "letter.pdf", ".xyz"), "application/octet-stream");
}

TEST(ContentType, TakesTextWhateverItIsAbout) {
    const test::TemporaryFolder folder;
    const std::filesystem::path file = folder / "x";
    for (const std::string& text : {std::string("#!/usr/bin/env node\nfunction f() { return 1; }\n"),
                                    std::string("-----BEGIN CERTIFICATE-----\nMIIB\n"), std::string("12 3 17\n", 8),
                                    std::string(10'000, 'x'), std::string("\xE3\xD1\xCD\xC8\xC7 1256\r\n")}) {
        std::ofstream(file) << text;
        EXPECT_EQ(find_content_type(file, ".txt"), "text/plain") << text.substr(0, 40);
    }
}

TEST(ContentType, RefusesAPictureThatIsNamedText) {
    const test::TemporaryFolder folder;
    const std::filesystem::path file = folder / "x";
    std::ofstream(file) << "%!PS-Adobe-3.0\n%%Title: x\n";
    EXPECT_FALSE(find_content_type(file, ".txt"));
}

}  // namespace
}  // namespace nassaq::documents
