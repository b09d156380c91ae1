#include "http/range.hpp"

#include <gtest/gtest.h>

namespace nassaq::http {
namespace {

struct RangeCase {
    std::string_view field;
    std::uint64_t size;
    RangeResult expected;
};

class ParseRange : public ::testing::TestWithParam<RangeCase> {};

TEST_P(ParseRange, Reads) {
    const RangeCase& c = GetParam();
    EXPECT_TRUE(parse_range(c.field, c.size) == c.expected) << c.field << " of " << c.size;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParseRange,
    ::testing::Values(RangeCase{"bytes=0-0", 10, ByteRange{0, 1}}, RangeCase{"bytes=0-9", 10, ByteRange{0, 10}},
                      RangeCase{"bytes=2-5", 10, ByteRange{2, 4}}, RangeCase{"bytes=5-", 10, ByteRange{5, 5}},
                      RangeCase{"bytes=5-100", 10, ByteRange{5, 5}}, RangeCase{"bytes=-3", 10, ByteRange{7, 3}},
                      RangeCase{"bytes=-30", 10, ByteRange{0, 10}}, RangeCase{"BYTES= 1 - 2 ", 10, ByteRange{1, 2}},
                      RangeCase{"bytes=9-99999999999999999999999", 10, ByteRange{9, 1}},
                      RangeCase{"bytes=10-", 10, UnsatisfiableRange{}},
                      RangeCase{"bytes=10-20", 10, UnsatisfiableRange{}},
                      RangeCase{"bytes=99999999999999999999999-", 10, UnsatisfiableRange{}},
                      RangeCase{"bytes=-0", 10, UnsatisfiableRange{}}, RangeCase{"bytes=0-", 0, UnsatisfiableRange{}},
                      RangeCase{"bytes=-5", 0, UnsatisfiableRange{}}, RangeCase{"bytes=5-2", 10, WholeContent{}},
                      RangeCase{"bytes=", 10, WholeContent{}}, RangeCase{"bytes=-", 10, WholeContent{}},
                      RangeCase{"bytes=a-b", 10, WholeContent{}}, RangeCase{"bytes=1-2x", 10, WholeContent{}},
                      RangeCase{"bytes=+1-2", 10, WholeContent{}}, RangeCase{"bytes=--1", 10, WholeContent{}},
                      RangeCase{"bytes=0-1,3-4", 10, WholeContent{}}, RangeCase{"items=0-1", 10, WholeContent{}},
                      RangeCase{"bytes", 10, WholeContent{}}, RangeCase{"", 10, WholeContent{}}));

}  // namespace
}  // namespace nassaq::http
