#include "search/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/text.hpp"
#include "search/plan.hpp"

namespace nassaq::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = Unit::Kind;

MATCHER_P2(Is, kind, words, "") {
    return arg.kind == kind && arg.words == words;
}
using Words = std::vector<std::string>;

TEST(ParseQuery, Words) {
    const Query query = parse_query("  الإعلان\tWorld ");
    EXPECT_THAT(query.wanted, ElementsAre(Is(Kind::word, Words{"الاعلان"}), Is(Kind::word, Words{"world"})));
    EXPECT_THAT(query.required, IsEmpty());
    EXPECT_THAT(query.excluded, IsEmpty());
}

TEST(ParseQuery, Phrases) {
    for (const char* text : {R"("human rights")", "“human rights”", "«human rights»", R"("human rights)"}) {
        const Query query = parse_query(text);
        EXPECT_THAT(query.wanted, ElementsAre(Is(Kind::phrase, Words{"human", "rights"}))) << text;
        EXPECT_THAT(query.required, SizeIs(1)) << text;
    }
}

TEST(ParseQuery, Excluded) {
    const Query query = parse_query(R"(law -tax -"value added" -)");
    EXPECT_THAT(query.wanted, ElementsAre(Is(Kind::word, Words{"law"})));
    EXPECT_THAT(query.excluded, ElementsAre(Is(Kind::word, Words{"tax"}), Is(Kind::phrase, Words{"value", "added"})));
}

TEST(ParseQuery, AMinusInAWordIsNone) {
    EXPECT_THAT(parse_query("wi-fi").wanted, ElementsAre(Is(Kind::word, Words{"wi", "fi"})));
    EXPECT_THAT(parse_query("a - b").excluded, IsEmpty());
}

TEST(ParseQuery, Prefixes) {
    EXPECT_THAT(parse_query("comp*").wanted, ElementsAre(Is(Kind::prefix, Words{"comp"})));
    EXPECT_THAT(parse_query("إعل*").wanted, ElementsAre(Is(Kind::prefix, Words{"اعل"})));
    EXPECT_THAT(parse_query("a*").wanted, ElementsAre(Is(Kind::word, Words{"a"})));
    EXPECT_THAT(parse_query("a-b*").wanted, ElementsAre(Is(Kind::word, Words{"a", "b"})));
}

TEST(ParseQuery, NothingToSearch) {
    for (const char* text : {"", "   ", "-", "*", "\"\"", "\"", "-word", "-\"a b\"", "() : ^ ~ ' % _", "ـ", "ء"}) {
        EXPECT_TRUE(parse_query(text).has_nothing_to_search()) << text;
    }
}

TEST(ParseQuery, IsBounded) {
    std::string text = "\"";
    for (int i = 0; i < 1000; ++i) {
        text += "w" + std::to_string(i) + " ";
    }
    EXPECT_THAT(parse_query(text).wanted.front().words, SizeIs(longest_phrase));
    EXPECT_THAT(parse_query(text.substr(1)).wanted, SizeIs(most_units));
    EXPECT_EQ(highest_score(plan(parse_query(text.substr(1)))) > 0, true);
}

/// Whatever is typed, every word that comes out is one.
TEST(ParseQuery, TakesAnything) {
    const std::vector<std::string> pieces{"\"",  "“", "”", "-", "*", " ", "a",  "العقد", "(", ")", "NEAR", "AND", "OR",
                                          "NOT", ":", "^", "'", "%", "_", "\\", "é",     "٣", "😀", "{",    "}",   "+"};
    std::mt19937 random(7);
    for (int run = 0; run < 5000; ++run) {
        std::string text;
        for (auto i = random() % 20; i > 0; --i) {
            text += pieces[random() % pieces.size()];
        }
        const Query query = parse_query(text);
        for (const auto* units : {&query.wanted, &query.excluded}) {
            for (const Unit& unit : *units) {
                ASSERT_FALSE(unit.words.empty());
                for (const std::string& word : unit.words) {
                    ASSERT_FALSE(word.empty());
                    ASSERT_EQ(word.find_first_of(" \"'%_*()[]{}^~=|&!:\\"), std::string::npos) << text;
                }
            }
        }
    }
}

}  // namespace
}  // namespace nassaq::search
