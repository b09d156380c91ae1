// Office files through a real child process, and how their parts are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "../support/test_data.hpp"
#include "ocr/extractor.hpp"
#include "ocr/zip_archive.hpp"
#include "support/extraction.hpp"
#include "support/scratch_folder.hpp"

namespace nassaq::ocr {
namespace {

using nassaq::test::data;

std::string fold_space(const std::string& text) {
    std::istringstream words(text);
    std::string folded;
    for (std::string word; words >> word;) folded += (folded.empty() ? "" : " ") + word;
    return folded;
}

class OfficeFile : public testing::TestWithParam<const char*> {};

TEST_P(OfficeFile, HasTheTextOfItsGroundTruth) {
    const test::ScratchFolder scratch;
    const auto document = test::extract(data / GetParam(), test::child_options(scratch.path()));
    ASSERT_TRUE(document) << document.error().reason;
    const auto truth = test::read_pages(data / (std::string(GetParam()) + ".gt.txt"));
    ASSERT_EQ(document->pages.size(), truth.size());
    for (std::size_t i = 0; i < truth.size(); ++i) {
        EXPECT_EQ(fold_space(document->pages[i].text), fold_space(truth[i]));
        EXPECT_EQ(document->pages[i].method, Method::embedded);
    }
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

INSTANTIATE_TEST_SUITE_P(Own, OfficeFile,
                         testing::Values("agreement.docx", "stock.xlsx", "plan.pptx", "letter-old.doc",
                                         "letter-rich.doc"));

TEST(OfficeFile, KeepsRowsAndCellsApart) {
    const test::ScratchFolder scratch;
    const auto document = test::extract(data / "stock.xlsx", test::child_options(scratch.path()));
    ASSERT_TRUE(document) << document.error().reason;
    EXPECT_THAT(document->pages.at(0).text, testing::HasSubstr("كرسي خشبي\t24\t2024-09-01\n"));
}

class HostileOfficeFile : public testing::Test {
protected:
    Fault fault_of(const std::filesystem::path& file, const std::string& name) {
        const auto document = Extractor(options_).extract(file, name);
        EXPECT_FALSE(document) << test::whole_text(*document);
        EXPECT_TRUE(std::filesystem::is_empty(scratch_.path())) << "the private folder is removed";
        const Fault fault = document ? Fault{} : document.error();
        EXPECT_FALSE(fault.temporary) << fault.reason;
        return fault;
    }
    Fault fault_of(const std::string& name) { return fault_of(data / "hostile" / name, name); }

    test::ScratchFolder scratch_;
    test::ScratchFolder files_;
    Options options_ = test::child_options(scratch_.path());
};

TEST_F(HostileOfficeFile, GetsNoEntity) {
    EXPECT_EQ(fault_of("entities.docx").reason, "The file is damaged.");
    EXPECT_EQ(fault_of("outside.docx").reason, "The file is damaged.");
}

TEST_F(HostileOfficeFile, MayNotNestWithoutEnd) {
    EXPECT_EQ(fault_of("nested.docx").reason, "The file is damaged.");
}

TEST_F(HostileOfficeFile, IsRefusedWhenItIsCut) {
    EXPECT_EQ(fault_of("truncated.docx").reason, "The file is damaged.");
}

TEST_F(HostileOfficeFile, IsCountedWhileItIsInflated) {
    EXPECT_EQ(fault_of("inflated.docx").reason, "The file is too large when it is unpacked.") << "by its ratio";
    options_.limits.inflation_ratio = 1'000'000;
    options_.limits.inflated_bytes = 1 << 20;
    EXPECT_EQ(fault_of("inflated.docx").reason, "The file is too large when it is unpacked.") << "by its size";
    options_.limits.inflated_bytes = 10 << 20;
    options_.limits.text_bytes = 1 << 20;
    EXPECT_EQ(fault_of("inflated.docx").reason, "The document holds too much text.");
}

/// The beginning of a compound file (MS-CFB): sectors of 512 bytes, in the first of them the list of what is in it.
std::string compound_file(std::string_view stream) {
    std::string file = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(504, '\0') + std::string(1024, '\0');
    file[30] = 9;
    std::size_t at = 512 + 128;
    for (const char c : stream) {
        file[at] = c;
        at += 2;
    }
    return file;
}

TEST_F(HostileOfficeFile, IsWhatItsNameSays) {
    const auto archive = files_.write("a.docx", "PK\x05\x06" + std::string(18, '\0'));
    EXPECT_EQ(fault_of(archive, "a.docx").reason, "The file is not an office document.");
    EXPECT_EQ(fault_of(data / "letter.pdf", "a.docx").reason,
              "The file is not what its name says: its content is not that of a .docx file.");
    const std::string locked = compound_file("EncryptedPackage");
    for (const char* name : {"a.docx", "a.xlsx", "a.doc"}) {
        EXPECT_EQ(fault_of(files_.write("locked", locked), name).reason,
                  "The file needs a password, or is of an older format than its name says.")
            << name;
    }
    EXPECT_EQ(fault_of(files_.write("old", compound_file("Workbook")), "a.xlsx").reason,
              "The file needs a password, or is of an older format than its name says.");
    EXPECT_EQ(
        fault_of(files_.write("a.doc", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(600, 'x')), "a.doc").reason,
        "The file is damaged.");
}

TEST_F(HostileOfficeFile, HasALimitOnSheetsAndSlides) {
    options_.limits.text_pages = 1;
    EXPECT_EQ(fault_of(data / "stock.xlsx", "stock.xlsx").reason, "The workbook has 2 sheets; at most 1 can be read.");
    EXPECT_EQ(fault_of(data / "plan.pptx", "plan.pptx").reason,
              "The presentation has 2 slides; at most 1 can be read.");
}

TEST(OfficeFile, MayBearTheNameOfAnother) {
    const test::ScratchFolder scratch;
    const Extractor extractor(test::child_options(scratch.path()));
    const auto document = extractor.extract(data / "agreement.docx", "agreement.doc");
    ASSERT_TRUE(document) << document.error().reason;
    EXPECT_THAT(document->pages.at(0).text, testing::HasSubstr("Agreement on the lending of books"));
    const auto old = extractor.extract(data / "letter-old.doc", "letter.docx");
    ASSERT_TRUE(old) << old.error().reason;
    const auto rich = extractor.extract(data / "letter-rich.doc", "letter.txt");
    ASSERT_TRUE(rich) << rich.error().reason;
    EXPECT_THAT(rich->pages.at(0).text, testing::StartsWith("إلى جميع سكان حي الزيتون"));
}

TEST(Picture, MayBearTheNameOfAnother) {
    const test::ScratchFolder scratch;
    const Extractor extractor(test::child_options(scratch.path()));
    const auto png = extractor.extract(data / "receipt.bmp", "receipt.jpg");
    ASSERT_TRUE(png) << png.error().reason;
    EXPECT_THAT(png->pages.at(0).text, testing::HasSubstr("four chairs"));
}

TEST(OfficeFile, LosesOnlyItsPicturesBeyondTheLimit) {
    const test::ScratchFolder scratch;
    Options options = test::child_options(scratch.path());
    options.limits.ocr_pages = 0;
    const auto document = test::extract(data / "agreement.docx", options);
    ASSERT_TRUE(document) << document.error().reason;
    EXPECT_THAT(document->pages.at(0).text, testing::HasSubstr("A comment"));
    EXPECT_THAT(document->pages.at(0).text, testing::Not(testing::HasSubstr("5093")));
}

TEST(ZipArchive, FindsMembersWhateverTheirCase) {
    auto archive = ZipArchive::open(data / "agreement.docx", {});
    ASSERT_TRUE(archive);
    EXPECT_TRUE(archive->contains("Word/Document.xml"));
    EXPECT_FALSE(archive->contains("word/nothing.xml"));
    EXPECT_FALSE(archive->content("word/nothing.xml"));
    const auto content = archive->content("word/document.xml");
    ASSERT_TRUE(content);
    EXPECT_TRUE(content->starts_with("<?xml"));
}

}  // namespace
}  // namespace nassaq::ocr
