#include "search/folding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace nassaq::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Case {
    std::string query;
    std::string text;
};

void PrintTo(const Case& one, std::ostream* out) {
    *out << one.query << " in " << one.text;
}

bool is_found(const Case& one) {
    const auto words = fold_words(one.text);
    for (const std::string& wanted : fold_words(one.query)) {
        const bool found = std::ranges::any_of(
            words, [&](const std::string& word) { return word == wanted || stem(word) == stem(wanted); });
        if (!found) {
            return false;
        }
    }
    return true;
}

class Folding : public testing::TestWithParam<Case> {};

TEST_P(Folding, Finds) {
    EXPECT_TRUE(is_found(GetParam())) << testing::PrintToString(fold_words(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    SixteenCases, Folding,
    testing::Values(Case{"الاعلان", "الإعلان العالمي لحقوق الإنسان"}, Case{"محمد", "مُحَمَّدٌ رَسَّامٌ مَشْهُورٌ في القاهرة"},
                    Case{"محمد", "مـــحـــمـــد يعمل في شركة النور"}, Case{"رسام", "مُحَمَّدٌ رَسَّامٌ مَشْهُورٌ في القاهرة"},
                    Case{"المكتبه", "المكتبة الكبرى بجوار مدرسه الحي"},
                    Case{"مدرسة", "المكتبة الكبرى بجوار مدرسه الحي"},
                    Case{"2024", "اجتماع رقم ٢٠٢٤/١٥ بتاريخ ١٣ أبريل"},
                    Case{"١٥", "اجتماع رقم ٢٠٢٤/١٥ بتاريخ ١٣ أبريل"}, Case{"الجمهورية", "ﺍﻟﺠﻤﻬﻮﺭﻳﺔ ﺍﻟﺠﺰﺍﺋﺮﻳﺔ"},
                    Case{"مسوول", "مسؤول الشؤون المالية على المستوى"}, Case{"resume", "Résumé of Müller, naïve café"},
                    Case{"cafe", "Résumé of Müller, naïve café"}, Case{"المستشفى", "ذهبت إلى المستشفي أمس"},
                    Case{"اعلان", "الإعلان العالمي لحقوق الإنسان"}, Case{"إنسان", "الإعلان العالمي لحقوق الإنسان"},
                    Case{"الكبري", "المكتبة الكبرى بجوار مدرسه الحي"},
                    Case{"على", "مسؤول الشؤون المالية على المستوى"}));

INSTANTIATE_TEST_SUITE_P(BehindTheArticle, Folding,
                         testing::Values(Case{"اعلان", "والإعلان"}, Case{"اعلان", "بالإعلان"},
                                         Case{"اعلان", "كالإعلان"}, Case{"اعلان", "فالإعلان"}, Case{"طالب", "للطالب"},
                                         Case{"طالب", "الطالبات"}, Case{"المسلمون", "مسلمين"},
                                         Case{"مدرسة", "بالمدرسة"}, Case{"مدرسة", "مدرستها مدرسه"}));

INSTANTIATE_TEST_SUITE_P(OtherScripts, Folding,
                         testing::Values(Case{"STRASSE", "Straße"}, Case{"contracts", "The contract's parties"},
                                         Case{"running", "he runs"}, Case{"１２３", "no. 123"}, Case{"۱۲۳", "no. 123"},
                                         Case{"१२३", "no. 123"}, Case{"می‌خواهم", "ميخواهم"},
                                         Case{"کتاب", "كتاب"}, Case{"Ελλάδα", "ΕΛΛΑΔΑ"}, Case{"ёлка", "елка"},
                                         Case{"office", "oﬃce"}));

TEST(Folding, KeepsDifferentWordsApart) {
    EXPECT_FALSE(is_found({"كتاب", "كاتب"}));
    EXPECT_FALSE(is_found({"اعلان", "اعلي"}));
    EXPECT_FALSE(is_found({"cat", "cut"}));
}

TEST(Tokenize, SaysWhereTheWordsAre) {
    const std::string text = "  Hello, مُحَمَّد!";
    const auto tokens = tokenize(text);
    ASSERT_EQ(tokens.size(), 2U);
    EXPECT_EQ(text.substr(tokens[0].begin, tokens[0].end - tokens[0].begin), "Hello");
    EXPECT_EQ(text.substr(tokens[1].begin, tokens[1].end - tokens[1].begin), "مُحَمَّد");
    EXPECT_EQ(tokens[0].word, "hello");
    EXPECT_EQ(tokens[1].word, "محمد");
}

TEST(Tokenize, PartsWordsAtSigns) {
    EXPECT_THAT(fold_words("wi-fi_a.b@c/d"), ElementsAre("wi", "fi", "a", "b", "c", "d"));
    EXPECT_THAT(fold_words("1,234.50"), ElementsAre("1", "234", "50"));
    EXPECT_THAT(fold_words("فاتورة187 لسنة٢٠٢٤"), ElementsAre("فاتوره", "187", "لسنه", "2024"));
    EXPECT_THAT(fold_words("A4"), ElementsAre("a4"));
}

TEST(Tokenize, FoldsOneLetterToSeveralWords) {
    EXPECT_THAT(fold_words("ﷺ"), ElementsAre("صلي", "الله", "عليه", "وسلم"));
    EXPECT_THAT(fold_words("½"), ElementsAre("1", "2"));
}

TEST(Tokenize, TakesEachLetterWhereNoSpacesAreWritten) {
    EXPECT_THAT(fold_words("東京"), ElementsAre("東", "京"));
}

TEST(Tokenize, FindsNothingWhereThereIsNothing) {
    EXPECT_THAT(fold_words(""), IsEmpty());
    EXPECT_THAT(fold_words(" \n\t .,;:!?\"'()*-+ ء ـــ ّ "), IsEmpty());
}

TEST(Tokenize, CutsWhatIsTooLongForAWord) {
    for (const std::string& letter : {std::string("x"), std::string("ب"), std::string("😀𝒳")}) {
        std::string text;
        for (int i = 0; i < 100'000; ++i) {
            text += letter;
        }
        for (const std::string& word : fold_words(text)) {
            EXPECT_LE(word.size(), 4U * longest_word);
        }
    }
}

TEST(Stem, LeavesShortWordsAlone) {
    for (const std::string word : {"الي", "في", "ان", "ولد", "بال", "ال", "is", "a", "2024", "x1"}) {
        EXPECT_EQ(stem(word), word);
    }
}

}  // namespace
}  // namespace nassaq::search
