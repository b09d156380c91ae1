#include "http/range.hpp"

#include <gtest/gtest.h>

namespace nassaq::http {
namespace {

struct Case {
    std::string_view field;
    std::uint64_t size;
    RangeResult expected;
};

class ParseRange : public ::testing::TestWithParam<Case> {};

TEST_P(ParseRange, Reads) {
    const Case& c = GetParam();
    EXPECT_TRUE(parse_range(c.field, c.size) == c.expected) << c.field << " of " << c.size;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParseRange,
    ::testing::Values(Case{"bytes=0-0", 10, ByteRange{0, 1}}, Case{"bytes=0-9", 10, ByteRange{0, 10}},
                      Case{"bytes=2-5", 10, ByteRange{2, 4}}, Case{"bytes=5-", 10, ByteRange{5, 5}},
                      Case{"bytes=5-100", 10, ByteRange{5, 5}}, Case{"bytes=-3", 10, ByteRange{7, 3}},
                      Case{"bytes=-30", 10, ByteRange{0, 10}}, Case{"BYTES= 1 - 2 ", 10, ByteRange{1, 2}},
                      Case{"bytes=9-99999999999999999999999", 10, ByteRange{9, 1}},
                      Case{"bytes=10-", 10, UnsatisfiableRange{}}, Case{"bytes=10-20", 10, UnsatisfiableRange{}},
                      Case{"bytes=99999999999999999999999-", 10, UnsatisfiableRange{}},
                      Case{"bytes=-0", 10, UnsatisfiableRange{}}, Case{"bytes=0-", 0, UnsatisfiableRange{}},
                      Case{"bytes=-5", 0, UnsatisfiableRange{}}, Case{"bytes=5-2", 10, WholeContent{}},
                      Case{"bytes=", 10, WholeContent{}}, Case{"bytes=-", 10, WholeContent{}},
                      Case{"bytes=a-b", 10, WholeContent{}}, Case{"bytes=1-2x", 10, WholeContent{}},
                      Case{"bytes=+1-2", 10, WholeContent{}}, Case{"bytes=--1", 10, WholeContent{}},
                      Case{"bytes=0-1,3-4", 10, WholeContent{}}, Case{"items=0-1", 10, WholeContent{}},
                      Case{"bytes", 10, WholeContent{}}, Case{"", 10, WholeContent{}}));

}  // namespace
}  // namespace nassaq::http
