#include "search/similar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nassaq::search {
namespace {

using testing::ElementsAre;

TEST(Trigrams, OfAWordWithItsEnds) {
    EXPECT_THAT(trigrams_of("cats"), ElementsAre("_ca", "cat", "ats", "ts_"));
    EXPECT_THAT(trigrams_of("قلم"), ElementsAre("_قل", "قلم", "لم_"));
    EXPECT_THAT(trigrams_of("aaaa"), ElementsAre("_aa", "aaa", "aa_"));
    EXPECT_THAT(trigrams_of("x"), ElementsAre("_x_"));
}

TEST(EditDistance, CountsEdits) {
    EXPECT_EQ(edit_distance(U"contract", U"contract"), 0U);
    EXPECT_EQ(edit_distance(U"contract", U"contarct"), 1U);
    EXPECT_EQ(edit_distance(U"contract", U"contrat"), 1U);
    EXPECT_EQ(edit_distance(U"contract", U"kontrakt"), 2U);
    EXPECT_EQ(edit_distance(U"", U"abc"), 3U);
    EXPECT_EQ(edit_distance(U"الاعلان", U"الاعلام"), 1U);
}

}  // namespace
}  // namespace nassaq::search
