#include "imports/target.hpp"

#include <gtest/gtest.h>

namespace nassaq::imports {
namespace {

TEST(NumberedNameTest, ComesBeforeTheExtension) {
    EXPECT_EQ(numbered_name("report.pdf", 1), "report.pdf");
    EXPECT_EQ(numbered_name("report.pdf", 2), "report (2).pdf");
    EXPECT_EQ(numbered_name("تقرير.نهائي.pdf", 10), "تقرير.نهائي (10).pdf");
    EXPECT_EQ(numbered_name("report", 3), "report (3)");
    EXPECT_EQ(numbered_name(".profile", 2), ".profile (2)");
}

}  // namespace
}  // namespace nassaq::imports
