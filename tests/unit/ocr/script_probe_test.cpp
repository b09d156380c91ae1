#include "ocr/script_probe.hpp"

#include <gtest/gtest.h>

#include "../support/test_data.hpp"

namespace nassaq::ocr {
namespace {

using nassaq::test::data;

PixPtr page(const char* name, FileType type) {
    return deskew(decode_image(data / name, type));
}

std::optional<std::string> probe(const PixPtr& image, const std::vector<std::string>& models = {"ara", "eng"}) {
    Tesseract tesseract;
    const auto found = probe_script(tesseract, image.get(), resolution_of(image.get()), models);
    if (!found) throw std::runtime_error(found.error().reason);
    return *found;
}

TEST(ScriptProbe, TellsLatinFromArabic) {
    const PixPtr english = page("letter-english.png", FileType::png);
    const PixPtr arabic = page("رسالة المكتبة.jpg", FileType::jpeg);
    EXPECT_EQ(probe(english), "eng");
    EXPECT_EQ(probe(arabic), "ara");
    EXPECT_EQ(probe(english, {"eng", "ara"}), "eng");
    EXPECT_EQ(probe(arabic, {"eng", "ara"}), "ara");
}

TEST(ScriptProbe, KnowsWhenItCannotTell) {
    EXPECT_FALSE(probe(rotate_by_quarters(page("letter-english.png", FileType::png), 1))) << "on its side";
    EXPECT_FALSE(probe(rotate_by_quarters(page("letter-english.png", FileType::png), 2))) << "upside down";
    EXPECT_FALSE(probe(rotate_by_quarters(page("رسالة المكتبة.jpg", FileType::jpeg), 1))) << "on its side";
    EXPECT_FALSE(probe(rotate_by_quarters(page("رسالة المكتبة.jpg", FileType::jpeg), 2))) << "upside down";
    EXPECT_FALSE(probe(page("رسالة المكتبة.jpg", FileType::jpeg), {"eng"})) << "a script that is not asked for";
}

}  // namespace
}  // namespace nassaq::ocr
