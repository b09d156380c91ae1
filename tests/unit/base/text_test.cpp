#include "base/text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace nassaq::text {
namespace {

TEST(Text, KnowsValidUtf8) {
    for (const std::string& good : {std::string(), std::string("abc"), std::string("نسّق"), std::string("😀"),
                                    std::string("a\0b", 3), std::string("\u07ff\u0800\uffff\U00010000\U0010ffff")}) {
        EXPECT_TRUE(is_valid_utf8(good)) << good;
    }
    for (const char* bad : {"\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                            "\xf4\x90\x80\x80", "\xff", "abc\xe2\x82", "\xd9"}) {
        EXPECT_FALSE(is_valid_utf8(bad));
    }
}

TEST(Text, CountsCharactersAndUnits) {
    EXPECT_EQ(count_code_points(""), 0U);
    EXPECT_EQ(count_code_points("abc"), 3U);
    EXPECT_EQ(count_code_points("نسّق"), 4U);
    EXPECT_EQ(count_code_points("a😀ن"), 3U);
    EXPECT_EQ(count_utf16_units("a😀ن"), 4U);
    EXPECT_EQ(count_utf16_units("نسق"), 3U);
}

TEST(Text, CutsAtCharacters) {
    EXPECT_EQ(first_code_points("نسق", 2), "نس");
    EXPECT_EQ(first_code_points("a😀b", 2), "a😀");
    EXPECT_EQ(first_code_points("abc", 0), "");
    EXPECT_EQ(first_code_points("abc", 3), "abc");
    EXPECT_EQ(first_code_points("abc", 99), "abc");
    EXPECT_EQ(first_code_points("", 1), "");
}

TEST(Text, NormalizesToComposedForm) {
    EXPECT_EQ(normalize_nfc("e\u0301"), "é");
    EXPECT_EQ(normalize_nfc("\u0627\u0653"), "\u0622");  // Alef with madda.
    EXPECT_EQ(normalize_nfc("ﬁ"), "ﬁ");
    EXPECT_EQ(normalize_nfc(""), "");
}

TEST(Text, MapsCaseOfAllScripts) {
    EXPECT_EQ(to_lower("ALI Ünïcode ΑΣ İ نسق"), "ali ünïcode ας i\u0307 نسق");
    EXPECT_EQ(fold_case("STRASSE"), fold_case("straße"));
    EXPECT_EQ(fold_case("ΣΑΣ"), fold_case("σας"));
    EXPECT_EQ(to_lower(std::string("A\0B", 3)), std::string("a\0b", 3));
}

TEST(Text, CapitalizesWords) {
    EXPECT_EQ(capitalize_words("aLI hASSAN"), "Ali Hassan");
    EXPECT_EQ(capitalize_words("  ali \t\u00a0 hassan  "), "Ali Hassan");
    EXPECT_EQ(capitalize_words("jean-luc o'neil"), "Jean-luc O'neil");
    EXPECT_EQ(capitalize_words("éric ßen 3d 😀x"), "Éric SSen 3d 😀x");
    EXPECT_EQ(capitalize_words("علي حسن"), "علي حسن");
    EXPECT_EQ(capitalize_words(" "), "");
    EXPECT_EQ(capitalize_words(""), "");
}

TEST(Text, TrimsWhiteSpaceOfAnyWidth) {
    EXPECT_EQ(trim(" \t\n\u00a0\u3000\u2028a b\u3000 \r"), "a b");
    EXPECT_EQ(trim("نسق"), "نسق");
    EXPECT_EQ(trim(" \u3000 "), "");
    EXPECT_EQ(trim(""), "");
    EXPECT_EQ(trim("\u200bx"), "\u200bx");
}

TEST(Text, FindsControlCharacters) {
    for (const std::string& text : {std::string("a\nb"), std::string("\0", 1), std::string("\x7f"),
                                    std::string("\u0085"), std::string("\u009f"), std::string("نسق\x1b")}) {
        EXPECT_TRUE(has_control_character(text));
    }
    for (const char* text : {"", "a b", "نسّق", "\u00a0", "\u200e", "😀"}) {
        EXPECT_FALSE(has_control_character(text)) << text;
    }
}

TEST(Text, FindsDigitsOfAnyScript) {
    EXPECT_TRUE(has_digit("abc1"));
    EXPECT_TRUE(has_digit("كلمة٣"));
    EXPECT_FALSE(has_digit("abc"));
    EXPECT_FALSE(has_digit("Ⅷ"));
    EXPECT_FALSE(has_digit(""));
}

TEST(Text, FindsWhatIsNeitherLetterNorDigit) {
    for (const char* text : {"abc!", "a b", "كلمة_", "a😀", "\u0301", "-"}) {
        EXPECT_TRUE(has_special_character(text)) << text;
    }
    for (const char* text : {"", "abc123", "كلمة٣", "Ⅷ", "²½", "日本"}) {
        EXPECT_FALSE(has_special_character(text)) << text;
    }
}

TEST(Text, PercentEncodes) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode("a b/c?%+"), "a%20b%2Fc%3F%25%2B");
    EXPECT_EQ(percent_encode("a b/ن", "/"), "a%20b/%D9%86");
    EXPECT_EQ(percent_encode(std::string("\0\xff", 2)), "%00%FF");
}

TEST(PercentDecoding, UndoesEncoding) {
    EXPECT_EQ(percent_decode_text("plain"), "plain");
    EXPECT_EQ(percent_decode_text("%D8%B9%d9%8a"), "عي");
    EXPECT_EQ(percent_decode_text("a+b%2B%2F"), "a+b+/");
    EXPECT_EQ(percent_decode_text(""), "");
}

TEST(PercentDecoding, LeavesStrayPercentSigns) {
    EXPECT_EQ(percent_decode_text("100%"), "100%");
    EXPECT_EQ(percent_decode_text("%zz%4"), "%zz%4");
    EXPECT_EQ(percent_decode_text("%%41"), "%A");
}

TEST(PercentDecoding, GivesAnyBytesWhereTheyNeedNotBeText) {
    EXPECT_EQ(percent_decode("%00%FF"), std::string("\0\xff", 2));
    EXPECT_EQ(percent_decode("a%20b/%D9%86%"), "a b/ن%");
    EXPECT_EQ(percent_decode("%4"), "%4");
}

TEST(PercentDecoding, RefusesWhatIsNoText) {
    for (const auto* text : {"%00", "a%00b", "%FF", "%C0%AF", "%ED%A0%80", "%D8", "%F4%90%80%80", "\xff"}) {
        EXPECT_FALSE(percent_decode_text(text)) << text;
    }
}

TEST(Text, WritesHexadecimal) {
    EXPECT_EQ(to_hex(std::string("\x00\x0f\xf0\xff", 4)), "000ff0ff");
    EXPECT_EQ(to_hex(""), "");
}

TEST(Text, Base64urlIsThatOfRfc4648) {
    const std::pair<std::string, std::string> vectors[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"},
    };
    for (const auto& [bytes, encoded] : vectors) {
        EXPECT_EQ(to_base64url(bytes), encoded);
        EXPECT_EQ(from_base64url(encoded), bytes);
    }
    std::string all;
    for (int i = 0; i < 256; ++i) {
        all += static_cast<char>(i);
    }
    EXPECT_EQ(from_base64url(to_base64url(all)), all);
}

TEST(Text, Base64urlHasOneFormOnly) {
    for (const char* text :
         {"A", "Zg==", "Zg=", "Zh", "Zm9", "Zm9v ", " Zm9v", "Zm9v\n", "+/+/", "Zm.v", "ن", "AAAAA"}) {
        EXPECT_FALSE(from_base64url(text)) << text;
    }
    EXPECT_FALSE(from_base64url(std::string_view("Zm\0v", 4)));
}

TEST(Text, ReadsIntegersAndNothingElse) {
    EXPECT_EQ(parse_integer("0"), 0);
    EXPECT_EQ(parse_integer("-17"), -17);
    EXPECT_EQ(parse_integer("007"), 7);
    EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
    for (const char* text : {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "9223372036854775808", "٣", "1\n"}) {
        EXPECT_FALSE(parse_integer(text)) << text;
    }
}

}  // namespace
}  // namespace nassaq::text
