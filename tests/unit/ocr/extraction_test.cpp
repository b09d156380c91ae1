// Whole documents, through a real child process.
#include "support/extraction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <leptonica/allheaders.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../support/test_data.hpp"
#include "ocr/extractor.hpp"
#include "ocr/page_image.hpp"
#include "support/scratch_folder.hpp"
#include "support/word_recall.hpp"

namespace nassaq::ocr {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

using nassaq::test::data;

struct ExpectedPage {
    Method method;
    std::string_view language;
    double least_recall;
};

struct ExtractionCase {
    const char* name;
    const char* file;
    std::vector<ExpectedPage> pages;
};

class Extraction : public testing::TestWithParam<ExtractionCase> {};

TEST_P(Extraction, GivesTheTextOfEachPage) {
    const test::ScratchFolder scratch;
    const std::filesystem::path file = data / GetParam().file;
    const auto document = test::extract(file, test::child_options(scratch.path()));
    ASSERT_TRUE(document) << document.error().reason;
    const auto truth = test::read_pages(file.string() + ".gt.txt");
    ASSERT_EQ(document->pages.size(), GetParam().pages.size());
    ASSERT_EQ(document->pages.size(), truth.size());
    for (std::size_t i = 0; i < truth.size(); ++i) {
        const Page& page = document->pages[i];
        const ExpectedPage& expected = GetParam().pages[i];
        EXPECT_EQ(page.number, static_cast<std::int64_t>(i) + 1);
        EXPECT_EQ(page.method, expected.method);
        EXPECT_EQ(page.language, expected.language);
        EXPECT_EQ(page.confidence.has_value(), expected.method == Method::ocr);
        EXPECT_GE(test::word_recall(truth[i], page.text), expected.least_recall) << page.text;
    }
    EXPECT_GT(document->word_count, 0);
    EXPECT_GT(document->average_confidence, 0.7);
    EXPECT_LE(document->average_confidence, 1.0);
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path())) << "the private folder is removed";
}

INSTANTIATE_TEST_SUITE_P(
    OwnDocuments, Extraction,
    testing::Values(
        ExtractionCase{"PdfWithText", "letter.pdf", {{Method::embedded, "ar", 1}, {Method::embedded, "en", 1}}},
        ExtractionCase{"ScannedPdf", "scanned.pdf", {{Method::ocr, "ar", 0.95}}},
        ExtractionCase{"HybridPdf", "hybrid.pdf", {{Method::embedded, "en", 1}, {Method::ocr, "ar", 0.95}}},
        ExtractionCase{"Png", "letter-english.png", {{Method::ocr, "en", 0.98}}},
        ExtractionCase{"Jpeg", "رسالة المكتبة.jpg", {{Method::ocr, "ar", 0.93}}},
        ExtractionCase{"Tiff", "fax.tif", {{Method::ocr, "ar", 0.9}, {Method::ocr, "en", 0.98}}},
        ExtractionCase{"PdfWithPictures", "pictures.pdf", {{Method::embedded, "en", 1}}},
        ExtractionCase{"PdfWithBrokenText", "broken-text.pdf", {{Method::ocr, "ar", 0.93}}},
        ExtractionCase{"Heic", "photo.heic", {{Method::ocr, "en", 0.98}}},
        ExtractionCase{"Bmp", "receipt.bmp", {{Method::ocr, "en", 0.95}}},
        ExtractionCase{"WebpNamedJpeg", "letter-web.jpg", {{Method::ocr, "en", 0.98}}},
        ExtractionCase{
            "PdfBehindOtherBytes", "letter-printed.pdf", {{Method::embedded, "ar", 1}, {Method::embedded, "en", 1}}},
        ExtractionCase{"Utf8", "report-utf8.txt", {{Method::decoded, "ar", 1}}},
        ExtractionCase{"Utf16", "report-utf16.txt", {{Method::decoded, "ar", 1}}},
        ExtractionCase{"Windows1256", "report-windows-1256.txt", {{Method::decoded, "ar", 1}}},
        ExtractionCase{"Windows1252", "note-windows-1252.txt", {{Method::decoded, "en", 1}}},
        ExtractionCase{"Csv", "inventory.csv", {{Method::decoded, "ar", 1}}}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(Extraction, DecodedTextIsExact) {
    const test::ScratchFolder scratch;
    for (const char* name : {"report-utf8.txt", "report-utf16.txt", "report-windows-1256.txt", "inventory.csv"}) {
        const auto document = test::extract(data / name, test::child_options(scratch.path()));
        ASSERT_TRUE(document) << document.error().reason;
        EXPECT_EQ(document->pages.at(0).text, test::read_file(data / (std::string(name) + ".gt.txt")));
    }
}

struct HostileCase {
    const char* name;
    const char* file;
    std::string_view reason;
};

class HostileDocument : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileDocument, IsRefusedForGood) {
    const test::ScratchFolder scratch;
    const auto document = test::extract(data / "hostile" / GetParam().file, test::child_options(scratch.path()));
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().reason, GetParam().reason);
    EXPECT_FALSE(document.error().temporary);
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

INSTANTIATE_TEST_SUITE_P(
    Own, HostileDocument,
    testing::Values(HostileCase{"Truncated", "truncated.pdf", "The file is damaged."},
                    HostileCase{"Password", "password.pdf", "The PDF needs a password."},
                    HostileCase{"Program", "program.pdf",
                                "The file is not what its name says: its content is not that of a .pdf file."},
                    HostileCase{"Empty", "empty.pdf", "The file is empty."},
                    HostileCase{"Noise", "noise.txt", "The file is not a text file."},
                    HostileCase{"Huge", "huge.png", "The image is too large: 50000 × 50000."}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(HostileTiff, WhoseDirectoriesGoRoundHasOnePage) {
    const test::ScratchFolder scratch;
    const auto document = test::extract(data / "hostile" / "loop.tif", test::child_options(scratch.path()));
    ASSERT_TRUE(document) << document.error().reason;
    EXPECT_EQ(document->pages.size(), 1U);
    EXPECT_EQ(document->word_count, 0);
}

class ExtractorFault : public testing::Test {
protected:
    Fault fault_of(const std::filesystem::path& file, const Options& options, std::string_view name = {},
                   const std::stop_token& stop = {}) {
        const auto document =
            Extractor(options).extract(file, name.empty() ? file.filename().string() : std::string(name), stop);
        EXPECT_FALSE(document);
        EXPECT_TRUE(std::filesystem::is_empty(scratch_.path())) << "the private folder is removed";
        return document ? Fault{} : document.error();
    }

    test::ScratchFolder scratch_;
    test::ScratchFolder files_;
    Options options_ = test::child_options(scratch_.path());
};

TEST_F(ExtractorFault, NamesTypesThatAreNotSupported) {
    const auto file = files_.write("x", "PK\x03\x04");
    EXPECT_EQ(fault_of(file, options_, "contract.ODT").reason, "Text cannot be extracted from .odt files.");
    const Fault fault = fault_of(file, options_, "contract");
    EXPECT_EQ(fault.reason, "Text cannot be extracted from files without an extension.");
    EXPECT_FALSE(fault.temporary);
}

TEST_F(ExtractorFault, IsTemporaryWhereALanguageIsNotInstalled) {
    options_.languages = "ara+xyz";
    const Fault fault = fault_of(data / "letter-english.png", options_);
    EXPECT_TRUE(fault.temporary);
    EXPECT_THAT(fault.reason, HasSubstr("\"xyz\""));
}

TEST_F(ExtractorFault, IsTemporaryWhereTheProgramIsMissing) {
    options_.program = "/nowhere/nassaq";
    const Fault fault = fault_of(data / "letter.pdf", options_);
    EXPECT_TRUE(fault.temporary);
    EXPECT_THAT(fault.reason, HasSubstr("could not be started"));
}

TEST_F(ExtractorFault, IsTemporaryWhereTheChildFailsByItself) {
    EXPECT_TRUE(fault_of(files_.path() / "missing.pdf", options_).temporary);
    options_.program = "/bin/true";
    const Fault fault = fault_of(data / "letter.pdf", options_);
    EXPECT_TRUE(fault.temporary);
    EXPECT_EQ(fault.reason, "The program that reads documents gave no result.");
}

TEST_F(ExtractorFault, IsFinalWhenTheTimeIsOver) {
    options_.timeout = 1s;
    options_.program = test::hostile_decoder();
    const Fault fault = fault_of(files_.write("slow.pdf", "mode hang\n"), options_);
    EXPECT_FALSE(fault.temporary);
    EXPECT_EQ(fault.reason, "The document took too long to read.");
}

TEST_F(ExtractorFault, IsTemporaryWhenTheServerStops) {
    std::stop_source stop;
    std::jthread later([&] {
        std::this_thread::sleep_for(300ms);
        stop.request_stop();
    });
    options_.program = test::hostile_decoder();
    EXPECT_TRUE(fault_of(files_.write("slow.pdf", "mode hang\n"), options_, {}, stop.get_token()).temporary);
}

TEST_F(ExtractorFault, NamesALimitOnPages) {
    options_.limits.text_pages = 1;
    EXPECT_EQ(fault_of(data / "letter.pdf", options_).reason, "The PDF has 2 pages; at most 1 can be read.");
    options_.limits = {.ocr_pages = 0};
    EXPECT_EQ(fault_of(data / "hybrid.pdf", options_).reason,
              "The PDF has 1 scanned pages; at most 0 can be recognised.");
    options_.limits = {.tiff_pages = 1};
    EXPECT_EQ(fault_of(data / "fax.tif", options_).reason, "The image has more than 1 pages.");
}

TEST_F(ExtractorFault, NamesALimitOnText) {
    options_.limits.text_bytes = 100;
    EXPECT_EQ(fault_of(data / "letter.pdf", options_).reason, "The document holds too much text.");
}

TEST_F(ExtractorFault, IsFinalWhenAPageTakesTooLong) {
    options_.limits.page_cpu_seconds = 0;  // One, that is.
    const PixPtr letter = decode_image(data / "letter-english.png", FileType::png);
    // Twelve letters beside and below each other.
    const PixPtr page(pixCreate(4 * pixGetWidth(letter.get()), 3 * pixGetHeight(letter.get()), 8));
    for (int i = 0; i < 12; ++i) {
        pixRasterop(page.get(), i % 4 * pixGetWidth(letter.get()), i / 4 * pixGetHeight(letter.get()),
                    pixGetWidth(letter.get()), pixGetHeight(letter.get()), PIX_SRC, letter.get(), 0, 0);
    }
    const auto file = files_.path() / "long.bmp";
    ASSERT_EQ(pixWrite(file.c_str(), page.get(), IFF_BMP), 0);
    const Fault fault = fault_of(file, options_);
    EXPECT_FALSE(fault.temporary);
    EXPECT_EQ(fault.reason, "The document took too long to read.");
}

TEST(Extractor, TellsOfThePagesThatAreDone) {
    const test::ScratchFolder scratch;
    std::vector<std::pair<std::int64_t, std::int64_t>> told;
    const auto document = Extractor(test::child_options(scratch.path()))
                              .extract(data / "hybrid.pdf", "hybrid.pdf", {}, [&](const Progress& progress) {
                                  told.emplace_back(progress.pages_done, progress.pages);
                              });
    ASSERT_TRUE(document) << document.error().reason;
    EXPECT_EQ(told, (std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 2}, {1, 2}, {2, 2}}));
}

/// Nothing but what has to be escaped on its way to the server.
TEST(Extractor, ReadsAsMuchTextAsIsAllowed) {
    const test::ScratchFolder scratch;
    const Options options = test::child_options(scratch.path());
    std::string text;
    while (std::ssize(text) < options.limits.text_bytes) text += "\"\\\n\t";
    const auto document = test::extract(scratch.write("long.txt", text), options);
    ASSERT_TRUE(document) << document.error().reason;
    EXPECT_EQ(document->pages.front().text.size(), text.size());
}

TEST(Extractor, ServesSeveralThreads) {
    const test::ScratchFolder scratch;
    const Options options = test::child_options(scratch.path());
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            const auto document = test::extract(data / "letter.pdf", options);
            ASSERT_TRUE(document) << document.error().reason;
            EXPECT_EQ(document->pages.size(), 2U);
        });
    }
}

}  // namespace
}  // namespace nassaq::ocr
