#include "base/clock.hpp"

#include <gtest/gtest.h>

#include <string>

namespace nassaq {
namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using namespace std::chrono_literals;

constexpr Timestamp may_first = sys_days{2024y / 5 / 1} + 9h + 30min;

TEST(Clock, WritesTheFractionOnlyWhenThereIsOne) {
    EXPECT_EQ(to_iso(may_first), "2024-05-01T09:30:00");
    EXPECT_EQ(to_iso(may_first + 120us), "2024-05-01T09:30:00.000120");
    EXPECT_EQ(to_iso(may_first + 999'999us), "2024-05-01T09:30:00.999999");
}

TEST(Clock, WritesTimesBeforeTheEpochAndLeapDays) {
    EXPECT_EQ(to_iso(Timestamp{-1us}), "1969-12-31T23:59:59.999999");
    EXPECT_EQ(to_iso(sys_days{2000y / 2 / 29}), "2000-02-29T00:00:00");
    EXPECT_EQ(to_iso(sys_days{9999y / 12 / 31} + 23h + 59min + 59s), "9999-12-31T23:59:59");
}

TEST(Clock, SortableTextsAreInTheOrderOfTheTimes) {
    const Timestamp times[] = {may_first - 1us, may_first, may_first + 1us, may_first + 1s, may_first + 24h};
    for (std::size_t i = 1; i < std::size(times); ++i) {
        EXPECT_LT(to_sortable(times[i - 1]), to_sortable(times[i]));
    }
    EXPECT_EQ(to_sortable(may_first), "2024-05-01T09:30:00.000000");
}

TEST(Clock, ReadsWhatItWrites) {
    for (const Timestamp time : {may_first, may_first + 1us, may_first + 999'999us, now(), Timestamp{-1us}}) {
        EXPECT_EQ(parse_iso(to_iso(time)), time);
        EXPECT_EQ(parse_iso(to_sortable(time)), time);
    }
}

TEST(Clock, ReadsOtherFractionsAndASpace) {
    EXPECT_EQ(parse_iso("2024-05-01 09:30:00"), may_first);
    EXPECT_EQ(parse_iso("2024-05-01T09:30:00.5"), may_first + 500ms);
    EXPECT_EQ(parse_iso("2024-05-01T09:30:00.123"), may_first + 123ms);
    EXPECT_EQ(parse_iso("2024-05-01T09:30:00.1234567"), may_first + 123'456us);
}

TEST(Clock, RefusesWhatIsNoTime) {
    for (const char* text : {"",
                             "2024",
                             "2024-05-01",
                             "2024-05-01T09:30",
                             "2024-13-01T09:30:00",
                             "2024-02-30T09:30:00",
                             "2023-02-29T09:30:00",
                             "2024-05-01T24:00:00",
                             "2024-05-01T09:60:00",
                             "2024-05-01T09:30:60",
                             "2024-05-01T09:30:00.",
                             "2024-05-01T09:30:00Z",
                             "2024-05-01T09:30:00.1x",
                             "2024-05-01T09:30:00.123456x",
                             "2024-05-01T09:30:00.-23456",
                             "2024-05-01T09:30:00.1234567890",
                             "2024/05/01T09:30:00",
                             "2024-05-01X09:30:00",
                             "2024-0a-01T09:30:00",
                             "2024--5-01T09:30:00",
                             "+024-05-01T09:30:00"}) {
        EXPECT_FALSE(parse_iso(text)) << text;
    }
}

TEST(Clock, WritesHttpDates) {
    // RFC 9110, 5.6.7.
    EXPECT_EQ(to_http_date(sys_days{1994y / 11 / 6} + 8h + 49min + 37s), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(to_http_date(sys_seconds{}), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(to_http_date(sys_days{2028y / 2 / 29} + 23h), "Tue, 29 Feb 2028 23:00:00 GMT");
}

TEST(Clock, NowIsNow) {
    const auto difference = std::chrono::system_clock::now() - now();
    EXPECT_GE(difference, 0s);
    EXPECT_LT(difference, 5s);
}

}  // namespace
}  // namespace nassaq
