#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "db/database.hpp"
#include "temporary_database.hpp"

namespace nassaq::db {
namespace {

using namespace std::chrono_literals;

class Concurrency : public TemporaryDatabase {
protected:
    Concurrency() {
        Database database = open();
        database.transaction([](Session& session) {
            session.run_script(
                "CREATE TABLE Counter (value INTEGER NOT NULL); INSERT INTO Counter VALUES (0);"
                "CREATE TABLE Entries (id INTEGER PRIMARY KEY AUTOINCREMENT, writer INTEGER NOT NULL);");
        });
    }

    /// Reads and then writes, which loses counts unless transactions exclude each other.
    static void count_up(Database& database, std::int64_t writer) {
        database.transaction([&](Session& session) {
            const auto value = session.get<std::int64_t>("SELECT value FROM Counter");
            session.insert("Entries", "id", {{"writer", writer}});
            session.execute("UPDATE Counter SET value = ?", value + 1);
        });
    }

    static std::int64_t counted(Database& database) {
        return database.read([](Session& session) { return session.get<std::int64_t>("SELECT value FROM Counter"); });
    }
};

TEST_F(Concurrency, EightThreadsWriteWithoutLossOrBusyErrors) {
    Database database = open();
    constexpr int threads = 8;
    constexpr int times = 25;
    {
        std::vector<std::jthread> writers;
        writers.reserve(threads);
        for (int t = 0; t < threads; ++t) {
            writers.emplace_back([&, t] {
                for (int i = 0; i < times; ++i) {
                    EXPECT_NO_THROW(count_up(database, t));
                    EXPECT_GT(counted(database), 0);
                }
            });
        }
    }
    EXPECT_EQ(counted(database), threads * times);
    database.read([](Session& session) {
        EXPECT_EQ(session.get<std::int64_t>("SELECT COUNT(*) FROM Entries"), threads * times);
        EXPECT_EQ(session.get<std::int64_t>("SELECT MAX(id) FROM Entries"), threads * times);
    });
}

TEST_F(Concurrency, ProcessesWriteWithoutLossOrBusyErrors) {
    constexpr int times = 25;
    std::vector<pid_t> children;
    for (int p = 0; p < 3; ++p) {
        children.push_back(start_process([&] {
            Database database = open();
            for (int i = 0; i < times; ++i) {
                count_up(database, p);
            }
        }));
    }
    for (const pid_t child : children) {
        EXPECT_EQ(wait_for(child), 0);
    }
    Database database = open();
    EXPECT_EQ(counted(database), 3 * times);
}

TEST_F(Concurrency, ReadersDoNotWaitForTheWriterNorSeeItsUnfinishedWork) {
    Database database = open();
    database.transaction([&](Session& session) {
        session.execute("UPDATE Counter SET value = 100");
        auto reading = std::async(std::launch::async, [&] { return counted(database); });
        ASSERT_EQ(reading.wait_for(5s), std::future_status::ready);
        EXPECT_EQ(reading.get(), 0);
    });
    EXPECT_EQ(counted(database), 100);
}

TEST_F(Concurrency, AReaderInTheMiddleOfItsRowsDoesNotStopTheWriter) {
    Database database = open();
    for (int i = 0; i < 10; ++i) {
        count_up(database, i);
    }
    int seen = 0;
    database.read([&](Session& session) {
        session.visit<std::int64_t>("SELECT id FROM Entries ORDER BY id", [&](std::int64_t) {
            if (seen++ == 0) {
                std::async(std::launch::async, [&] { count_up(database, 99); }).get();
            }
        });
    });
    EXPECT_EQ(seen, 10);
    EXPECT_EQ(counted(database), 11);
}

TEST_F(Concurrency, ManyOpenTheSameNewFileAtOnce) {
    for (int round = 0; round < 10; ++round) {
        const auto file = folder_ / ("new" + std::to_string(round) + ".db");
        constexpr int threads = 4;
        std::barrier start(threads);
        std::vector<std::jthread> openers;
        openers.reserve(threads);
        for (int t = 0; t < threads; ++t) {
            openers.emplace_back([&] {
                start.arrive_and_wait();
                EXPECT_NO_THROW(Database(make_sqlite_driver(file), 2));
            });
        }
    }
}

TEST_F(Concurrency, WhatWasReadAfterAVersionIsTrueWhileItIsTheSame) {
    constexpr std::int64_t commits = 500;
    Database database = open();
    std::atomic<std::int64_t> committed = 0;
    std::atomic<int> confirmed = 0;
    const auto check = [&] {
        while (committed < commits) {
            const auto version = database.version();
            const std::int64_t value = counted(database);
            const std::int64_t least = committed;
            if (version && database.version() == version) {
                ASSERT_GE(value, least) << "a commit that was done went unseen";
                ++confirmed;
            }
        }
    };
    std::jthread first(check);
    std::jthread second(check);
    for (std::int64_t i = 1; i <= commits; ++i) {
        count_up(database, 1);
        committed = i;
    }
    first.join();
    second.join();
    EXPECT_GT(confirmed, 0);
}

}  // namespace
}  // namespace nassaq::db
