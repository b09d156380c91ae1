#include "schema/datetime.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace nassaq::schema {
namespace {

TEST(ParseDatetime, TakesWhatPydanticTakes) {
    for (const auto& [text, expected] : {
             std::pair("2024-05-01T09:30:00", "2024-05-01T09:30:00"),
             std::pair("2024-05-01 09:30", "2024-05-01T09:30:00"),
             std::pair("2024-05-01t09:30:15.5", "2024-05-01T09:30:15.500000"),
             std::pair("2024-05-01_09:30:15.123456789", "2024-05-01T09:30:15.123456"),
             std::pair("2024-05-01T09:30:15,25", "2024-05-01T09:30:15.250000"),
             std::pair("2024-05-01T09:30:00Z", "2024-05-01T09:30:00"),
             std::pair("2024-05-01T00:30:00+02:00", "2024-04-30T22:30:00"),
             std::pair("2024-12-31T23:30:00-0100", "2025-01-01T00:30:00"),
             std::pair("2024-02-29", "2024-02-29T00:00:00"),
             std::pair("1714555800", "2024-05-01T09:30:00"),
             std::pair("1714555800123", "2024-05-01T09:30:00.123000"),
             std::pair("0", "1970-01-01T00:00:00"),
             std::pair("-1", "1969-12-31T23:59:59"),
         }) {
        const auto time = parse_datetime(text);
        ASSERT_TRUE(time) << text << ": " << time.error();
        EXPECT_EQ(to_iso(*time), expected) << text;
    }
}

TEST(ParseDatetime, SaysWhatIsWrongInPydanticsWords) {
    constexpr auto extra = "unexpected extra characters at the end of the input";
    for (const auto& [text, reason] : {
             std::pair("", "input is too short"),
             std::pair("yesterday", "input is too short"),
             std::pair("2024-5-1", "input is too short"),
             std::pair("the day before", "invalid character in year"),
             std::pair("2024/05/01", "invalid date separator, expected `-`"),
             std::pair("2024-0x-01", "invalid character in month"),
             std::pair("2024-05+01", "invalid date separator, expected `-`"),
             std::pair("2024-05-x1", "invalid character in day"),
             std::pair("2024-13-01", "month value is outside expected range of 1-12"),
             std::pair("2023-02-29", "day value is outside expected range"),
             std::pair("2024-05-01T24:00:00", extra),
             std::pair("2024-05-01T23:60:00", extra),
             std::pair("2024-05-01T23:00:60", extra),
             std::pair("2024-05-01T23", extra),
             std::pair("2024-05-01T23:00:00.", extra),
             std::pair("2024-05-01T23:00:00+2", extra),
             std::pair("2024-05-01T23:00:00+24:00", extra),
             std::pair("2024-05-01T23:00:00Zulu", extra),
             std::pair("2024-05-01x", extra),
             std::pair("99999999999999999999", "invalid date separator, expected `-`"),
             std::pair("9223372036854775807", "invalid date separator, expected `-`"),
             std::pair("-9223372036854775808", "invalid character in year"),
         }) {
        const auto time = parse_datetime(text);
        ASSERT_FALSE(time) << text;
        EXPECT_EQ(time.error(), reason) << text;
    }
}

}  // namespace
}  // namespace nassaq::schema
