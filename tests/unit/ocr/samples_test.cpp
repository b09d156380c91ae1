// Over a folder of samples with ground truth: NASSAQ_SAMPLES, or the one beside the repository.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/extraction.hpp"
#include "support/scratch_folder.hpp"
#include "support/word_recall.hpp"

namespace nassaq::ocr {
namespace {

namespace fs = std::filesystem;

/// How much worse than the baseline a scanned page may be read.
constexpr double tolerance = 0.03;

class Samples : public testing::Test {
protected:
    void SetUp() override {
        const char* named = std::getenv("NASSAQ_SAMPLES");  // NOLINT(concurrency-mt-unsafe): nothing sets it
        samples_ = named != nullptr ? named : NASSAQ_NEIGHBOUR_SAMPLES;
        if (!fs::exists(samples_ / "gt")) GTEST_SKIP() << "no samples in " << samples_;
    }

    std::expected<Document, Fault> extract(const fs::path& file) {
        return test::extract(file, test::child_options(scratch_.path()));
    }

    [[nodiscard]] fs::path truth_of(const fs::path& file) const {
        return samples_ / "gt" / (file.filename().string() + ".gt.txt");
    }

    test::ScratchFolder scratch_;
    fs::path samples_;
};

std::string fold_space(const std::string& text) {
    std::istringstream words(text);
    std::string folded;
    for (std::string word; words >> word;) folded += (folded.empty() ? "" : " ") + word;
    return folded;
}

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
    return fields;
}

/// What gt/BASELINE.tsv says of one page.
struct Baseline {
    std::string file;
    std::size_t page;
    double recall;
};

std::vector<Baseline> read_baseline(const fs::path& file) {
    std::vector<Baseline> baseline;
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);  // The heading.
    while (std::getline(stream, line)) {
        const auto fields = split(line);
        baseline.push_back({fields.at(0), std::stoul(fields.at(1)), std::stod(fields.at(8))});
    }
    return baseline;
}

TEST_F(Samples, ScannedPagesAreReadAsWellAsTheBaseline) {
    std::map<std::string, Document> documents;
    double sum = 0;
    double baseline_sum = 0;
    const auto baseline = read_baseline(samples_ / "gt" / "BASELINE.tsv");
    for (const Baseline& page : baseline) {
        const fs::path file = samples_ / "scan" / page.file;
        if (!documents.contains(page.file)) {
            auto document = extract(file);
            ASSERT_TRUE(document) << page.file << ": " << document.error().reason;
            documents.emplace(page.file, std::move(*document));
        }
        const auto truth = test::read_pages(truth_of(file));
        const Document& document = documents.at(page.file);
        ASSERT_EQ(document.pages.size(), truth.size()) << page.file;
        const Page& read = document.pages.at(page.page - 1);
        const double recall = test::word_recall(truth.at(page.page - 1), read.text);
        std::cout << recall << " (" << page.recall << ") " << page.file << " page " << page.page << '\n';
        EXPECT_EQ(read.method, Method::ocr);
        EXPECT_GE(recall, page.recall - tolerance) << page.file << " page " << page.page;
        sum += recall;
        baseline_sum += page.recall;
    }
    const auto pages = static_cast<double>(baseline.size());
    EXPECT_GE(sum / pages, baseline_sum / pages - 0.005);
}

TEST_F(Samples, TextFilesAreExact) {
    for (const auto& entry : fs::directory_iterator(samples_ / "text")) {
        const auto document = extract(entry.path());
        ASSERT_TRUE(document) << entry.path() << ": " << document.error().reason;
        EXPECT_EQ(test::word_recall(test::read_file(truth_of(entry.path())), test::whole_text(*document)), 1.0)
            << entry.path();
    }
}

TEST_F(Samples, OfficeFilesAreExact) {
    for (const auto& entry : fs::directory_iterator(samples_ / "office")) {
        const auto document = extract(entry.path());
        ASSERT_TRUE(document) << entry.path() << ": " << document.error().reason;
        const auto truth = test::read_pages(truth_of(entry.path()));
        ASSERT_EQ(document->pages.size(), truth.size()) << entry.path();
        for (std::size_t i = 0; i < truth.size(); ++i) {
            EXPECT_EQ(fold_space(document->pages[i].text), fold_space(truth[i])) << entry.path();
        }
    }
}

/// Words with single spaces around each, so that a phrase is found at word limits only.
std::string spaced(std::string_view text) {
    std::istringstream words(test::fold_for_search(text));
    std::string result = " ";
    for (std::string word; words >> word;) result += word + " ";
    return result;
}

TEST_F(Samples, PhrasesOfTextLayersAreFound) {
    for (const auto& entry : fs::directory_iterator(samples_ / "pdf")) {
        const fs::path phrases = samples_ / "gt" / (entry.path().filename().string() + ".phrases.tsv");
        if (!fs::exists(phrases)) continue;
        const auto document = extract(entry.path());
        ASSERT_TRUE(document) << entry.path() << ": " << document.error().reason;
        std::ifstream stream(phrases);
        for (std::string line; std::getline(stream, line);) {
            const auto fields = split(line);
            if (fields.size() < 3 || fields[2] != "words") continue;
            const Page& page = document->pages.at(std::stoul(fields[0]) - 1);
            EXPECT_NE(spaced(page.text).find(spaced(fields[1])), std::string::npos) << entry.path() << ": " << line;
        }
    }
}

/// How a hostile file ends: refused with a reason, or read with words in its text. Where both stand here, either is
/// right: it depends on how fast the machine is.
struct Hostile {
    const char* file;
    const char* reason;
    const char* words;
};

constexpr const char* mismatch = "The file is not what its name says: its content is not that of a .";
constexpr Hostile hostile_files[] = {
    {"bmp-bomb-declared.bmp", "The image is too large: 60000 × 60000.", nullptr},
    {"docx-billion-laughs.docx", "The file is damaged.", nullptr},
    {"docx-deep-nesting.docx", "The file is damaged.", nullptr},
    {"docx-xxe.docx", "The file is damaged.", nullptr},
    {"docx-zip-bomb-150mib.docx", "The file is too large when it is unpacked.", nullptr},
    {"docx-zip-bomb-lying-size.docx", "The file is too large when it is unpacked.", nullptr},
    {"docx-zip-slip.docx", nullptr, "zip slip"},
    {"exe-renamed.pdf", mismatch, nullptr},
    {"hostile-file-names.txt", nullptr, "File names to upload"},
    {"html-renamed.jpg", mismatch, nullptr},
    {"jpeg-bomb-65500x65500-declared.jpg", "The image is too large: 65500 × 65500.", nullptr},
    {"pdf-100000-pages.pdf", "The file is damaged.", nullptr},
    {"pdf-bomb-absurd-page.pdf", nullptr, ""},
    {"pdf-bomb-content-1gib.pdf", "The document took too long to read.", ""},
    {"pdf-bomb-cpu-nested-forms.pdf", "The document took too long to read.", nullptr},
    {"pdf-bomb-huge-page.pdf", nullptr, ""},
    {"pdf-bomb-image-30000x30000.pdf", "The document took too long to read.", ""},
    {"pdf-encrypted-owner-only.pdf", nullptr, "Debian Reference Card"},
    {"pdf-encrypted-user-password.pdf", "The PDF needs a password.", nullptr},
    {"pdf-javascript-launch.pdf", nullptr, ""},
    {"pdf-page-tree-loop.pdf", "The file is damaged.", nullptr},
    {"pdf-truncated-recoverable.pdf", nullptr, "Debian Reference Card"},
    {"pdf-truncated.pdf", "The file is damaged.", nullptr},
    {"png-bomb-40000x40000-complete.png", "The image is too large: 40000 × 40000.", nullptr},
    {"png-bomb-50000x50000-declared.png", "The image is too large: 50000 × 50000.", nullptr},
    {"text-invalid-utf8.txt", nullptr, "bad bytes"},
    {"text-utf16-no-bom-arabic.txt", nullptr, "نص عربي بترميز يو تي إف ١٦ بلا علامة"},
    {"text-windows-1256.txt", nullptr, "الإعلان العالمي لحقوق الإنسان"},
    {"tiff-ifd-loop.tif", nullptr, ""},
    {"zero-byte.pdf", "The file is empty.", nullptr},
    {"zero-byte.txt", "The file is empty.", nullptr},
};

TEST_F(Samples, HostileFilesEndAsTheyShould) {
    for (const Hostile& hostile : hostile_files) {
        const fs::path file = samples_ / "hostile" / hostile.file;
        if (!fs::exists(file)) continue;
        const auto document = extract(file);
        if (hostile.reason == nullptr || (hostile.words != nullptr && document)) {
            ASSERT_TRUE(document) << hostile.file << ": " << document.error().reason;
            EXPECT_NE(test::whole_text(*document).find(hostile.words), std::string::npos) << hostile.file;
        } else {
            ASSERT_FALSE(document) << hostile.file;
            EXPECT_TRUE(document.error().reason.starts_with(hostile.reason)) << document.error().reason;
            EXPECT_FALSE(document.error().temporary) << hostile.file;
        }
        EXPECT_TRUE(fs::is_empty(scratch_.path())) << hostile.file;
    }
}

}  // namespace
}  // namespace nassaq::ocr
