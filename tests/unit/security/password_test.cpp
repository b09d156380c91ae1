#include "security/password.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "base/id.hpp"

namespace nassaq::security {
namespace {

// Made with cost 4 so that the tests that only verify are quick.
// Test vectors of Openwall's crypt_blowfish 1.3 (wrapper.c): password "U*U".
constexpr std::string_view openwall_hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

TEST(Password, HashVerifiesAndIsBcryptOfCost12) {
    const std::string hash = hash_password("Correct1!");
    EXPECT_EQ(hash.size(), 60U);
    EXPECT_TRUE(hash.starts_with("$2b$12$")) << hash;
    EXPECT_TRUE(verify_password("Correct1!", hash));
    EXPECT_FALSE(verify_password("correct1!", hash));
    EXPECT_FALSE(verify_password("", hash));
}

TEST(Password, TwoHashesOfOnePasswordDiffer) {
    EXPECT_NE(hash_password("same"), hash_password("same"));
}

TEST(Password, ArabicPasswordOf72BytesIsHashedWhole) {
    std::string password;
    for (int i = 0; i < 36; ++i) {
        password += "ك";
    }
    ASSERT_EQ(password.size(), max_password_bytes);
    const std::string hash = hash_password(password);
    EXPECT_TRUE(verify_password(password, hash));
    password.replace(70, 2, "ل");
    EXPECT_FALSE(verify_password(password, hash));
}

TEST(Password, LongerThanBcryptReadsIsRefusedNotCut) {
    const std::string longest(72, 'a');
    EXPECT_THROW(hash_password(longest + "b"), std::invalid_argument);
    const std::string hash = hash_password(longest);
    EXPECT_TRUE(verify_password(longest, hash));
    EXPECT_FALSE(verify_password(longest + "b", hash));
}

TEST(Password, NulIsRefusedNotTakenForTheEnd) {
    const std::string password("secret\0more", 11);
    EXPECT_THROW(hash_password(password), std::invalid_argument);
    EXPECT_FALSE(verify_password(password, hash_password("secret")));
}

TEST(Password, HashesOfOtherImplementationsVerify) {
    struct Case {
        std::string_view password;
        std::string_view hash;
    };
    const Case cases[] = {
        {"U*U", openwall_hash},
        {"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"},
        {"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"},
        // Python's bcrypt 5.0 and, for $2y$, PHP's way of writing the same.
        {"Correct1!", "$2b$04$I1hKzjKfY51il7oIADb7ouH7DNNWupngzfp2lzDJLh8x26Muj.7TG"},
        {"كلمة-سر-١٢٣", "$2b$04$3z0B8/coEl5I0I/vItaYOONJP4y6NIgLoT2xzF8VoPQjdnpEwaRZa"},
        {"ÿ£345", "$2b$04$WBjpkLae.CQPghxk6luHfusZFSB6mbGEBBom8pU8RHbb3aejpvhG2"},
        {"Correct1!", "$2y$04$76dW/gL/HtMExjyElPN1nukVWORj2vfJafJxKE6WcHKCrMVWZ6bV2"},
    };
    for (const Case& c : cases) {
        EXPECT_TRUE(verify_password(c.password, c.hash)) << c.hash;
        EXPECT_FALSE(verify_password(std::string(c.password) + "x", c.hash)) << c.hash;
    }
}

TEST(Password, UnusedBitsOfASaltDoNotMatter) {
    // The last character of the salt has two bits that count; old versions of passlib left random ones beside them.
    std::string hash{openwall_hash};
    ASSERT_EQ(hash[28], '.');
    hash[28] = '/';
    EXPECT_TRUE(verify_password("U*U", hash));
}

TEST(Password, WhatIsNoBcryptHashNeverMatches) {
    const std::string hash{openwall_hash};
    const std::string malformed[] = {
        "",
        "*0",
        "U*U",
        hash.substr(0, 59),
        hash + "x",
        hash.substr(0, 29),
        "$2x$" + hash.substr(4),
        "$2$" + hash.substr(3) + "x",
        "$1$" + hash.substr(3) + "x",
        "$2a$5$" + hash.substr(6) + ".",
        "$2a$99$" + hash.substr(7),
        "$2a$03$" + hash.substr(7),
        hash.substr(0, 40) + "!" + hash.substr(41),
        hash.substr(0, 40) + std::string(1, '\0') + hash.substr(41),
        "$6$saltsalt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g.",
        "ab01FAX.bQRSU",
    };
    for (const std::string& wrong : malformed) {
        EXPECT_FALSE(verify_password("U*U", wrong)) << wrong;
    }
}

TEST(Password, EveryCharacterOfTheHashCounts) {
    const std::string hash{openwall_hash};
    for (std::size_t i = 29; i < hash.size(); ++i) {
        std::string other = hash;
        other[i] = other[i] == 'a' ? 'b' : 'a';
        EXPECT_FALSE(verify_password("U*U", other)) << i;
    }
}

/// What this thread has had of a processor, so that what runs beside it does not count.
std::chrono::nanoseconds processor_time() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

TEST(Password, DecoyCostsWhatARealHashCosts) {
    EXPECT_EQ(decoy_hash().size(), 60U);
    EXPECT_TRUE(decoy_hash().starts_with("$2b$12$"));
    const std::string real = hash_password("Correct1!");
    const auto time_of = [](std::string_view hash) {
        auto best = std::chrono::nanoseconds::max();
        for (int i = 0; i < 3; ++i) {
            const auto start = processor_time();
            EXPECT_FALSE(verify_password("Wrong1!", hash));
            best = std::min(best, processor_time() - start);
        }
        return std::chrono::duration<double>(best).count();
    };
    const double ratio = time_of(decoy_hash()) / time_of(real);
    EXPECT_GT(ratio, 0.5);
    EXPECT_LT(ratio, 2.0);
}

TEST(Password, SeveralThreadsDoNotDisturbEachOther) {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([] {
            for (int i = 0; i < 20; ++i) {
                EXPECT_TRUE(verify_password("U*U", openwall_hash));
                EXPECT_FALSE(verify_password("U*V", openwall_hash));
            }
        });
    }
}

}  // namespace
}  // namespace nassaq::security
