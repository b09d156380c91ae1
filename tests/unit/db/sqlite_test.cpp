#include "db/sqlite.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>

#include "db/database.hpp"
#include "temporary_database.hpp"

namespace nassaq::db {
namespace {

namespace fs = std::filesystem;

class Sqlite : public TemporaryDatabase {
protected:
    Sqlite() {
        database_.transaction([](Session& session) {
            session.run_script(
                "CREATE TABLE Groups (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
                "CREATE UNIQUE INDEX uq_groups_name ON Groups (lower(name));"
                "CREATE TABLE Members (id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES Groups (id), "
                "email TEXT NOT NULL UNIQUE);"
                "INSERT INTO Groups (id, name) VALUES (1, 'first');");
        });
    }

    ErrorKind kind_of(std::string_view sql) {
        return kind_thrown_by([&] { database_.transaction([&](Session& session) { session.execute(sql); }); });
    }

    std::int64_t count(std::string_view table) {
        return database_.read(
            [&](Session& session) { return session.get<std::int64_t>("SELECT COUNT(*) FROM " + std::string(table)); });
    }

    Database database_ = open();
};

TEST_F(Sqlite, ConstraintsAreTold) {
    EXPECT_EQ(kind_of("INSERT INTO Groups (id, name) VALUES (1, 'second')"), ErrorKind::unique_violation);
    EXPECT_EQ(kind_of("INSERT INTO Groups (id, name) VALUES (2, 'FIRST')"), ErrorKind::unique_violation);
    EXPECT_EQ(kind_of("INSERT INTO Groups (id, name) VALUES (2, NULL)"), ErrorKind::not_null_violation);
    EXPECT_EQ(kind_of("INSERT INTO Members (group_id, email) VALUES (5, 'a')"), ErrorKind::foreign_key_violation);
    EXPECT_EQ(kind_of("INSERT INTO Nowhere VALUES (1)"), ErrorKind::other);
    EXPECT_EQ(kind_of("INSERT INTO"), ErrorKind::other);
    EXPECT_EQ(count("Groups"), 1);
}

/// A search has its SQL made from what is looked for: however many are asked, a connection keeps no more of them.
TEST_F(Sqlite, StatementsThatAreKeptAreBounded) {
    Database one(make_sqlite_driver(file()), 1);
    const auto kept = one.read([](Session& session) {
        for (int i = 0; i < 1000; ++i) {
            session.get<std::int64_t>("SELECT " + std::to_string(i) + " FROM Groups");
        }
        return session.get<std::int64_t>("SELECT COUNT(*) FROM sqlite_stmt");
    });
    EXPECT_LE(kept, 200);
    EXPECT_GE(kept, 100);
}

/// As `nassaq search reindex` beside a server. Counted, not timed: how often one writes until the other has its turn.
TEST_F(Sqlite, WhoLeavesGapsLetsOthersWrite) {
    constexpr int turns = 20;
    constexpr std::chrono::milliseconds work{10};
    Database command(make_sqlite_driver(file(), {.longest_gap = 2 * work}), 1);
    std::atomic<int> written = 0;
    const auto write_all_the_time = [&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            command.transaction([&](Session& session) {
                session.execute("UPDATE Groups SET name = 'command'");
                std::this_thread::sleep_for(work);
            });
            ++written;
            written.notify_one();
        }
    };
    const std::jthread other(write_all_the_time);
    for (int turn = 0; turn < turns; ++turn) {
        written.wait(written);  // It is at work, not about to begin.
        database_.transaction([](Session& session) { session.execute("UPDATE Groups SET name = 'server'"); });
    }
    EXPECT_LT(written, 5 * turns);
}

TEST_F(Sqlite, AStatementThatIsBeingReadIsKept) {
    std::int64_t sum = 0;
    database_.read([&](Session& session) {
        session.visit<std::int64_t>("WITH n (x) AS (VALUES (1), (2), (3)) SELECT x FROM n", [&](std::int64_t row) {
            sum += row;
            for (int i = 0; i < 300; ++i) {
                session.get<std::int64_t>("SELECT " + std::to_string(1000 * row + i) + " FROM Groups");
            }
        });
    });
    EXPECT_EQ(sum, 6);
}

TEST_F(Sqlite, ForeignKeysHoldOnDeletionToo) {
    database_.transaction(
        [](Session& session) { session.execute("INSERT INTO Members (group_id, email) VALUES (1, 'a')"); });
    EXPECT_EQ(kind_of("DELETE FROM Groups WHERE id = 1"), ErrorKind::foreign_key_violation);
}

TEST_F(Sqlite, UniqueViolationsNameTheirIndexOrColumn) {
    const auto violation = [&](std::string_view sql) {
        try {
            database_.transaction([&](Session& session) { session.execute(sql); });
        } catch (const Error& error) {
            return error;
        }
        return Error(ErrorKind::other, "nothing was thrown");
    };
    const Error index = violation("INSERT INTO Groups (id, name) VALUES (2, 'First')");
    EXPECT_TRUE(index.is_unique_violation_of("uq_groups_name")) << index.what();
    EXPECT_FALSE(index.is_unique_violation_of("email"));
    database_.transaction(
        [](Session& session) { session.execute("INSERT INTO Members (group_id, email) VALUES (1, 'a')"); });
    const Error column = violation("INSERT INTO Members (group_id, email) VALUES (1, 'a')");
    EXPECT_TRUE(column.is_unique_violation_of("email")) << column.what();
    EXPECT_FALSE(column.is_unique_violation_of("uq_groups_name"));
    EXPECT_FALSE(
        violation("INSERT INTO Members (group_id, email) VALUES (9, 'email')").is_unique_violation_of("email"));
}

TEST_F(Sqlite, NamesAreComparedWithoutCaseInAllScripts) {
    const auto add = [&](std::string_view name) {
        database_.transaction([&](Session& session) { session.execute("INSERT INTO Groups (name) VALUES (?)", name); });
    };
    add("ÉCOLE");
    EXPECT_EQ(kind_thrown_by([&] { add("école"); }), ErrorKind::unique_violation);
    add("ЖУРНАЛ");
    EXPECT_EQ(kind_thrown_by([&] { add("журнал"); }), ErrorKind::unique_violation);
    add("مجلة");
    EXPECT_EQ(kind_thrown_by([&] { add("مجلة"); }), ErrorKind::unique_violation);
    EXPECT_EQ(database_.read([](Session& session) {
        return session.get<std::string>("SELECT name FROM Groups WHERE lower(name) = lower(?)", "École");
    }),
              "ÉCOLE");
    EXPECT_EQ(database_.read([](Session& session) { return session.get<bool>("SELECT lower(NULL) IS NULL"); }), true);
    EXPECT_EQ(database_.read([](Session& session) { return session.get<std::string>("SELECT lower(12)"); }), "12");
}

TEST_F(Sqlite, ReadingConnectionsRefuseToWrite) {
    EXPECT_EQ(kind_thrown_by([&] {
                  database_.read([](Session& session) { session.execute("INSERT INTO Groups (name) VALUES ('x')"); });
              }),
              ErrorKind::other);
    EXPECT_EQ(
        kind_thrown_by([&] { database_.read([](Session& session) { session.run_script("DROP TABLE Members"); }); }),
        ErrorKind::other);
    EXPECT_EQ(count("Groups"), 1);
    EXPECT_EQ(count("Members"), 0);
}

TEST_F(Sqlite, AThrowRollsBackAndTheConnectionServesOn) {
    const auto broken = [&] {
        database_.transaction([](Session& session) {
            session.execute("INSERT INTO Groups (name) VALUES ('x')");
            throw std::runtime_error("half-way");
        });
    };
    EXPECT_THROW(broken(), std::runtime_error);
    EXPECT_EQ(count("Groups"), 1);
    EXPECT_EQ(kind_thrown_by([&] {
                  database_.transaction([](Session& session) {
                      session.execute("INSERT INTO Groups (name) VALUES ('x')");
                      session.execute("INSERT INTO Groups (name) VALUES ('X')");
                  });
              }),
              ErrorKind::unique_violation);
    EXPECT_EQ(count("Groups"), 1);
    const auto kept = database_.transaction([](Session& session) {
        session.execute("INSERT INTO Groups (name) VALUES ('x')");
        return std::string("result");
    });
    EXPECT_EQ(kept, "result");
    EXPECT_EQ(count("Groups"), 2);
}

TEST_F(Sqlite, OneMayGoOnAfterACaughtViolation) {
    database_.transaction([](Session& session) {
        session.execute("INSERT INTO Groups (name) VALUES ('x')");
        EXPECT_EQ(kind_thrown_by([&] { session.execute("INSERT INTO Groups (name) VALUES ('X')"); }),
                  ErrorKind::unique_violation);
        session.execute("INSERT INTO Groups (name) VALUES ('y')");
    });
    EXPECT_EQ(count("Groups"), 3);
}

TEST_F(Sqlite, AProcessThatIsKilledLeavesWholeTransactionsOnly) {
    const pid_t child = start_process([&] {
        Database database = open();
        database.transaction([](Session& session) { session.execute("INSERT INTO Groups (name) VALUES ('kept')"); });
        database.transaction([](Session& session) {
            session.execute("INSERT INTO Groups (name) VALUES ('lost')");
            ::kill(::getpid(), SIGKILL);
        });
    });
    EXPECT_TRUE(WIFSIGNALED(wait_for(child)));
    EXPECT_EQ(database_.read(
                  [](Session& session) { return session.query<std::string>("SELECT name FROM Groups ORDER BY id"); }),
              (std::vector<std::string>{"first", "kept"}));
    database_.transaction([](Session& session) { session.execute("INSERT INTO Groups (name) VALUES ('next')"); });
}

TEST_F(Sqlite, TheVersionIsAnotherAfterAnyCommitOfAnyone) {
    const auto version = [&] { return database_.version().value(); };
    const auto insert = [](Session& session) {
        session.execute("INSERT INTO Groups (name) VALUES (hex(randomblob(8)))");
    };
    std::int64_t last = version();
    EXPECT_EQ(version(), last);
    EXPECT_EQ(count("Groups"), 1);
    EXPECT_EQ(version(), last) << "reading changes nothing";

    database_.transaction(insert);
    EXPECT_NE(version(), last) << "our own commit";

    Database other = open();
    last = version();
    other.transaction(insert);
    EXPECT_NE(version(), last) << "that of other connections";

    last = version();
    EXPECT_EQ(wait_for(start_process([&] { open().transaction(insert); })), 0);
    EXPECT_NE(version(), last) << "that of another process";

    last = version();
    EXPECT_THROW(database_.transaction([&](Session& session) {
        insert(session);
        EXPECT_EQ(version(), last) << "not committed yet";
        throw std::runtime_error("roll back");
    }),
                 std::runtime_error);
    EXPECT_EQ(version(), last) << "rolled back";
}

TEST_F(Sqlite, FilesAreForTheirOwnerOnly) {
    for (const auto& entry : fs::directory_iterator(folder_)) {
        EXPECT_EQ(fs::status(entry).permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none)
            << entry.path();
    }
}

TEST_F(Sqlite, DurabilityIsOn) {
    database_.transaction([](Session& session) {
        EXPECT_EQ(session.get<std::string>("PRAGMA journal_mode"), "wal");
        EXPECT_EQ(session.get<std::int64_t>("PRAGMA synchronous"), 2);
        EXPECT_TRUE(session.get<bool>("PRAGMA foreign_keys"));
    });
}

TEST_F(Sqlite, TheLogThatALongReadMadeGrowIsCutAfterwards) {
    constexpr std::uintmax_t most_bytes = std::uintmax_t{65} * 1024 * 1024;
    const auto log_size = [&] {
        for (const auto& entry : fs::directory_iterator(folder_)) {
            if (entry.path().extension() == ".db-wal") return fs::file_size(entry);
        }
        return std::uintmax_t{0};
    };
    database_.transaction([](Session& session) { session.run_script("CREATE TABLE Blobs (content BLOB)"); });
    const auto write = [&] {
        database_.transaction(
            [](Session& session) { session.execute("INSERT INTO Blobs (content) VALUES (randomblob(10000000))"); });
    };
    database_.read([&](Session& session) {  // While a row is being looked at.
        session.visit<std::int64_t>("SELECT COUNT(*) FROM Blobs", [&](std::int64_t) {
            for (int i = 0; i < 10; ++i) write();
        });
    });
    ASSERT_GT(log_size(), most_bytes);
    write();  // Brings the log into the database,
    write();  // and begins it anew.
    EXPECT_LE(log_size(), most_bytes);
}

TEST_F(Sqlite, WhatIsNoDatabaseIsAnErrorAtOnce) {
    std::ofstream(folder_ / "text.db") << std::string(10'000, 'x');
    EXPECT_EQ(kind_thrown_by([&] { Database(make_sqlite_driver(folder_ / "text.db"), 2); }), ErrorKind::other);
    EXPECT_THROW(make_sqlite_driver(folder_ / "missing" / "x.db"), std::system_error);
}

TEST_F(Sqlite, AFileThatIsTooBigForItsColumnsIsTold) {
    EXPECT_EQ(kind_thrown_by([&] {
                  database_.read([](Session& session) {
                      static_cast<void>(session.get<std::string>("SELECT hex(zeroblob(2000000000))"));
                  });
              }),
              ErrorKind::too_long);
}

}  // namespace
}  // namespace nassaq::db
