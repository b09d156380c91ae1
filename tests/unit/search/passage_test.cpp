#include "search/passage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nassaq::search {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(Passages, APageIsOne) {
    const std::vector<ocr::Page> pages{{.number = 1, .text = "The contracts.\n", .language = "en"},
                                       {.number = 2, .text = "", .language = ""}};
    const auto passages = cut_into_passages(pages);
    ASSERT_THAT(passages, SizeIs(2));
    EXPECT_EQ(passages[0].words, "the contracts");
    EXPECT_EQ(passages[0].stems, "contract the");
    EXPECT_EQ(passages[0].text, pages[0].text);
    EXPECT_EQ(passages[0].language, "en");
    EXPECT_TRUE(passages[0].is_whole_page);
    EXPECT_EQ(passages[1].page, 2);
    EXPECT_EQ(passages[1].words, "");
}

TEST(Passages, ThereIsAlwaysOne) {
    const std::vector<ocr::Page> pages;
    EXPECT_THAT(cut_into_passages(pages), SizeIs(1));
}

TEST(Passages, AVeryLongPageIsCutWithoutLosingAWord) {
    ocr::Page page{.number = 3};
    std::string all;
    for (std::size_t i = 0; i < 3 * most_passage_words / 2; ++i) {
        const std::string word = "w" + std::to_string(i);
        page.text += (i == 0 ? "" : " ") + word;
        all += (i == 0 ? "" : " ") + word;
    }
    const std::vector<ocr::Page> pages{page};
    const auto passages = cut_into_passages(pages);
    ASSERT_THAT(passages, SizeIs(2));
    EXPECT_EQ(passages[0].words + " " + passages[1].words, all);
    EXPECT_EQ(std::string(passages[0].text) + std::string(passages[1].text), pages[0].text);
    EXPECT_EQ(passages[1].part, 2);
    EXPECT_EQ(passages[1].page, 3);
    EXPECT_FALSE(passages[0].is_whole_page);
    EXPECT_FALSE(passages[1].is_whole_page);
}

TEST(Passages, AreBoundedWhateverTheText) {
    for (const std::string& piece : {std::string(" "), std::string("x"), std::string("— word "), std::string("ﷺ")}) {
        ocr::Page page{.number = 1};
        while (page.text.size() < 5 * most_passage_bytes) {
            page.text += piece;
        }
        const std::vector<ocr::Page> pages{page};
        for (const Passage& passage : cut_into_passages(pages)) {
            EXPECT_LE(passage.text.size(), 2 * most_passage_bytes) << piece;
        }
    }
}

TEST(AllWords, AreThoseOfTheNameOnceMore) {
    const Passage passage{.words = "a of contract 2024 a4 contract و العقد"};
    const DocumentWords all = all_words({passage}, {.words = "scan 17 x"});
    std::vector<std::string> words;
    for (const VocabularyWord& word : all.words) {
        words.push_back(word.word);
        EXPECT_EQ(!word.trigrams.empty(), is_correctable(word.word)) << word.word;
    }
    EXPECT_TRUE(all.are_all);
    EXPECT_THAT(words, ElementsAre("17", "2024", "^17", "^scan", "a4", "contract", "of", "scan", "العقد"));
}

TEST(CorrectableWords, AreLettersOnly) {
    for (const char* word : {"contract", "scan", "العقد", "ten"}) {
        EXPECT_TRUE(is_correctable(word)) << word;
    }
    for (const char* word : {"of", "2024", "a4b", "^scan", "abcdefghijklmnopqrstuvwxyz"}) {
        EXPECT_FALSE(is_correctable(word)) << word;
    }
}

}  // namespace
}  // namespace nassaq::search
