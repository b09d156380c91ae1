#include "ocr/script_probe.hpp"

#include <gtest/gtest.h>

#include "ocr/file_type.hpp"

namespace nassaq::ocr {
namespace {

const std::filesystem::path data = NASSAQ_TEST_DATA;

PixPtr page(const char* name, FileType type) {
    return deskew(decode_image(data / name, type));
}

std::optional<ProbedScript> probe(const PixPtr& image, const std::string& languages = "ara+eng") {
    Tesseract tesseract;
    const auto found = probe_script(tesseract, image.get(), resolution_of(image.get()), languages);
    if (!found) throw std::runtime_error(found.error().reason);
    return *found;
}

TEST(ScriptProbe, TellsLatinFromArabic) {
    const auto english = probe(page("letter-english.png", FileType::png));
    ASSERT_TRUE(english);
    EXPECT_EQ(english->latin_lines, 5);
    EXPECT_EQ(english->arabic_lines, 0);
    const auto arabic = probe(page("رسالة المكتبة.jpg", FileType::jpeg));
    ASSERT_TRUE(arabic);
    EXPECT_EQ(arabic->arabic_lines, 5);
    EXPECT_EQ(arabic->latin_lines, 0);
}

TEST(ScriptProbe, KnowsWhenItCannotTell) {
    EXPECT_FALSE(probe(rotate_by_quarters(page("letter-english.png", FileType::png), 1))) << "on its side";
    EXPECT_FALSE(probe(rotate_by_quarters(page("letter-english.png", FileType::png), 2))) << "upside down";
    EXPECT_FALSE(probe(rotate_by_quarters(page("رسالة المكتبة.jpg", FileType::jpeg), 2))) << "upside down";
    EXPECT_FALSE(probe(page("رسالة المكتبة.jpg", FileType::jpeg), "eng")) << "a script that is not asked for";
    EXPECT_FALSE(probe(page("receipt.bmp", FileType::bmp))) << "too few lines";
}

}  // namespace
}  // namespace nassaq::ocr
