#include "users/store.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"

namespace nassaq::users {
namespace {

constexpr std::int64_t admin_role = 99;

class UserStore : public testing::Test {
protected:
    std::expected<std::int64_t, Taken> try_insert(const std::string& email, const std::string& username,
                                                  std::optional<std::int64_t> role_id = {}, bool is_active = false) {
        return database_.get().transaction([&](db::Session& session) {
            return insert_user(session, {.full_name = "Some One",
                                         .email = email,
                                         .username = username,
                                         .password_hash = "x",
                                         .is_active = is_active,
                                         .role_id = role_id});
        });
    }
    std::expected<void, Taken> update(std::int64_t user_id, const Changes& changes) {
        return database_.get().transaction(
            [&](db::Session& session) { return update_user(session, user_id, changes); });
    }
    std::expected<bool, RemoveError> remove(std::int64_t user_id) {
        db::ForeignKeys foreign_keys(database_.get());
        const auto known = foreign_keys.known();
        return database_.get().transaction([&](db::Session& session) { return remove_user(session, user_id, *known); });
    }
    UserResponse find(std::int64_t user_id) {
        return database_.get().read([&](db::Session& session) { return find_user(session, user_id); }).value();
    }

    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
};

TEST_F(UserStore, TakesAnAddressAndANameOnceWhateverTheirCase) {
    ASSERT_TRUE(try_insert("éric@example.com", "Éric").has_value());
    EXPECT_EQ(try_insert("ÉRIC@example.com", "another").error(), Taken::email);
    EXPECT_EQ(try_insert("other@example.com", "éRIC").error(), Taken::username);
    database_.get().read([](db::Session& session) {
        EXPECT_TRUE(is_email_taken(session, "Éric@EXAMPLE.com"));
        EXPECT_TRUE(is_username_taken(session, "éric"));
        EXPECT_FALSE(is_username_taken(session, "eric"));
        EXPECT_TRUE(find_credentials(session, "ÉRIC@EXAMPLE.COM").has_value());
    });
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Users"), 1);
}

TEST_F(UserStore, ChangesOnlyWhatIsToChange) {
    const std::int64_t id = try_insert("a@example.com", "a", admin_role, true).value();
    Changes name;
    name.full_name = "New Name";
    EXPECT_TRUE(update(id, name).has_value());
    EXPECT_EQ(find(id).full_name, "New Name");
    EXPECT_EQ(find(id).email, "a@example.com");
    EXPECT_EQ(find(id).role, "Admin");
    EXPECT_TRUE(find(id).is_active);

    Changes no_role;
    no_role.role_id.emplace(std::nullopt);
    no_role.is_active = false;
    EXPECT_TRUE(update(id, no_role).has_value());
    EXPECT_EQ(find(id).role, std::nullopt);
    EXPECT_FALSE(find(id).is_active);
    EXPECT_EQ(find(id).full_name, "New Name");
}

TEST_F(UserStore, SaysWhatOfAChangeAnotherUserHas) {
    ASSERT_TRUE(try_insert("a@example.com", "first").has_value());
    const std::int64_t second = try_insert("b@example.com", "second").value();
    Changes email;
    email.email = "A@example.com";
    EXPECT_EQ(update(second, email).error(), Taken::email);
    Changes username;
    username.username = "FIRST";
    EXPECT_EQ(update(second, username).error(), Taken::username);
    Changes own;
    own.username = "SECOND";
    EXPECT_TRUE(update(second, own).has_value());
}

TEST_F(UserStore, CountsTheActiveAdministratorsBesidesOne) {
    const std::int64_t first = try_insert("a@example.com", "a", admin_role, true).value();
    ASSERT_TRUE(try_insert("b@example.com", "b", admin_role, false).has_value());
    ASSERT_TRUE(try_insert("c@example.com", "c", 1, true).has_value());
    const auto others = [&] {
        return database_.get().read([&](db::Session& session) { return count_other_active_admins(session, first); });
    };
    EXPECT_EQ(others(), 0);
    ASSERT_TRUE(try_insert("d@example.com", "d", admin_role, true).has_value());
    EXPECT_EQ(others(), 1);
}

TEST_F(UserStore, ListsTheOldestFirstAndInPages) {
    for (const std::string name : {"a", "b", "c", "d"}) {
        ASSERT_TRUE(try_insert(name + "@example.com", name, {}, name == "b").has_value());
    }
    const auto names = [&](std::optional<bool> is_active, db::Paging page) {
        std::string result;
        database_.get().read([&](db::Session& session) {
            for (const UserResponse& user : list_users(session, is_active, page)) {
                result += user.username;
            }
        });
        return result;
    };
    EXPECT_EQ(names({}, {}), "abcd");
    EXPECT_EQ(names({}, {.skip = 1, .limit = 2}), "bc");
    EXPECT_EQ(names(true, {}), "b");
    EXPECT_EQ(names(false, {.skip = 1, .limit = 5}), "cd");
    EXPECT_EQ(names({}, {.skip = 9, .limit = 5}), "");
}

TEST_F(UserStore, KeepsTheAuditRowsOfARemovedUser) {
    const std::int64_t id = try_insert("a@example.com", "a").value();
    database_.execute("INSERT INTO Logs (log_timestamp, action_type, user_id) VALUES (?, 'user_login', ?)", now(), id);
    EXPECT_EQ(remove(id), true);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Users"), 0);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Logs WHERE user_id IS NULL"), 1);
}

TEST_F(UserStore, RemovesAUserOfManyAuditRowsInSteps) {
    const std::int64_t id = try_insert("a@example.com", "a", admin_role, true).value();
    database_.execute(
        "WITH RECURSIVE Numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM Numbers WHERE n < 4500) "
        "INSERT INTO Logs (log_timestamp, action_type, user_id) SELECT ?, 'user_login', ? FROM Numbers",
        now(), id);
    database_.execute(
        "INSERT INTO Sessions (jti, user_id, created_at, last_used_at, expires_at) VALUES ('j', ?, ?, ?, ?)", id, now(),
        now(), now());
    EXPECT_EQ(remove(id), false);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Logs WHERE user_id IS NULL"), 2000);
    EXPECT_FALSE(find(id).is_active);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Sessions"), 0);
    EXPECT_EQ(remove(id), false);
    EXPECT_EQ(remove(id), true);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Users"), 0);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Logs WHERE user_id IS NULL"), 4500);
}

TEST_F(UserStore, TouchesNoAuditRowOfAUserWhoStays) {
    const std::int64_t id = try_insert("a@example.com", "a").value();
    database_.execute("INSERT INTO Logs (log_timestamp, action_type, user_id) VALUES (?, 'user_login', ?)", now(), id);
    database_.execute("CREATE TABLE Foreign_Notes (author INTEGER REFERENCES Users (user_id))");
    database_.execute("INSERT INTO Foreign_Notes (author) VALUES (?)", id);
    EXPECT_EQ(remove(id).error(), RemoveError::has_related_records);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Logs WHERE user_id IS NULL"), 0);
}

TEST_F(UserStore, KeepsAUserWhoHasDocumentsAndTheirSessions) {
    const std::int64_t id = try_insert("a@example.com", "a").value();
    database_.add_document("a.txt", id, "a.txt", std::nullopt);
    database_.execute(
        "INSERT INTO Sessions (jti, user_id, created_at, last_used_at, expires_at) VALUES ('j', ?, ?, ?, ?)", id, now(),
        now(), now());
    EXPECT_THROW(database_.get().transaction([&](db::Session& session) {
        EXPECT_EQ(remove_user(session, id, {}).error(), RemoveError::has_related_records);
        throw std::runtime_error("the caller refuses, and the transaction is rolled back");
    }),
                 std::runtime_error);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Users"), 1);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Sessions"), 1);
}

}  // namespace
}  // namespace nassaq::users
