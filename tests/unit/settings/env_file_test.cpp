#include "settings/env_file.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace nassaq::settings {
namespace {

TEST(ParseEnvFile, ReadsVariables) {
    struct Case {
        std::string_view text;
        Variables variables;
    };
    const std::vector<Case> cases{
        {"", {}},
        {"\n\n  \n\t\r\n", {}},
        {"# only a comment", {}},
        {"   # indented\nA=1", {{"A", "1"}}},
        {"A=1", {{"A", "1"}}},
        {"A=1\n", {{"A", "1"}}},
        {"A=1\r\nB=2\r\n", {{"A", "1"}, {"B", "2"}}},
        {"\xEF\xBB\xBF"
         "A=1",
         {{"A", "1"}}},
        {"A=", {{"A", ""}}},
        {"A=\nB=2", {{"A", ""}, {"B", "2"}}},
        {"  A  =  1  ", {{"A", "1"}}},
        {"export A=1", {{"A", "1"}}},
        {"export\tA=1", {{"A", "1"}}},
        {"exported=1", {{"exported", "1"}}},
        {"A=1\nA=2", {{"A", "2"}}},
        {"A=a=b==", {{"A", "a=b=="}}},
        {"_a1.b=x", {{"_a1.b", "x"}}},
        {"A=two words", {{"A", "two words"}}},
        {"A=1 # comment", {{"A", "1"}}},
        {"A=1\t# comment", {{"A", "1"}}},
        {"A=# comment", {{"A", ""}}},
        {"A=a#b", {{"A", "a#b"}}},
        {"A=a#b # c # d", {{"A", "a#b"}}},
        {R"(A=["http://a","http://b"])", {{"A", R"(["http://a","http://b"])"}}},
        {"A=a\\nb$C", {{"A", "a\\nb$C"}}},
        {"A=نسّق", {{"A", "نسّق"}}},
        {"A=''", {{"A", ""}}},
        {"A='  # kept  '", {{"A", "  # kept  "}}},
        {"A='a\\nb\"c'", {{"A", "a\\nb\"c"}}},
        {"A='one\ntwo'\nB=2", {{"A", "one\ntwo"}, {"B", "2"}}},
        {"A=\"\"", {{"A", ""}}},
        {R"(A="a\nb\r\t\\\"\$")", {{"A", "a\nb\r\t\\\"$"}}},
        {R"(A="a\xb")", {{"A", R"(a\xb)"}}},
        {"A=\"it's\"", {{"A", "it's"}}},
        {"A=\"one\ntwo\"\nB=2", {{"A", "one\ntwo"}, {"B", "2"}}},
        {"A=\"x\" # comment\nB=2", {{"A", "x"}, {"B", "2"}}},
        {"A=it's", {{"A", "it's"}}},
    };
    for (const Case& c : cases) {
        const auto parsed = parse_env_file(c.text);
        ASSERT_TRUE(parsed.has_value()) << c.text << ": " << parsed.error();
        EXPECT_EQ(*parsed, c.variables) << c.text;
    }
}

TEST(ParseEnvFile, NamesTheLineThatItCannotRead) {
    struct Case {
        std::string_view text;
        std::string_view fault;
    };
    const std::vector<Case> cases{
        {"JUST A WORD", "line 1: expected NAME=value"},
        {"A=1\n\n# x\nB", "line 4: expected NAME=value"},
        {"=1", "line 1: expected NAME=value"},
        {"1A=x", "line 1: expected NAME=value"},
        {"A-B=x", "line 1: expected NAME=value"},
        {"A B=x", "line 1: expected NAME=value"},
        {"\nA='open\nB=2\n", "line 2: the closing quote is missing"},
        {"A=\"ends in an escape\\\"", "line 1: the closing quote is missing"},
        {"A='one\ntwo'\nB", "line 3: expected NAME=value"},
        {"A=\xFF", "the file is not UTF-8 text"},
    };
    for (const Case& c : cases) {
        const auto parsed = parse_env_file(c.text);
        ASSERT_FALSE(parsed.has_value()) << c.text;
        EXPECT_EQ(parsed.error(), c.fault) << c.text;
    }
}

TEST(ParseEnvFile, NeverTellsAValue) {
    for (const std::string_view text : {"JWT_SECRET_KEY='s3cr3t", "JWT SECRET KEY=s3cr3t", "s3cr3t"}) {
        const auto parsed = parse_env_file(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_EQ(parsed.error().find("s3cr3t"), std::string::npos) << parsed.error();
    }
}

}  // namespace
}  // namespace nassaq::settings
