#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <expected>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "db/migrate.hpp"
#include "db/odbc.hpp"
#include "server_database.hpp"
#include "temporary_database.hpp"

/// The ODBC layer against a real PostgreSQL.
namespace nassaq::db {
namespace {

class Odbc : public PostgresTest {
protected:
    void SetUp() override {
        PostgresTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        schema_ = std::make_unique<TemporarySchema>();
        opened_ = std::make_unique<Database>(schema_->driver(), PoolOptions{.size = 4});
        database().transaction([](Session& session) {
            session.run_script(
                "CREATE TABLE Groups_ (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n"
                "CREATE UNIQUE INDEX uq_groups_name ON Groups_ (lower(name COLLATE \"und-x-icu\"));\n"
                "CREATE TABLE Members (id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES Groups_ (id), "
                "email VARCHAR(10) NOT NULL UNIQUE);\n"
                "INSERT INTO Groups_ (id, name) VALUES (1, 'first');\n");
        });
    }

    Database& database() { return *opened_; }

    Error thrown_by(std::string_view sql) {
        try {
            database().transaction([&](Session& session) { session.execute(sql); });
        } catch (const Error& error) {
            return error;
        }
        return {ErrorKind::other, "nothing was thrown"};
    }

    std::unique_ptr<TemporarySchema> schema_;
    std::unique_ptr<Database> opened_;
};

TEST_F(Odbc, ConstraintsAreTold) {
    EXPECT_EQ(thrown_by("INSERT INTO Groups_ VALUES (1, 'second')").kind(), ErrorKind::unique_violation);
    EXPECT_EQ(thrown_by("INSERT INTO Groups_ VALUES (2, NULL)").kind(), ErrorKind::not_null_violation);
    EXPECT_EQ(thrown_by("INSERT INTO Members VALUES (1, 5, 'a')").kind(), ErrorKind::foreign_key_violation);
    EXPECT_EQ(thrown_by("INSERT INTO Members VALUES (1, 1, '12345678901')").kind(), ErrorKind::too_long);
    EXPECT_EQ(thrown_by("INSERT INTO").kind(), ErrorKind::other);
    const Error index = thrown_by("INSERT INTO Groups_ VALUES (2, 'First')");
    EXPECT_TRUE(index.is_unique_violation_of("uq_groups_name")) << index.what();
    EXPECT_FALSE(index.is_unique_violation_of("First")) << "told by the value, not by the name";
}

TEST_F(Odbc, ATransactionInWhichAStatementFailedIsNotCommitted) {
    EXPECT_EQ(kind_thrown_by([&] {
                  database().transaction([&](Session& session) {
                      session.execute("INSERT INTO Groups_ VALUES (2, 'second')");
                      try {
                          session.execute("INSERT INTO Groups_ VALUES (2, 'again')");
                      } catch (const Error&) {
                      }
                  });
              }),
              ErrorKind::other);
    EXPECT_EQ(database().read([](Session& session) { return session.get<int>("SELECT COUNT(*) FROM Groups_"); }), 1);
}

TEST_F(Odbc, AnUnexpectedResultRollsBack) {
    const auto refused = database().transaction([](Session& session) -> std::expected<int, std::string> {
        session.execute("INSERT INTO Groups_ VALUES (2, 'second')");
        return std::unexpected("no");
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(database().read([](Session& session) { return session.get<int>("SELECT COUNT(*) FROM Groups_"); }), 1);
}

TEST_F(Odbc, ADeadlockIsRunAgain) {
    database().transaction([](Session& session) { session.execute("INSERT INTO Groups_ VALUES (2, 'second')"); });
    std::atomic<int> holding = 0;
    std::atomic<int> runs = 0;
    const auto rename = [&](int first, int second) {
        database().transaction([&](Session& session) {
            ++runs;
            session.execute("UPDATE Groups_ SET name = name || 'x' WHERE id = ?", first);
            ++holding;
            while (holding < 2) {
                std::this_thread::yield();
            }
            session.execute("UPDATE Groups_ SET name = name || 'x' WHERE id = ?", second);
        });
    };
    {
        const std::jthread other([&] { rename(1, 2); });
        rename(2, 1);
    }
    EXPECT_EQ(runs, 3);
    EXPECT_EQ(database().read(
                  [](Session& session) { return session.query<std::string>("SELECT name FROM Groups_ ORDER BY id"); }),
              (std::vector<std::string>{"firstxx", "secondxx"}));
    EXPECT_EQ(database().statistics().retries, 1U);
}

TEST_F(Odbc, AKilledBackendIsNoticedAndReplaced) {
    const auto kill_others = [&] {
        Database killer(schema_->driver(), PoolOptions{.size = 1});
        killer.read([](Session& session) {
            session.query<bool>(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND application_name = 'nassaq' AND state = 'idle'");
        });
    };
    for (int i = 0; i < 3; ++i) {
        kill_others();
        EXPECT_EQ(database().read([](Session& session) { return session.get<int>("SELECT 7"); }), 7);
        kill_others();
        database().transaction([](Session& session) { session.execute("UPDATE Groups_ SET name = 'again'"); });
    }
}

TEST_F(Odbc, OldConnectionsAreReplaced) {
    Database database(schema_->driver(), PoolOptions{.size = 1, .recycle = std::chrono::seconds{1}});
    const auto pid = [&] {
        return database.read([](Session& session) { return session.get<int>("SELECT pg_backend_pid()"); });
    };
    const int first = pid();
    EXPECT_EQ(pid(), first);
    std::this_thread::sleep_for(std::chrono::milliseconds{1'100});
    EXPECT_NE(pid(), first);
}

TEST_F(Odbc, AStatementThatTakesTooLongIsEnded) {
    OdbcOptions options = schema_->options();
    options.statement_timeout = std::chrono::seconds{1};
    Database database(make_odbc_driver(options), PoolOptions{.size = 1});
    EXPECT_EQ(kind_thrown_by(
                  [&] { database.read([](Session& session) { session.query<std::string>("SELECT pg_sleep(5)"); }); }),
              ErrorKind::timeout);
    EXPECT_EQ(database.read([](Session& session) { return session.get<int>("SELECT 7"); }), 7);
}

TEST_F(Odbc, LocksExcludeEachOther) {
    std::atomic<int> inside = 0;
    const auto enter = [&](const std::function<void(Session&)>& lock) {
        database().transaction([&](Session& session) {
            lock(session);
            EXPECT_EQ(++inside, 1);
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
            --inside;
        });
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] { enter([](Session& session) { session.lock("door"); }); });
        threads.emplace_back([&] {
            enter([](Session& session) {
                EXPECT_EQ(session.lock_and_find<std::int64_t>({Lock{.name = "door"}}, "SELECT CAST(? AS BIGINT)", 7),
                          7);
            });
        });
    }
}

TEST_F(Odbc, SeveralMayMigrateAtOnce) {
    TemporarySchema empty;
    std::atomic<std::int64_t> steps = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            Database database(empty.driver(), PoolOptions{.size = 1});
            EXPECT_NO_THROW(steps += std::ssize(migrate(database)));
            EXPECT_TRUE(pending_migrations(database).empty());
        });
    }
    threads.clear();
    Database database(empty.driver(), PoolOptions{.size = 1});
    EXPECT_GT(steps, 1);
    EXPECT_EQ(database.read(
                  [](Session& session) { return session.get<std::int64_t>("SELECT COUNT(*) FROM Schema_Version"); }),
              steps);
}

struct TextColumn {
    std::string table;
    std::string column;
    std::optional<std::int64_t> length;
};
BOOST_DESCRIBE_STRUCT(TextColumn, (), (table, column, length))

TEST_F(Odbc, EveryTextColumnKeepsArabicAndEmoji) {
    migrate(database());
    const auto columns = database().read([](Session& session) {
        return session.query<TextColumn>(
            "SELECT table_name, column_name, character_maximum_length FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying') "
            "ORDER BY table_name, column_name");
    });
    EXPECT_GT(columns.size(), 40U);
    for (const TextColumn& column : columns) {
        const std::string text = column.length.value_or(99) < 12 ? "نص 😀" : "نسّق 😀 مجلّد";
        const std::string copy = "Copy_" + column.table + "_" + column.column;
        const auto kept = database().transaction([&](Session& session) {
            session.run_script("CREATE TABLE " + copy + " AS SELECT " + column.column + " FROM " + column.table +
                               " LIMIT 0;");
            session.execute("INSERT INTO " + copy + " VALUES (?)", text);
            return session.get<std::string>("SELECT " + column.column + " FROM " + copy);
        });
        EXPECT_EQ(kept, text) << column.table << "." << column.column;
    }
}

TEST_F(Odbc, AStatementOutlivesAChangeOfItsColumns) {
    const auto name = [&] {
        return database().read([](Session& session) { return session.get<std::string>("SELECT name FROM Groups_"); });
    };
    EXPECT_EQ(name(), "first");
    database().transaction([](Session& session) {
        session.run_script("DROP INDEX uq_groups_name;\nALTER TABLE Groups_ ALTER COLUMN name TYPE VARCHAR(50);\n");
    });
    EXPECT_EQ(kind_thrown_by([&] { name(); }), ErrorKind::other);
    EXPECT_EQ(name(), "first");
}

/// docs/decisions/0087-large-tables-beside-others.md has what each is for.
TEST_F(Odbc, LargeTablesAreLookedAfterOften) {
    migrate(database());
    const auto expect_options = [&](std::string_view relation, std::initializer_list<const char*> wanted) {
        const auto options = database().read([&](Session& session) {
            return session.get<std::string>(
                "SELECT COALESCE(array_to_string(reloptions, ' '), '') FROM pg_class WHERE oid = to_regclass(?)",
                relation);
        });
        for (const char* option : wanted) {
            EXPECT_NE(options.find(option), std::string::npos) << relation << " has not " << option << ": " << options;
        }
    };
    expect_options("ix_search_pages_terms", {"gin_pending_list_limit=256"});
    expect_options("documents", {"fillfactor=90"});
    expect_options("processing_status", {"fillfactor=80"});
    for (const std::string_view table : {"documents", "processing_status", "ocr_results", "logs"}) {
        expect_options(table, {"autovacuum_vacuum_scale_factor=0.02", "autovacuum_vacuum_insert_scale_factor=0.02",
                               "autovacuum_analyze_scale_factor=0.02"});
    }
}

/// A standby, or a primary that has become one: what leads to it is no connection of ours.
TEST_F(Odbc, ADatabaseThatTakesNoWritesIsAway) {
    const std::string name = "read_only_" + std::to_string(::getpid());
    const auto run = [](const std::string& sql) {
        const auto driver = make_odbc_driver(
            {.connection_string = complete(ConnectionString::parse(postgres_for_tests()).value()).to_string()});
        driver->connect(Access::read_write)->run_script(sql);
    };
    run("CREATE DATABASE " + name + ";\nALTER DATABASE " + name + " SET default_transaction_read_only = on;\n");
    std::string string = complete(ConnectionString::parse(postgres_for_tests()).value()).to_string();
    const std::string database = "Database=postgres;";
    ASSERT_NE(string.find(database), std::string::npos);
    string.replace(string.find(database), database.size(), "Database=" + name + ";");
    try {
        make_odbc_driver({.connection_string = string});
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_TRUE(error.is_outage()) << error.what();
        EXPECT_NE(std::string(error.what()).find("read-only"), std::string::npos) << error.what();
    }
    run("DROP DATABASE " + name + ";\n");
}

TEST_F(Odbc, WhatNoWaitingMendsIsToldAtOnce) {
    auto wrong = ConnectionString::parse(postgres_for_tests()).value();
    std::string text = wrong.to_string();
    text.replace(text.find("PWD="), 4, "X=x;PWD=wrong;Y=");
    try {
        make_odbc_driver({.connection_string = text});
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::other) << error.what();
        EXPECT_EQ(std::string(error.what()).find("tests only"), std::string::npos) << error.what();
    }
    EXPECT_EQ(kind_thrown_by([] { make_odbc_driver({.connection_string = "Driver=no such driver;Server=x;"}); }),
              ErrorKind::other);
}

}  // namespace
}  // namespace nassaq::db
