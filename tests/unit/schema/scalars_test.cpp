#include "schema/scalars.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reading.hpp"
#include "repeat.hpp"

// What the tables expect was written down from Pydantic 2.14 (pydantic.TypeAdapter in lax mode).
namespace nassaq::schema {
namespace {

constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

TEST(ReadInteger, TakesTextAsPythonsIntDoes) {
    struct Case {
        std::string text;
        std::int64_t value;
    };
    const std::vector<Case> cases{
        {"0", 0},
        {"7", 7},
        {"007", 7},
        {"+5", 5},
        {"-3", -3},
        {"-0", 0},
        {"1_000", 1000},
        {"1_000_000", 1'000'000},
        {"0_1", 1},
        {" 12 ", 12},
        {"1\n", 1},
        {"\u00a07\u3000", 7},
        {"1.0", 1},
        {"1.00", 1},
        {" -1.0 ", -1},
        {"1_0.0", 10},
        {"9223372036854775807", greatest},
        {"-9223372036854775808", least},
        {repeat("0", 5000) + "1", 1},
    };
    for (const Case& c : cases) {
        const auto reading = read_plain<std::int64_t>(c.text);
        EXPECT_TRUE(reading.valid) << c.text << " " << reading.errors;
        EXPECT_EQ(reading.value, c.value) << c.text;
    }
}

TEST(ReadInteger, RefusesTextThatIsNone) {
    const std::vector<std::string> texts{
        "",      " ",    "x",  "--3",  "+-1",   "-",     "+",    "+ 1",
        "1 .0",  "1__0", "_1", "1_",   "-_1",   "0_",    "0x10", "1e3",
        "12.5",  "1.",   ".0", "-.0",  "1.0.0", "1.0_0", "1. 0", "1,000",
        "1 000", "null", "١٢", "１２", "½",     "²",     "true", std::string("1\0", 2)};
    for (const std::string& text : texts) {
        const auto reading = read_plain<std::int64_t>(text);
        EXPECT_FALSE(reading.valid) << text;
        EXPECT_EQ(type_of(reading.errors), "int_parsing") << text;
    }
    EXPECT_EQ(read_plain<std::int64_t>("x").errors,
              R"([{"type":"int_parsing","loc":["query"],)"
              R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}])");
}

TEST(ReadInteger, TakesWhatIsBeyond64BitsAsTheLimit) {
    EXPECT_EQ(read_plain<std::int64_t>("99999999999999999999").value, greatest);
    EXPECT_EQ(read_plain<std::int64_t>("-99999999999999999999").value, least);
    EXPECT_EQ(read_plain<std::int64_t>(repeat("9", 4300)).value, greatest);
    EXPECT_EQ(read_plain<std::int64_t>(" -" + repeat("9", 4300) + ".0").value, least);
    EXPECT_EQ(read_json<std::int64_t>("18446744073709551615").value, greatest);
}

TEST(ReadInteger, RefusesMoreDigitsThanPythonTakes) {
    const auto reading = read_plain<std::int64_t>(repeat("9", 4301));
    EXPECT_FALSE(reading.valid);
    EXPECT_EQ(type_of(reading.errors), "int_parsing_size");
    EXPECT_NE(reading.errors.find("Unable to parse input string as an integer, exceeded maximum size"),
              std::string::npos);
}

TEST(ReadInteger, TakesJsonThatIsAWholeNumber) {
    struct Case {
        std::string_view json;
        std::int64_t value;
    };
    constexpr std::array cases = std::to_array<Case>({{"0", 0},
                                                      {"-1", -1},
                                                      {"9223372036854775807", greatest},
                                                      {"-9223372036854775808", least},
                                                      {"true", 1},
                                                      {"false", 0},
                                                      {"1.0", 1},
                                                      {"-0.0", 0},
                                                      {"1e18", 1'000'000'000'000'000'000},
                                                      {"\"1_000\"", 1000},
                                                      {"\" 12 \"", 12}});
    for (const Case& c : cases) {
        const auto reading = read_json<std::int64_t>(c.json);
        EXPECT_TRUE(reading.valid) << c.json << " " << reading.errors;
        EXPECT_EQ(reading.value, c.value) << c.json;
    }
}

TEST(ReadInteger, RefusesJsonThatIsNone) {
    struct Case {
        std::string_view json;
        std::string_view type;
    };
    constexpr std::array cases = std::to_array<Case>({{"12.5", "int_from_float"},
                                                      {"-0.5", "int_from_float"},
                                                      {"9223372036854775808.0", "int_parsing_size"},
                                                      {"1e19", "int_parsing_size"},
                                                      {"-1e300", "int_parsing_size"},
                                                      {"null", "int_type"},
                                                      {"[]", "int_type"},
                                                      {"[1]", "int_type"},
                                                      {"{}", "int_type"},
                                                      {"\"x\"", "int_parsing"},
                                                      {"\"12.5\"", "int_parsing"}});
    for (const Case& c : cases) {
        const auto reading = read_json<std::int64_t>(c.json);
        EXPECT_FALSE(reading.valid) << c.json;
        EXPECT_EQ(type_of(reading.errors), c.type) << c.json;
    }
    EXPECT_EQ(read_json<std::int64_t>("[]").errors,
              R"([{"type":"int_type","loc":["body"],"msg":"Input should be a valid integer","input":[]}])");
    EXPECT_EQ(read_json<std::int64_t>("12.5").errors,
              boost::json::serialize(boost::json::parse(
                  R"([{"type":"int_from_float","loc":["body"],)"
                  R"("msg":"Input should be a valid integer, got a number with a fractional part","input":12.5}])")));
}

TEST(ReadInteger, HoldsToItsLimits) {
    constexpr Rule rule{.field = "limit", .min = 1, .max = 100};
    EXPECT_TRUE(read_plain<std::int64_t>("1", rule).valid);
    EXPECT_TRUE(read_plain<std::int64_t>("100", rule).valid);
    EXPECT_EQ(read_plain<std::int64_t>("0", rule).errors,
              R"([{"type":"greater_than_equal","loc":["query"],)"
              R"("msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}}])");
    EXPECT_EQ(read_json<std::int64_t>("101", rule).errors,
              R"([{"type":"less_than_equal","loc":["body"],)"
              R"("msg":"Input should be less than or equal to 100","input":101,"ctx":{"le":100}}])");
    EXPECT_EQ(type_of(read_plain<std::int64_t>("99999999999999999999", rule).errors), "less_than_equal");
    EXPECT_EQ(type_of(read_plain<std::int64_t>("-99999999999999999999", rule).errors), "greater_than_equal");
    EXPECT_EQ(type_of(read_json<std::int64_t>("18446744073709551615", rule).errors), "less_than_equal");
    EXPECT_EQ(type_of(read_json<std::int64_t>("false", rule).errors), "greater_than_equal");
}

TEST(ReadBoolean, TakesThePairsOfWords) {
    for (const std::string_view text : {"1", "on", "t", "true", "y", "yes", "ON", "True", "tRuE", "YES"}) {
        const auto reading = read_plain<bool>(text);
        EXPECT_TRUE(reading.valid) << text;
        EXPECT_TRUE(reading.value) << text;
    }
    for (const std::string_view text : {"0", "off", "f", "false", "n", "no", "OFF", "False", "No"}) {
        Reading<bool> reading{.value = true, .errors = {}};
        Errors errors("query");
        EXPECT_TRUE(read_text(text, reading.value, {}, errors)) << text;
        EXPECT_FALSE(reading.value) << text;
    }
}

TEST(ReadBoolean, RefusesOtherWords) {
    for (const std::string_view text :
         {"", " ", "2", "-1", " true", "ON ", "tr", "truee", "null", "1.0", "１", "نعم"}) {
        const auto reading = read_plain<bool>(text);
        EXPECT_FALSE(reading.valid) << text;
        EXPECT_EQ(type_of(reading.errors), "bool_parsing") << text;
    }
    EXPECT_EQ(read_plain<bool>("maybe").errors,
              R"([{"type":"bool_parsing","loc":["query"],)"
              R"("msg":"Input should be a valid boolean, unable to interpret input","input":"maybe"}])");
}

TEST(ReadBoolean, TakesJsonThatIsOneOrZero) {
    for (const std::string_view json : {"true", "1", "1.0", "\"yes\""}) {
        const auto reading = read_json<bool>(json);
        EXPECT_TRUE(reading.valid && reading.value) << json << " " << reading.errors;
    }
    for (const std::string_view json : {"false", "0", "0.0", "-0.0", "\"no\""}) {
        const auto reading = read_json<bool>(json);
        EXPECT_TRUE(reading.valid && !reading.value) << json << " " << reading.errors;
    }
}

TEST(ReadBoolean, RefusesOtherJson) {
    struct Case {
        std::string_view json;
        std::string_view type;
    };
    constexpr std::array cases = std::to_array<Case>({{"2", "bool_parsing"},
                                                      {"-1", "bool_parsing"},
                                                      {"2.0", "bool_parsing"},
                                                      {"9223372036854775807", "bool_parsing"},
                                                      {"9223372036854775808", "bool_type"},
                                                      {"0.5", "bool_type"},
                                                      {"1e300", "bool_type"},
                                                      {"null", "bool_type"},
                                                      {"[]", "bool_type"},
                                                      {"{}", "bool_type"},
                                                      {"\"2\"", "bool_parsing"}});
    for (const Case& c : cases) {
        const auto reading = read_json<bool>(c.json);
        EXPECT_FALSE(reading.valid) << c.json;
        EXPECT_EQ(type_of(reading.errors), c.type) << c.json;
    }
    EXPECT_EQ(read_json<bool>("null").errors,
              R"([{"type":"bool_type","loc":["body"],"msg":"Input should be a valid boolean","input":null}])");
}

TEST(ReadString, TakesNothingButText) {
    EXPECT_EQ(read_json<std::string>(R"("نسّق \u0000 😀")").value, std::string("نسّق \0 😀", 15));
    for (const std::string_view json : {"1", "1.5", "true", "null", "[]", "{}"}) {
        const auto reading = read_json<std::string>(json);
        EXPECT_FALSE(reading.valid) << json;
        EXPECT_EQ(type_of(reading.errors), "string_type") << json;
    }
    EXPECT_EQ(read_json<std::string>("5").errors,
              R"([{"type":"string_type","loc":["body"],"msg":"Input should be a valid string","input":5}])");
}

TEST(ReadString, CountsCodePoints) {
    constexpr Rule rule{.field = "name", .min = 3, .max = 5};
    for (const std::string_view text : {"abc", "abcde", "سلا", "سلام!", "😀😀😀", "e\u0301e"}) {
        EXPECT_TRUE(read_plain<std::string>(text, rule).valid) << text;
    }
    for (const std::string_view text : {"", "ab", "😀😀", "سل"}) {
        EXPECT_EQ(type_of(read_plain<std::string>(text, rule).errors), "string_too_short") << text;
    }
    for (const std::string_view text : {"abcdef", "سلام ع", "e\u0301e\u0301e\u0301"}) {
        EXPECT_EQ(type_of(read_plain<std::string>(text, rule).errors), "string_too_long") << text;
    }
}

TEST(ReadString, SaysHowLongItShouldBe) {
    EXPECT_EQ(read_json<std::string>(R"("ab")", {.field = "a", .min = 3}).errors,
              R"([{"type":"string_too_short","loc":["body"],)"
              R"("msg":"String should have at least 3 characters","input":"ab","ctx":{"min_length":3}}])");
    EXPECT_EQ(read_json<std::string>(R"("")", {.field = "a", .min = 1}).errors,
              R"([{"type":"string_too_short","loc":["body"],)"
              R"("msg":"String should have at least 1 character","input":"","ctx":{"min_length":1}}])");
    EXPECT_EQ(read_json<std::string>(R"("abc")", {.field = "a", .max = 2}).errors,
              R"([{"type":"string_too_long","loc":["body"],)"
              R"("msg":"String should have at most 2 characters","input":"abc","ctx":{"max_length":2}}])");
    EXPECT_EQ(read_json<std::string>(R"("ab")", {.field = "a", .max = 1}).errors,
              R"([{"type":"string_too_long","loc":["body"],)"
              R"("msg":"String should have at most 1 character","input":"ab","ctx":{"max_length":1}}])");
}

TEST(ReadString, HoldsToItsChoices) {
    constexpr std::array<std::string_view, 4> statuses{"Finished", "Failed", "Processing", "Queued"};
    const Rule rule{.field = "status", .one_of = statuses};
    for (const std::string_view status : statuses) {
        EXPECT_EQ(read_plain<std::string>(status, rule).value, status);
    }
    EXPECT_EQ(read_plain<std::string>("finished", rule).errors,
              R"([{"type":"literal_error","loc":["query"],)"
              R"("msg":"Input should be 'Finished', 'Failed', 'Processing' or 'Queued'","input":"finished",)"
              R"("ctx":{"expected":"'Finished', 'Failed', 'Processing' or 'Queued'"}}])");
    EXPECT_EQ(type_of(read_plain<std::string>("", rule).errors), "literal_error");
    constexpr std::array<std::string_view, 1> one{"a"};
    EXPECT_NE(read_plain<std::string>("b", {.field = "f", .one_of = one}).errors.find(R"("msg":"Input should be 'a'")"),
              std::string::npos);
}

TEST(ReadString, HoldsToItsPattern) {
    constexpr Rule rule{.field = "grant_type", .pattern = "^password$"};
    EXPECT_TRUE(read_plain<std::string>("password", rule).valid);
    EXPECT_EQ(read_plain<std::string>("implicit", rule).errors,
              R"([{"type":"string_pattern_mismatch","loc":["query"],)"
              R"("msg":"String should match pattern '^password$'","input":"implicit",)"
              R"("ctx":{"pattern":"^password$"}}])");
    for (const std::string_view text : {"", "Password", "password\n", " password", "passwords"}) {
        EXPECT_EQ(type_of(read_plain<std::string>(text, rule).errors), "string_pattern_mismatch") << text;
    }
}

TEST(ReadString, PutsAnEmailAddressInOrder) {
    constexpr Rule rule{.field = "email", .max = 50, .format = Format::email};
    EXPECT_EQ(read_plain<std::string>(" Ali@Example.COM ", rule).value, "Ali@example.com");
    EXPECT_EQ(read_json<std::string>(R"("ali")", rule).errors,
              R"([{"type":"value_error","loc":["body"],"msg":"value is not a valid email address: )"
              R"(An email address must have an @-sign.","input":"ali",)"
              R"("ctx":{"reason":"An email address must have an @-sign."}}])");
}

std::optional<std::string> refuse_bad(std::string& text) {
    if (text == "bad") {
        return "Text must not be bad";
    }
    text += "!";
    return std::nullopt;
}

TEST(ReadString, RunsItsCheckLastAndKeepsWhatItMadeOfTheText) {
    constexpr Rule rule{.field = "text", .min = 3, .check = refuse_bad};
    EXPECT_EQ(read_plain<std::string>("good", rule).value, "good!");
    EXPECT_EQ(type_of(read_plain<std::string>("go", rule).errors), "string_too_short");
    EXPECT_EQ(read_plain<std::string>("bad", rule).errors,
              R"([{"type":"value_error","loc":["query"],"msg":"Value error, Text must not be bad","input":"bad",)"
              R"("ctx":{"error":{}}}])");
}

TEST(ReadString, NeverEchoesASecret) {
    constexpr std::array<std::string_view, 1> choices{"x"};
    const std::vector<Rule> rules{
        {.field = "secret", .min = 20, .secret = true},
        {.field = "secret", .max = 2, .secret = true},
        {.field = "secret", .format = Format::email, .secret = true},
        {.field = "secret", .secret = true, .one_of = choices},
        {.field = "secret", .secret = true, .pattern = "^x$"},
        {.field = "secret", .secret = true, .check = [](std::string&) -> std::optional<std::string> { return "no"; }},
    };
    for (const Rule& rule : rules) {
        const auto reading = read_json<std::string>(R"("s3cr3t!")", rule);
        EXPECT_FALSE(reading.valid);
        EXPECT_EQ(reading.errors.find("s3cr3t"), std::string::npos) << reading.errors;
        EXPECT_NE(reading.errors.find(R"("input":"**********")"), std::string::npos) << reading.errors;
    }
    EXPECT_EQ(read_json<std::string>("90125", {.field = "secret", .secret = true}).errors,
              R"([{"type":"string_type","loc":["body"],"msg":"Input should be a valid string","input":"**********"}])");
}

}  // namespace
}  // namespace nassaq::schema
