#include "base/free_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace nassaq::text {
namespace {

TEST(FreeName, IsTheFirstThatIsNotTaken) {
    const std::set<std::string> taken{"report.pdf", "report (2).pdf"};
    const auto is_taken = [&](const std::string& name) { return taken.contains(name); };
    EXPECT_EQ(free_name("report", ".pdf", is_taken), "report (3).pdf");
    EXPECT_EQ(free_name("ليلى", "", is_taken), "ليلى (2)");
}

TEST(FreeName, GivesUpCounting) {
    EXPECT_THAT(free_name("report", ".pdf", [](const std::string&) { return true; }),
                testing::MatchesRegex("report \\([0-9a-f]{8}\\).pdf"));
}

}  // namespace
}  // namespace nassaq::text
