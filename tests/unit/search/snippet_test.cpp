#include "search/snippet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"

namespace nassaq::search {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string snippet(std::string_view text, std::string_view query) {
    return make_snippet(text, parse_query(query));
}

TEST(Snippet, MarksWhatWasFoundInTheOriginalText) {
    EXPECT_EQ(snippet("نصّ الإعلانِ العالميّ.", "اعلان"), "نصّ <mark>الإعلانِ</mark> العالميّ.");
    EXPECT_EQ(snippet("He signed the Contracts.", "contract sign"),
              "He <mark>signed</mark> the <mark>Contracts</mark>.");
    EXPECT_EQ(snippet("computer", "comp*"), "<mark>computer</mark>");
}

TEST(Snippet, LeavesCommonWordsAlone) {
    EXPECT_EQ(snippet("the law of the land", "the law"), "the <mark>law</mark> of the land");
    EXPECT_EQ(snippet("the land", "the"), "<mark>the</mark> land");
}

TEST(Snippet, EscapesEverythingElse) {
    EXPECT_EQ(
        snippet("<script>alert('x & \"y\"')</script> <mark>no</mark>", "alert"),
        "&lt;script&gt;<mark>alert</mark>(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt; &lt;mark&gt;no&lt;/mark&gt;");
}

TEST(Snippet, MarksAPhraseOnlyWhereItIsOne) {
    EXPECT_EQ(snippet("rights of humans, human rights", "\"human rights\""),
              "rights of humans, <mark>human</mark> <mark>rights</mark>");
}

TEST(Snippet, ShowsThePlaceWhereMostIs) {
    std::string text = "needle ";
    for (int i = 0; i < 500; ++i) {
        text += "straw ";
    }
    text += "a sharp needle and a thread here";
    for (int i = 0; i < 500; ++i) {
        text += " hay";
    }
    const std::string result = snippet(text, "needle thread");
    EXPECT_THAT(result, HasSubstr("<mark>needle</mark> and a <mark>thread</mark>"));
    EXPECT_THAT(result, StartsWith("…"));
    EXPECT_TRUE(result.ends_with("…"));
    EXPECT_LT(text::count_code_points(result), 400U);
}

TEST(Snippet, IsTheBeginningWhereThereIsNothing) {
    EXPECT_EQ(snippet("Just  some\n\ntext.", "other"), "Just some text.");
    EXPECT_EQ(snippet("", "other"), "");
    EXPECT_EQ(snippet("— … —", "other"), "— … —");
}

TEST(Snippet, StaysShortWhateverTheText) {
    std::string word;
    std::string signs;
    for (int i = 0; i < 20'000; ++i) {
        word += "ب";
        signs += "\u2605";
    }
    for (const std::string& text : {word, signs, "found " + signs + " found", word + " found " + word, word + signs}) {
        const std::string result = snippet(text, "found");
        EXPECT_LT(text::count_code_points(result), 1000U);
        EXPECT_TRUE(text::is_valid_utf8(result));
    }
}

TEST(Snippet, SaysWhetherThereIsAnything) {
    EXPECT_EQ(find_snippet("the contract", parse_query("contracts")), "the <mark>contract</mark>");
    EXPECT_EQ(find_snippet("the contract", parse_query("lease")), std::nullopt);
}

}  // namespace
}  // namespace nassaq::search
