#include "schema/json_text.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>
#include <vector>

namespace nassaq::schema {
namespace {

std::string repeat(std::string_view text, std::size_t count) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) {
        result += text;
    }
    return result;
}

TEST(ParseJson, TakesWhatIsJson) {
    const char* texts[] = {
        "{}",
        " [ ] ",
        "null",
        "\t\r\n true \n",
        "-0",
        "0",
        "-0.5e-3",
        "1E5",
        "\"\"",
        R"("نسّق 😀")",
        R"({"a":[1,2,{"b":null}],"":"x"})",
    };
    for (const char* text : texts) {
        EXPECT_TRUE(parse_json(text)) << text;
    }
}

TEST(ParseJson, DecodesStrings) {
    const auto value = parse_json(R"("\u0646\ud83d\ude00\"\\\/\b\f\n\r\t\u0000é")");
    ASSERT_TRUE(value);
    EXPECT_EQ(value->as_string(), std::string("ن😀\"\\/\b\f\n\r\t\0é", 17));
}

TEST(ParseJson, KeepsWholeNumbersAsLongAsTheyFit) {
    EXPECT_EQ(parse_json("9223372036854775807").value(), 9223372036854775807);
    EXPECT_EQ(parse_json("-9223372036854775808").value(), INT64_MIN);
    EXPECT_TRUE(parse_json("9223372036854775808")->is_uint64());
    const auto huge = parse_json("123456789012345678901234567890");
    ASSERT_TRUE(huge);
    EXPECT_DOUBLE_EQ(huge->as_double(), 123456789012345678901234567890.0);
    EXPECT_TRUE(parse_json("-" + std::string(400, '9')));
}

TEST(ParseJson, SkipsAByteOrderMarkAtTheStart) {
    EXPECT_TRUE(parse_json("\xEF\xBB\xBF{}"));
    EXPECT_EQ(parse_json("\xEF\xBB\xBF{").error().offset, 1U);
    EXPECT_FALSE(parse_json("{}\xEF\xBB\xBF"));
}

struct Fault {
    std::string text;
    std::size_t offset;
    std::string message;
};

// What Python 3.11's json.loads() says of each.
const std::vector<Fault>& faults() {
    static const std::vector<Fault> table = {
        {"", 0, "Expecting value"},
        {"   ", 3, "Expecting value"},
        {"{", 1, "Expecting property name enclosed in double quotes"},
        {"{\"a\"", 4, "Expecting ':' delimiter"},
        {"{\"a\":", 5, "Expecting value"},
        {"{\"a\":1", 6, "Expecting ',' delimiter"},
        {"{\"a\":1,", 7, "Expecting property name enclosed in double quotes"},
        {"{\"a\":1,}", 7, "Expecting property name enclosed in double quotes"},
        {"{,}", 1, "Expecting property name enclosed in double quotes"},
        {"{a:1}", 1, "Expecting property name enclosed in double quotes"},
        {"{'a':1}", 1, "Expecting property name enclosed in double quotes"},
        {"{\"a\" 1}", 5, "Expecting ':' delimiter"},
        {"{\"a\":}", 5, "Expecting value"},
        {"{\"a\":1 \"b\":2}", 7, "Expecting ',' delimiter"},
        {"{\"a\":1]", 6, "Expecting ',' delimiter"},
        {"[", 1, "Expecting value"},
        {"[1", 2, "Expecting ',' delimiter"},
        {"[1,", 3, "Expecting value"},
        {"[1,]", 3, "Expecting value"},
        {"[,]", 1, "Expecting value"},
        {"[1 2]", 3, "Expecting ',' delimiter"},
        {"[1}", 2, "Expecting ',' delimiter"},
        {"{}x", 2, "Extra data"},
        {"1 2", 2, "Extra data"},
        {"\"abc", 0, "Unterminated string starting at"},
        {"\"", 0, "Unterminated string starting at"},
        {"\"abc\\", 0, "Unterminated string starting at"},
        {"\"a\nb\"", 2, "Invalid control character at"},
        {"\"a\tb\"", 2, "Invalid control character at"},
        {"\"\\x41\"", 1, "Invalid \\escape"},
        {"\"\\", 0, "Unterminated string starting at"},
        {"\"\\u12\"", 2, "Invalid \\uXXXX escape"},
        {"\"\\u12G4\"", 2, "Invalid \\uXXXX escape"},
        {"\"\\u0041", 2, "Invalid \\uXXXX escape"},
        {"\"\\ud83d\\u12\"", 8, "Invalid \\uXXXX escape"},
        {"01", 1, "Extra data"},
        {"-", 0, "Expecting value"},
        {"+1", 0, "Expecting value"},
        {".5", 0, "Expecting value"},
        {"1.", 1, "Extra data"},
        {"1.e5", 1, "Extra data"},
        {"1e", 1, "Extra data"},
        {"1e+", 1, "Extra data"},
        {"tru", 0, "Expecting value"},
        {"True", 0, "Expecting value"},
        {"nul", 0, "Expecting value"},
        {"nulll", 4, "Extra data"},
        {"\"نسّق\" x", 7, "Extra data"},
        {"{\"نسّق\": }", 9, "Expecting value"},
        {"[\"😀😀\", oops]", 7, "Expecting value"},
        {"{\"ن\":\"س\"\u00a0}", 8, "Expecting ',' delimiter"},
        {std::string("[1]\0", 4), 3, "Extra data"},
        {"{\"a\":1}}", 7, "Extra data"},
        {"// c\n{}", 0, "Expecting value"},
        {"{\"a\":1/* */}", 6, "Expecting ',' delimiter"},
        {"x", 0, "Expecting value"},
        {"{\"full_name\": \"علي حسن\", \"email\": \"ali@example.com\" \"password\": \"x\"}", 52,
         "Expecting ',' delimiter"},
    };
    return table;
}

TEST(ParseJson, NamesFaultsAsPythonDoes) {
    for (const Fault& fault : faults()) {
        const auto result = parse_json(fault.text);
        ASSERT_FALSE(result) << fault.text;
        EXPECT_EQ(result.error().offset, fault.offset) << fault.text;
        EXPECT_EQ(result.error().message, fault.message) << fault.text;
    }
}

TEST(ParseJson, RefusesWhatPythonTakesButJsonHasNot) {
    const Fault stricter[] = {
        {"NaN", 0, "Expecting value"},
        {"[1, Infinity]", 4, "Expecting value"},
        {"{\"a\": -Infinity}", 6, "Expecting value"},
        {R"("a\ud83d")", 3, "Invalid \\uXXXX escape: a surrogate without its other half"},
        {R"("\ude00\ud83d")", 2, "Invalid \\uXXXX escape: a surrogate without its other half"},
        {R"("\ud83d\u0041")", 2, "Invalid \\uXXXX escape: a surrogate without its other half"},
        {R"("\ud83dxxxxxx")", 2, "Invalid \\uXXXX escape: a surrogate without its other half"},
    };
    for (const Fault& fault : stricter) {
        const auto result = parse_json(fault.text);
        ASSERT_FALSE(result) << fault.text;
        EXPECT_EQ(result.error().offset, fault.offset) << fault.text;
        EXPECT_EQ(result.error().message, fault.message) << fault.text;
    }
}

TEST(ParseJson, TakesSixtyFourLevelsAndNoMore) {
    EXPECT_TRUE(parse_json(repeat("[", 64) + repeat("]", 64)));
    EXPECT_TRUE(parse_json(repeat("{\"a\":", 64) + "1" + repeat("}", 64)));
    for (const std::string& text :
         {repeat("[", 65) + repeat("]", 65), repeat("[", 1'000'000), repeat("[", 65) + "oops"}) {
        const auto result = parse_json(text);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().message, "Nesting is deeper than 64 levels");
        EXPECT_EQ(result.error().offset, 64U);
    }
    EXPECT_EQ(parse_json("\"ن\"" + repeat("[", 100)).error().message, "Extra data");
}

TEST(ParseJson, NamesInvalidUtf8) {
    struct Case {
        std::string text;
        std::size_t offset;
    };
    const Case cases[] = {
        {"\"\xff\"", 1},
        {"\"نس\xc3\"", 3},
        {"\xc0\x80", 0},
        {"{\"a\":\"\xed\xa0\x80\"}", 6},
        {"\"\xf5\x80\x80\x80\"", 1},
        {"\x80", 0},
    };
    for (const Case& c : cases) {
        const auto result = parse_json(c.text);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().message, "Invalid UTF-8");
        EXPECT_EQ(result.error().offset, c.offset);
    }
}

TEST(ParseJson, AnExponentBeyondReasonIsAnErrorNotACrash) {
    const auto result = parse_json("[1, 1e99999999999999999999]");
    ASSERT_FALSE(result);
    EXPECT_FALSE(result.error().message.empty());
    EXPECT_GE(result.error().offset, 4U);
}

TEST(ParseJson, EveryCutOfATextIsRefused) {
    const std::string text = R"({"م": [1.5e3, "\u00e9\ud83d\ude00", true, {"x": null}]})";
    ASSERT_TRUE(parse_json(text));
    for (std::size_t length = 0; length < text.size(); ++length) {
        EXPECT_FALSE(parse_json(text.substr(0, length))) << length;
    }
}

}  // namespace
}  // namespace nassaq::schema
