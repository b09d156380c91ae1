#include "base/id.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace nassaq {
namespace {

TEST(Id, RandomBytesAreAsManyAsAskedFor) {
    for (const std::size_t count : {0U, 1U, 16U, 4096U}) {
        EXPECT_EQ(random_bytes(count).size(), count);
    }
    EXPECT_NE(random_bytes(16), random_bytes(16));
}

TEST(Id, UuidsAreOfVersion4AndAllDifferent) {
    const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string uuid = random_uuid();
        EXPECT_TRUE(std::regex_match(uuid, form)) << uuid;
        EXPECT_TRUE(seen.insert(uuid).second);
    }
}

TEST(Id, PasswordsHaveEveryCharacterOfTheAlphabetAndNoLookAlikes) {
    const std::string password = random_password(20'000);
    EXPECT_EQ(password.size(), 20'000U);
    EXPECT_EQ(password.find_first_of("0O1Il"), std::string::npos);
    EXPECT_EQ(std::set<char>(password.begin(), password.end()).size(), 64U);
}

}  // namespace
}  // namespace nassaq
