#include "db/migrate.hpp"

#include <gtest/gtest.h>

#include <array>
#include <barrier>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "db/migration_files.hpp"
#include "temporary_database.hpp"

namespace nassaq::db {

/// A row of EXPLAIN QUERY PLAN.
struct PlanStep {
    std::int64_t id = 0;
    std::int64_t parent = 0;
    std::int64_t unused = 0;
    std::string detail;
};
BOOST_DESCRIBE_STRUCT(PlanStep, (), (id, parent, unused, detail))

namespace {

class Migrate : public TemporaryDatabase {
protected:
    static std::size_t total() {
        std::size_t count = 0;
        for (const MigrationFile& file : migration_files()) {
            count += file.dialect == Dialect::sqlite ? 1U : 0U;
        }
        return count;
    }

    static std::int64_t recorded(Database& database) {
        return database.read(
            [](Session& session) { return session.get<std::int64_t>("SELECT COUNT(*) FROM Schema_Version"); });
    }
};

TEST_F(Migrate, NumbersAreUnique) {
    std::set<std::pair<Dialect, std::int64_t>> seen;
    for (const MigrationFile& file : migration_files()) {
        EXPECT_TRUE(seen.emplace(file.dialect, file.migration.version).second) << file.migration.name;
        EXPECT_FALSE(file.migration.script.empty());
    }
}

TEST_F(Migrate, TakesEveryStepOnce) {
    Database database = open();
    const auto pending = pending_migrations(database);
    ASSERT_EQ(pending.size(), total());
    EXPECT_EQ(pending.front().version, 1);
    EXPECT_EQ(pending.front().name, "initial");

    EXPECT_EQ(migrate(database).size(), total());
    EXPECT_TRUE(pending_migrations(database).empty());
    EXPECT_TRUE(migrate(database).empty());
    EXPECT_EQ(recorded(database), static_cast<std::int64_t>(total()));
}

TEST_F(Migrate, LookingAtPendingStepsChangesNothing) {
    Database database = open();
    static_cast<void>(pending_migrations(database));
    EXPECT_EQ(
        database.read([](Session& session) { return session.get<std::int64_t>("SELECT COUNT(*) FROM sqlite_master"); }),
        0);
}

TEST_F(Migrate, SeedsRolesAndTheRoot) {
    Database database = open();
    migrate(database);
    database.read([](Session& session) {
        EXPECT_EQ(session.query<std::string>("SELECT role_name FROM Roles ORDER BY role_id"),
                  (std::vector<std::string>{"User", "Admin"}));
        EXPECT_EQ(session.get<std::int64_t>("SELECT role_id FROM Roles WHERE role_name = 'Admin'"), 99);
        EXPECT_EQ(session.get<std::string>("SELECT full_path FROM Virtual_Paths WHERE depth = 0"), "/");
        const auto made = session.get<Timestamp>("SELECT created_at FROM Virtual_Paths WHERE depth = 0");
        EXPECT_LT(std::chrono::abs(now() - made), std::chrono::minutes{1});
        EXPECT_TRUE(session.query<std::string>("SELECT \"table\" FROM pragma_foreign_key_check").empty());
    });
}

TEST_F(Migrate, EmailsAndUserNamesAreUniqueWithoutCase) {
    Database database = open();
    migrate(database);
    const auto add = [&](std::string_view username, std::string_view email) {
        database.transaction([&](Session& session) {
            session.insert("Users", "user_id",
                           {{"username", username},
                            {"full_name", "Somebody"},
                            {"email", email},
                            {"password_hash", "x"},
                            {"created_at", now()}});
        });
    };
    add("École", "ali@example.com");
    const auto violates = [&](std::string_view index, std::string_view username, std::string_view email) {
        try {
            add(username, email);
        } catch (const Error& error) {
            return error.is_unique_violation_of(index);
        }
        return false;
    };
    EXPECT_TRUE(violates("uq_users_username", "éCOLE", "other@example.com"));
    EXPECT_TRUE(violates("uq_users_email", "other", "ALI@example.com"));
    add("other", "other@example.com");
}

TEST_F(Migrate, LookUpsWithoutCaseUseTheIndex) {
    Database database = open();
    migrate(database);
    const auto details = database.read([](Session& session) {
        std::string plan;
        session.visit<PlanStep>(
            "EXPLAIN QUERY PLAN SELECT user_id FROM Users WHERE lower(email) = lower(?)",
            [&](const PlanStep& step) { plan += step.detail; }, "a");
        return plan;
    });
    EXPECT_NE(details.find("uq_users_email"), std::string::npos) << details;
}

TEST_F(Migrate, ThreadsWithConnectionsOfTheirOwnMayMigrateAtOnce) {
    constexpr int threads = 4;
    std::barrier start(threads);
    std::array<std::size_t, threads> taken{};
    {
        std::vector<std::jthread> migrators;
        migrators.reserve(threads);
        for (std::size_t& count : taken) {
            migrators.emplace_back([&] {
                start.arrive_and_wait();
                Database database = open(2);
                EXPECT_NO_THROW(count = migrate(database).size());
            });
        }
    }
    EXPECT_EQ(std::accumulate(taken.begin(), taken.end(), std::size_t{0}), total());
    Database database = open();
    EXPECT_EQ(recorded(database), static_cast<std::int64_t>(total()));
}

TEST_F(Migrate, ProcessesMayMigrateAtOnce) {
    for (int round = 0; round < 5; ++round) {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        std::vector<pid_t> children;
        for (int p = 0; p < 3; ++p) {
            children.push_back(start_process([&] {
                Database database = open(2);
                migrate(database);
                if (!pending_migrations(database).empty()) {
                    throw std::runtime_error("steps are left over");
                }
            }));
        }
        for (const pid_t child : children) {
            EXPECT_EQ(wait_for(child), 0);
        }
        Database database = open();
        EXPECT_EQ(recorded(database), static_cast<std::int64_t>(total()));
    }
}

TEST_F(Migrate, AStepThatFailsLeavesNothingOfItself) {
    // The table that the first step wants to make is in its way, so that it fails after others were made.
    Database database = open();
    database.transaction([](Session& session) { session.run_script("CREATE TABLE Logs (x INTEGER)"); });
    EXPECT_EQ(kind_thrown_by([&] { migrate(database); }), ErrorKind::other);
    EXPECT_EQ(database.read([](Session& session) {
        return session.query<std::string>("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'");
    }),
              std::vector<std::string>{"Logs"});
    database.transaction([](Session& session) { session.run_script("DROP TABLE Logs"); });
    EXPECT_EQ(migrate(database).size(), total());
}

}  // namespace
}  // namespace nassaq::db
