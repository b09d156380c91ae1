#include "http/url.hpp"

#include <gtest/gtest.h>

#include "http/problem.hpp"

namespace nassaq::http {
namespace {

TEST(ParseQuery, GivesPairsInOrder) {
    EXPECT_EQ(parse_query("b=2&a=1&b=3"), (NameValuePairs{{"b", "2"}, {"a", "1"}, {"b", "3"}}));
    EXPECT_EQ(parse_query("q=a+b%20c&path=%2Fx"), (NameValuePairs{{"q", "a b c"}, {"path", "/x"}}));
    EXPECT_EQ(parse_query("flag&empty=&=value&eq=a=b"),
              (NameValuePairs{{"flag", ""}, {"empty", ""}, {"", "value"}, {"eq", "a=b"}}));
    EXPECT_EQ(parse_query(""), NameValuePairs{});
    EXPECT_EQ(parse_query("&&a=1&"), (NameValuePairs{{"a", "1"}}));
    EXPECT_EQ(parse_query("%D8%A7=%D8%A8"), (NameValuePairs{{"ا", "ب"}}));
}

TEST(ParseQuery, RefusesWhatIsNoText) {
    for (const auto* query : {"a=%FF", "%FF=a", "a=%00", "a=\xC3"}) {
        EXPECT_THROW(parse_query(query), Problem) << query;
    }
}

TEST(ParseForm, ReadsAnOAuth2Login) {
    EXPECT_EQ(parse_form("grant_type=password&username=a%40b.c&password=p%26%3D%2B+x"),
              (NameValuePairs{{"grant_type", "password"}, {"username", "a@b.c"}, {"password", "p&=+ x"}}));
}

TEST(ParseForm, NamesTheProblem) {
    try {
        parse_form("a=%80");
        FAIL() << "taken";
    } catch (const Problem& problem) {
        EXPECT_EQ(problem.status(), 400);
    }
}

}  // namespace
}  // namespace nassaq::http
