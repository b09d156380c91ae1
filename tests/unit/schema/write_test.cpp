#include "schema/write.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nassaq::schema {
namespace {

struct Inner {
    std::int64_t id = 0;
    std::optional<std::string> label;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (id, label))

struct Item {
    std::string zebra;
    std::int64_t apple = 0;
    bool flag = false;
    double ratio = 0;
    std::optional<Timestamp> time;
    std::vector<Inner> inner;
    bool is_inline = false;
};
BOOST_DESCRIBE_STRUCT(Item, (), (zebra, apple, flag, ratio, time, inner, is_inline))

struct Nothing {};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

Timestamp at(std::chrono::microseconds since_epoch) {
    return Timestamp(since_epoch);
}

}  // namespace

template <>
inline constexpr auto rules<Item> = std::to_array<Rule>({{.field = "is_inline", .alias = "inline"}});

namespace {

TEST(WriteText, EscapesWhatJsonDoesNotTake) {
    struct Case {
        std::string text;
        std::string_view json;
    };
    const std::vector<Case> cases{
        {"", R"("")"},
        {"plain", R"("plain")"},
        {"a\"b", R"("a\"b")"},
        {"a\\b", R"("a\\b")"},
        {"/", R"("/")"},
        {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
        {std::string("\0", 1), R"("\u0000")"},
        {"\x1f\x01", R"("\u001f\u0001")"},
        {"\"\"", R"("\"\"")"},
        {"end\n", R"("end\n")"},
        {"نسّق", R"("نسّق")"},
        {"😀\u2028\u007f", "\"😀\u2028\u007f\""},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(to_json(c.text), c.json);
    }
}

TEST(WriteText, CanBeReadBackForEveryByteOfAscii) {
    std::string all;
    for (int byte = 0; byte < 128; ++byte) {
        all += static_cast<char>(byte);
    }
    EXPECT_EQ(boost::json::parse(to_json(all)).as_string(), all);
}

TEST(WriteNumber, WritesIntegersInFull) {
    EXPECT_EQ(to_json(std::int64_t{0}), "0");
    EXPECT_EQ(to_json(std::int64_t{-5}), "-5");
    EXPECT_EQ(to_json(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
    EXPECT_EQ(to_json(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
}

TEST(WriteNumber, WritesFloatsAsPythonDoes) {
    struct Case {
        double number;
        std::string_view json;
    };
    // Written down from Python's json.dumps().
    constexpr std::array cases = std::to_array<Case>({{0.0, "0.0"},
                                                      {-0.0, "-0.0"},
                                                      {0.5, "0.5"},
                                                      {1.0, "1.0"},
                                                      {100.0, "100.0"},
                                                      {87.5, "87.5"},
                                                      {123456.789, "123456.789"},
                                                      {0.1 + 0.2, "0.30000000000000004"},
                                                      {1.0 / 3, "0.3333333333333333"},
                                                      {0.0001, "0.0001"},
                                                      {0.00001, "1e-05"},
                                                      {1e15, "1000000000000000.0"},
                                                      {1e16, "1e+16"},
                                                      {123456789012345680.0, "1.2345678901234568e+17"},
                                                      {5e-324, "5e-324"},
                                                      {1.7976931348623157e308, "1.7976931348623157e+308"}});
    for (const Case& c : cases) {
        EXPECT_EQ(to_json(c.number), c.json);
    }
}

TEST(WriteNumber, WritesNullForWhatJsonCannotSay) {
    EXPECT_EQ(to_json(std::numeric_limits<double>::quiet_NaN()), "null");
    EXPECT_EQ(to_json(std::numeric_limits<double>::infinity()), "null");
    EXPECT_EQ(to_json(-std::numeric_limits<double>::infinity()), "null");
}

TEST(WriteTime, WritesTheFractionOnlyWhereThereIsOne) {
    using std::chrono::microseconds;
    using std::chrono::seconds;
    EXPECT_EQ(to_json(at(seconds{1'714'555'800})), R"("2024-05-01T09:30:00")");
    EXPECT_EQ(to_json(at(seconds{1'714'555'800} + microseconds{120})), R"("2024-05-01T09:30:00.000120")");
    EXPECT_EQ(to_json(at(seconds{1'714'555'800} + microseconds{500'000})), R"("2024-05-01T09:30:00.500000")");
}

TEST(WriteStruct, WritesItsFieldsInTheOrderOfDeclarationUnderTheirNamesOnTheWire) {
    const Item item{.zebra = "z",
                    .apple = 1,
                    .flag = true,
                    .ratio = 2,
                    .time = at(std::chrono::seconds{0}),
                    .inner = {{.id = 1, .label = "one"}, {.id = 2, .label = std::nullopt}},
                    .is_inline = false};
    EXPECT_EQ(to_json(item), R"({"zebra":"z","apple":1,"flag":true,"ratio":2.0,"time":"1970-01-01T00:00:00",)"
                             R"("inner":[{"id":1,"label":"one"},{"id":2,"label":null}],"inline":false})");
}

TEST(WriteStruct, WritesWhatIsEmpty) {
    EXPECT_EQ(to_json(std::vector<Inner>{}), "[]");
    EXPECT_EQ(to_json(std::optional<Inner>{}), "null");
    EXPECT_EQ(to_json(std::vector<Inner>{{}}), R"([{"id":0,"label":null}])");
    EXPECT_EQ(to_json(Nothing{}), "{}");
}

TEST(WriteValue, WritesJsonValuesAsTheyAre) {
    EXPECT_EQ(to_json(boost::json::parse(R"({"b":[1,null],"a":"é"})")), R"({"b":[1,null],"a":"é"})");
}

}  // namespace
}  // namespace nassaq::schema
