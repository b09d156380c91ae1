#include "db/odbc.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

#include "db/dialect.hpp"
#include "db/migrate.hpp"
#include "db/migration_files.hpp"
#include "db/odbc_connection.hpp"
#include "db/odbc_diagnostics.hpp"
#include "db/odbc_statement.hpp"
#include "server_database.hpp"
#include "temporary_database.hpp"

namespace nassaq::db {
namespace {

using odbc::Binding;
using odbc::binding_of;
using odbc::Diagnostic;

Timestamp time(std::string_view text) {
    return parse_iso(text).value();
}

// -- What is sent to SQL Server, of which there is none to test with everywhere

TEST(OdbcBinding, OfSqlServer) {
    const auto of = [](const Parameter& parameter) { return binding_of(parameter, Dialect::mssql); };
    std::string letters;
    for (int i = 0; i < 4'000; ++i) {
        letters += "ع";
    }
    EXPECT_EQ(of(std::int64_t{1}), (Binding{SQL_C_SBIGINT, SQL_BIGINT, 19}));
    EXPECT_EQ(of(1.5), (Binding{SQL_C_DOUBLE, SQL_DOUBLE, 15}));
    EXPECT_EQ(of(true), (Binding{SQL_C_BIT, SQL_BIT, 1}));
    EXPECT_EQ(of(std::monostate()), (Binding{SQL_C_CHAR, SQL_WVARCHAR, 4'000}));
    EXPECT_EQ(of(std::string_view("")), (Binding{SQL_C_CHAR, SQL_WVARCHAR, 4'000}));
    EXPECT_EQ(of(std::string_view("نسّق")), (Binding{SQL_C_CHAR, SQL_WVARCHAR, 4'000}));
    EXPECT_EQ(of(std::string_view(letters)), (Binding{SQL_C_CHAR, SQL_WVARCHAR, 4'000}));
    letters += "ع";
    EXPECT_EQ(of(std::string_view(letters)), (Binding{SQL_C_CHAR, SQL_WLONGVARCHAR, 4'001}));
    std::string emoji;
    for (int i = 0; i < 2'001; ++i) {
        emoji += "😀";
    }
    EXPECT_EQ(of(std::string_view(emoji)), (Binding{SQL_C_CHAR, SQL_WLONGVARCHAR, 4'002}));
    EXPECT_EQ(of(time("2024-05-01T09:30:00.123456")), (Binding{SQL_C_CHAR, SQL_VARCHAR, 23}));
}

TEST(OdbcBinding, TimesOfSqlServerAreThoseOfDatetime) {
    const auto of = [](std::string_view text) { return odbc::time_text(time(text), Dialect::mssql); };
    EXPECT_EQ(of("2024-05-01T09:30:00.123999"), "2024-05-01T09:30:00.123");
    EXPECT_EQ(of("2024-05-01T09:30:00"), "2024-05-01T09:30:00.000");
    EXPECT_EQ(of("0001-01-01T00:00:00"), "1753-01-01T00:00:00.000");
    EXPECT_EQ(of("9999-12-31T23:59:59.999999"), "9999-12-31T23:59:59.997");
    EXPECT_EQ(odbc::time_text(time("2024-05-01T09:30:00"), Dialect::postgres), "2024-05-01T09:30:00.000000");
}

TEST(OdbcBinding, TypesAreWrittenOutForPostgres) {
    const std::array<Parameter, 5> parameters{std::int64_t{1}, std::string_view("a"), true, std::monostate(),
                                              time("2024-05-01T09:30:00")};
    const std::string_view sql = "SELECT '?', \"?\" WHERE a = ? AND b = ? AND c = ? AND d = ? AND e < ?";
    EXPECT_EQ(odbc::with_types(sql, parameters, Dialect::postgres),
              "SELECT '?', \"?\" WHERE a = CAST(? AS BIGINT) AND b = ? AND c = CAST(? AS BOOLEAN) AND d = ? "
              "AND e < CAST(? AS TIMESTAMP)");
    EXPECT_EQ(odbc::with_types(sql, parameters, Dialect::mssql), sql);
}

/// Notes what it is asked to prepare.
class RecordingConnection final : public Connection {
public:
    Statement& prepare(std::string_view sql) override {
        prepared.emplace_back(sql);
        throw Error(ErrorKind::other, "not run");
    }
    void run_script(std::string_view /*sql*/) override {}
    void lock(std::string_view /*name*/) override {}
    void begin() override {}
    void commit() override {}
    void rollback() noexcept override {}
    bool is_alive() noexcept override { return true; }
    bool ping() noexcept override { return true; }

    std::vector<std::string> prepared;
};

TEST(TransactSql, OfWhatTheSessionWrites) {
    RecordingConnection connection;
    Session session(connection, Dialect::mssql);
    EXPECT_THROW(session.insert("Users", "user_id", {{"username", "a"}, {"email", "b"}}), Error);
    EXPECT_THROW(session.query_page<std::string>("SELECT a FROM b WHERE c = ? ORDER BY a", {.limit = 5}, 1), Error);
    EXPECT_EQ(connection.prepared, (std::vector<std::string>{
                                       "INSERT INTO Users (username, email) OUTPUT INSERTED.user_id VALUES (?, ?)",
                                       "SELECT a FROM b WHERE c = ? ORDER BY a OFFSET ? ROWS FETCH NEXT ? ROWS ONLY"}));
}

TEST(TransactSql, OfTheDialect) {
    EXPECT_EQ(equals_ignoring_case(Dialect::mssql, "email"), "email = ?");
    EXPECT_EQ(in_code_point_order(Dialect::mssql, "full_path"), "full_path COLLATE Latin1_General_BIN2");
    EXPECT_EQ(last_character(Dialect::mssql), "\xEF\xBF\xBF");
}

TEST(TransactSql, OfTheMigrationsIsWhatEveryServerHas) {
    std::size_t statements = 0;
    for (const MigrationFile& file : migration_files()) {
        if (file.dialect != Dialect::mssql) {
            continue;
        }
        for (const std::string_view statement : odbc::split_script(file.migration.script)) {
            ++statements;
            const std::string text(statement);
            for (const char* word : {"MERGE", "CREATE OR ALTER", "WAITFOR", "SERIALIZABLE", "IF NOT EXISTS ADD"}) {
                EXPECT_EQ(text.find(word), std::string::npos) << text;
            }
            // Defaults and constraints are named, and an ADD adds one column.
            if (text.find(" DEFAULT ") != std::string::npos) {
                EXPECT_NE(text.find("CONSTRAINT df_"), std::string::npos) << text;
            }
            if (const auto add = text.find(" ADD "); add != std::string::npos) {
                EXPECT_EQ(text.find(',', add), std::string::npos) << text;
            }
        }
    }
    EXPECT_GT(statements, 50U);
}

TEST(OdbcScript, IsSplitAtTheEndsOfStatements) {
    EXPECT_EQ(odbc::split_script("A;\nB\n  c; d;\n"), (std::vector<std::string_view>{"A", "\nB\n  c; d"}));
    EXPECT_EQ(odbc::split_script("DO $$\nx;\ny;\n$$;\nB;"),
              (std::vector<std::string_view>{"DO $$\nx;\ny;\n$$", "\nB"}));
    EXPECT_TRUE(odbc::split_script("\n").empty());
}

// -- Errors

TEST(OdbcDiagnostics, TellWhatWentWrong) {
    const auto of_mssql = [](int native) {
        return odbc::kind_of({{.state = "HY000", .native = native, .message = ""}}, Dialect::mssql);
    };
    EXPECT_EQ(of_mssql(2627), ErrorKind::unique_violation);
    EXPECT_EQ(of_mssql(2601), ErrorKind::unique_violation);
    EXPECT_EQ(of_mssql(547), ErrorKind::foreign_key_violation);
    EXPECT_EQ(of_mssql(515), ErrorKind::not_null_violation);
    EXPECT_EQ(of_mssql(8152), ErrorKind::too_long);
    EXPECT_EQ(of_mssql(2628), ErrorKind::too_long);
    EXPECT_EQ(of_mssql(1205), ErrorKind::deadlock);
    EXPECT_EQ(of_mssql(40613), ErrorKind::connection_lost);
    EXPECT_EQ(of_mssql(102), ErrorKind::other);
    const auto of_state = [](std::string state) {
        return odbc::kind_of({{.state = std::move(state), .native = 1, .message = ""}}, Dialect::postgres);
    };
    EXPECT_EQ(of_state("23505"), ErrorKind::unique_violation);
    EXPECT_EQ(of_state("40P01"), ErrorKind::deadlock);
    EXPECT_EQ(of_state("57P01"), ErrorKind::connection_lost);
    EXPECT_EQ(of_state("08S01"), ErrorKind::connection_lost);
    EXPECT_EQ(of_state("57014"), ErrorKind::timeout);
    EXPECT_EQ(of_state("42601"), ErrorKind::other);
    // The statement's end comes before its cause.
    EXPECT_EQ(odbc::kind_of({{.state = "01000", .native = 3621, .message = "The statement has been terminated."},
                             {.state = "23000", .native = 2627, .message = ""}},
                            Dialect::mssql),
              ErrorKind::unique_violation);
}

TEST(OdbcDiagnostics, OfConnectingTellWhetherItIsWorthAnotherTry) {
    const auto of = [](std::string state, int native, std::string message) {
        return odbc::kind_of_connect({{.state = std::move(state), .native = native, .message = std::move(message)}});
    };
    EXPECT_EQ(of("08001", 101, "connection refused"), ErrorKind::connection_lost);
    EXPECT_EQ(of("42000", 40613, "Database is not currently available"), ErrorKind::connection_lost);
    EXPECT_EQ(of("HYT00", 0, "Login timeout expired"), ErrorKind::connection_lost);
    EXPECT_EQ(of("08001", 101, "FATAL: password authentication failed for user \"app\""), ErrorKind::other);
    EXPECT_EQ(of("08S01", 20009, "Unable to connect: Adaptive Server is unavailable or does not exist"),
              ErrorKind::connection_lost);
    EXPECT_EQ(of("28000", 18456, "Login failed for user 'app'."), ErrorKind::other);
    EXPECT_EQ(of("01000", 0, "Can't open lib 'x' : file not found"), ErrorKind::other);
}

TEST(OdbcDiagnostics, NameTheConstraint) {
    EXPECT_EQ(odbc::constraint_in("Violation of UNIQUE KEY constraint 'uq_users_email'. Cannot insert duplicate key in "
                                  "object 'dbo.Users'. The duplicate key value is (username@example.com)."),
              "uq_users_email");
    EXPECT_EQ(odbc::constraint_in("Cannot insert duplicate key row in object 'dbo.Users' with unique index "
                                  "'uq_users_username'. The duplicate key value is (email)."),
              "uq_users_username");
    EXPECT_EQ(odbc::constraint_in("ERROR: duplicate key value violates unique constraint \"uq_users_email\";"),
              "uq_users_email");
}

// -- Against PostgreSQL itself

class Odbc : public testing::Test {
protected:
    void SetUp() override {
        if (postgres_for_tests().empty()) {
            GTEST_SKIP() << "NASSAQ_TEST_POSTGRES names no PostgreSQL";
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
    const auto enter = [&] {
        database().transaction([&](Session& session) {
            session.lock("door");
            EXPECT_EQ(++inside, 1);
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
            --inside;
        });
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back(enter);
    }
}

TEST_F(Odbc, SeveralMayMigrateAtOnce) {
    TemporarySchema empty;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            Database database(empty.driver(), PoolOptions{.size = 1});
            EXPECT_NO_THROW(migrate(database));
            EXPECT_TRUE(pending_migrations(database).empty());
        });
    }
    threads.clear();
    Database database(empty.driver(), PoolOptions{.size = 1});
    EXPECT_EQ(database.read([](Session& session) { return session.get<int>("SELECT COUNT(*) FROM Schema_Version"); }),
              1);
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
