#include "base/shown_name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nassaq::text {
namespace {

TEST(ShownName, KeepsWhatShows) {
    const std::vector<std::string> names{
        "report.pdf",
        "رسالة المكتبة.jpg",
        "می\u200cخواهم.pdf",       // Persian: without it the letters join, and it is another word.
        "علی\u200cرضا",            // A man's name.
        "خانه\u064e\u200cها.txt",  // Behind a vowel sign.
        "1445 ه\u200d.pdf",        // "AH": the joined form of one letter.
        "क्\u200dष.pdf",            // Hindi, behind a virama.
        "ශ්\u200dරී.pdf",            // Sinhala.
        "👩\u200d💻.png",            // Emoji of several.
        "❤\ufe0f.png",
        "1\ufe0f\u20e3.png",
        "葛\U000e0100.txt",  // The variant of an ideograph, as in Japanese names.
        "\u0600 ١٢.txt",     // A number sign of Arabic: formatting by its category, and still seen.
        "ﬁ e\u0301 😀",
    };
    for (const std::string& name : names) {
        EXPECT_EQ(without_hidden_characters(name), name);
        EXPECT_FALSE(has_hidden_character(name)) << name;
    }
}

TEST(ShownName, DropsWhatHides) {
    struct Case {
        std::string name;
        std::string shown;
    };
    const std::vector<Case> cases{
        {"invoice\u202efdp.txt", "invoicefdp.txt"},
        {"\u202aC.txt\u202c", "C.txt"},  // As copied from a dialog of Windows.
        {"a\u2066b\u2067c\u2068d\u2069.txt", "abcd.txt"},
        {"\u200ea\u200fb\u061c.txt", "ab.txt"},
        {"zero\u200bwidth\u2060 \ufeffname.txt", "zerowidth name.txt"},
        {"soft\u00adhyphen.txt", "softhyphen.txt"},
        {"a\u2028b\u2029.txt", "ab.txt"},
        {"pay\u200cpal\u200d.txt", "paypal.txt"},
        {"كتاب\u200c.txt", "كتاب.txt"},  // At the end of a word it changes nothing.
        {"ب\u200dب.txt", "بب.txt"},      // They join anyway.
        {"ب\u200d\u200cب.txt", "ب\u200cب.txt"},
        {"a\ufe0f.txt", "a.txt"},
        {"\u3164", ""},  // A letter that is blank.
        {"tag\U000e0041\U000e007f.txt", "tag.txt"},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(without_hidden_characters(c.name), c.shown);
        EXPECT_TRUE(has_hidden_character(c.name)) << c.shown;
        EXPECT_FALSE(has_hidden_character(c.shown)) << "once is enough: " << c.shown;
    }
}

TEST(ShownName, TakesNoLongerForManyMarks) {
    std::string name;
    for (int i = 0; i < 20'000; ++i) {
        name += "\u064e\u200c";
    }
    EXPECT_EQ(without_hidden_characters(name).size(), 40'000U) << "the marks, without what is between them";
}

}  // namespace
}  // namespace nassaq::text
