#include "auth/username.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"

namespace nassaq::auth {
namespace {

TEST(UsernameFromEmail, JoinsTheLocalPartAndTheDomain) {
    struct Case {
        std::string_view email;
        std::string_view username;
    };
    const std::vector<Case> cases{
        {"john@example.com", "john_example"},
        {"a@b.c.d", "a_b"},
        {"john.smith+tag@mail.example.com", "john.smith+tag_mail"},
        {"exactly-twenty@chars.com", "exactly-twenty_chars"},
        {"a-very-long-local-part@example.com", "a-very-long-local-pa"},
        {"علي@مثال.com", "علي_مثال"},
        {"عبدالرحمن.المنصوري@مثال.com", "عبدالرحمن.المنصوري_م"},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(username_from_email(c.email), c.username) << c.email;
    }
}

class FreeUsername : public testing::Test {
protected:
    std::string free(const std::string& wanted) {
        return database_.get().read([&](db::Session& session) { return free_username(session, wanted); });
    }

    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
};

TEST_F(FreeUsername, IsTheWantedOneWhereNobodyHasIt) {
    EXPECT_EQ(free("john_example"), "john_example");
}

TEST_F(FreeUsername, CountsUp) {
    database_.add_user("john_example");
    EXPECT_EQ(free("john_example"), "john_example1");
    database_.add_user("john_example1");
    EXPECT_EQ(free("john_example"), "john_example2");
}

TEST_F(FreeUsername, ComparesWithoutCaseInEveryScript) {
    database_.add_user("John_Example");
    database_.add_user("ÉRIC_MAIL");
    EXPECT_EQ(free("john_example"), "john_example1");
    EXPECT_EQ(free("éric_mail"), "éric_mail1");
}

TEST_F(FreeUsername, CutsTheNameSoThatTheNumberFits) {
    const std::string longest = "exactly-twenty_chars";
    database_.add_user(longest);
    EXPECT_EQ(free(longest), "exactly-twenty_char1");
    for (int number = 1; number <= 9; ++number) {
        database_.add_user("exactly-twenty_char" + std::to_string(number));
    }
    EXPECT_EQ(free(longest), "exactly-twenty_cha10");
}

}  // namespace
}  // namespace nassaq::auth
