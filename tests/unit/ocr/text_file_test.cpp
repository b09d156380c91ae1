#include "ocr/text_file.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/scratch_folder.hpp"

namespace nassaq::ocr {
namespace {

using namespace std::string_view_literals;

struct DecodingCase {
    const char* name;
    std::string_view bytes;
    Charset charset;
    std::string_view text;
};

class TextDecoding : public testing::TestWithParam<DecodingCase> {};

TEST_P(TextDecoding, TellsTheCharacterSet) {
    EXPECT_EQ(detect_charset(GetParam().bytes), GetParam().charset);
}

TEST_P(TextDecoding, DecodesToUtf8) {
    EXPECT_EQ(decode(GetParam().bytes, detect_charset(GetParam().bytes)), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    CharacterSets, TextDecoding,
    testing::Values(DecodingCase{"Empty", "", Charset::utf8, ""},
                    DecodingCase{"Ascii", "plain words\n", Charset::utf8, "plain words\n"},
                    DecodingCase{"OnlySpaces", "        ", Charset::utf8, "        "},
                    DecodingCase{"Utf8Arabic", "نص عربي", Charset::utf8, "نص عربي"},
                    DecodingCase{"Utf8Mark", "\xEF\xBB\xBFنص", Charset::utf8, "نص"},
                    DecodingCase{"Utf8WithOneBrokenByte", "نص عربي \xFF نص", Charset::utf8, "نص عربي \uFFFD نص"},
                    DecodingCase{"Utf16LittleEndianMark", "\xFF\xFE\x46\x06\x35\x06"sv, Charset::utf16_le, "نص"},
                    DecodingCase{"Utf16BigEndianMark", "\xFE\xFF\x06\x46\x06\x35"sv, Charset::utf16_be, "نص"},
                    DecodingCase{"Utf16LittleEndianArabic", "\x46\x06\x35\x06\x20\x00\x39\x06\x31\x06"sv,
                                 Charset::utf16_le, "نص عر"},
                    DecodingCase{"Utf16BigEndianArabic", "\x06\x46\x06\x35\x00\x20\x06\x39\x06\x31"sv,
                                 Charset::utf16_be, "نص عر"},
                    DecodingCase{"Utf16LittleEndianEnglish", "t\0e\0x\0t\0\n\0"sv, Charset::utf16_le, "text\n"},
                    DecodingCase{"Utf16BigEndianEnglish", "\0t\0e\0x\0t\0\n"sv, Charset::utf16_be, "text\n"},
                    DecodingCase{"Windows1256", "\xC7\xE1\xC5\xDA\xE1\xC7\xE4 \xC7\xE1\xDA\xC7\xE1\xE3\xED"sv,
                                 Charset::windows_1256, "الإعلان العالمي"},
                    DecodingCase{"Windows1256AmongEnglish", "Name: \xE3\xCD\xE3\xCF, age: 30"sv, Charset::windows_1256,
                                 "Name: محمد, age: 30"},
                    DecodingCase{"WesternEuropean", "caf\xE9 \x93quoted\x94 \x96 \xA3 5"sv, Charset::windows_1256,
                                 "café “quoted” – £ 5"},
                    DecodingCase{"Iso8859_6", "\xC7\xE4\xC5\xD9\xE4\xC7\xE6 \xC7\xE4\xD9\xC7\xE4\xE5\xEA"sv,
                                 Charset::iso_8859_6, "الإعلان العالمي"}),
    [](const auto& instance) { return std::string(instance.param.name); });

class TextFile : public testing::Test {
protected:
    std::expected<std::vector<Page>, Fault> read(std::string_view bytes, Limits limits = {}) {
        return read_text_file({.file = folder_.write("file", bytes).string(),
                               .filename = "notes.txt",
                               .folder = folder_.path().string(),
                               .languages = "ara+eng",
                               .limits = limits});
    }

private:
    test::ScratchFolder folder_;
};

TEST_F(TextFile, IsOneDecodedPageWithUnixLineEnds) {
    const auto pages = read("one\r\ntwo\rthree\n");
    ASSERT_TRUE(pages);
    ASSERT_EQ(pages->size(), 1U);
    EXPECT_EQ(pages->front().text, "one\ntwo\nthree\n");
    EXPECT_EQ(pages->front().method, Method::decoded);
    EXPECT_EQ(pages->front().confidence, std::nullopt);
}

TEST_F(TextFile, ReplacesBrokenBytesAndDropsNul) {
    const auto pages = read("valid line.\n\xFF\xFE\xFA\xC3( \xED\xA0\x80 bad bytes..\n\0nul inside\n"sv);
    ASSERT_TRUE(pages);
    EXPECT_TRUE(pages->front().text.starts_with("valid line.\n\uFFFD\uFFFD\uFFFD\uFFFD( "));
    EXPECT_TRUE(pages->front().text.ends_with(" bad bytes..\nnul inside\n"));
}

TEST_F(TextFile, KeepsWhatWasTypedButComposesIt) {
    const auto pages = read("ﺍﻟﺠﻤﻬﻮﺭﻳﺔ e\u0301 ـــ");
    ASSERT_TRUE(pages);
    EXPECT_EQ(pages->front().text, "ﺍﻟﺠﻤﻬﻮﺭﻳﺔ é ـــ");
}

TEST_F(TextFile, RefusesWhatIsNotText) {
    const auto pages = read(std::string(100, '\x01') + "abc");
    ASSERT_FALSE(pages);
    EXPECT_EQ(pages.error().reason, "The file is not a text file.");
    EXPECT_FALSE(pages.error().temporary);
}

TEST_F(TextFile, RefusesWhatIsTooLarge) {
    const auto pages = read(std::string((1U << 20U) + 1, 'a'), {.text_bytes = 1 << 20});
    ASSERT_FALSE(pages);
    EXPECT_EQ(pages.error().reason, "The file is too large for a text file: at most 1 MiB can be read.");
}

}  // namespace
}  // namespace nassaq::ocr
