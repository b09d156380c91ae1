#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/dialect.hpp"
#include "db/migration_files.hpp"
#include "db/odbc_connection.hpp"
#include "db/odbc_diagnostics.hpp"
#include "db/odbc_statement.hpp"
#include "db/script.hpp"
#include "db/session.hpp"

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
    EXPECT_EQ(binding_of(std::string_view(letters), Dialect::mssql, OdbcDriver::microsoft),
              (Binding{SQL_C_CHAR, SQL_WVARCHAR, 0}));
    EXPECT_EQ(binding_of(std::string_view("نسّق"), Dialect::mssql, OdbcDriver::microsoft),
              (Binding{SQL_C_CHAR, SQL_WVARCHAR, 4'000}));
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
    void lock(std::span<const Lock> /*locks*/) override {}
    std::optional<LockBatch> lock_batch(std::span<const Lock> locks) override {
        return LockBatch{.sql = fmt::format("LOCK {} ?; ", locks.front().name), .texts = {}, .parameters = {1}};
    }
    void begin() override {}
    void commit() override {}
    void rollback() noexcept override {}
    std::unique_ptr<Interruption> interrupt_on(std::stop_token /*stop*/) override { return nullptr; }
    bool is_alive() noexcept override { return true; }
    bool ping() noexcept override { return true; }

    std::vector<std::string> prepared;
};

TEST(TransactSql, OfWhatTheSessionWrites) {
    RecordingConnection connection;
    Session session(connection, Dialect::mssql);
    EXPECT_THROW(session.insert("Users", "user_id", {{"username", "a"}, {"email", "b"}}), Error);
    EXPECT_THROW(session.query_page<std::string>("SELECT a FROM b WHERE c = ? ORDER BY a", {.limit = 5}, 1), Error);
    EXPECT_THROW(session.lock_and_find<std::string>({{.name = "door"}}, "SELECT a FROM b WHERE c = ?", 1), Error);
    EXPECT_THROW(session.lock_and_find<std::string>({}, "SELECT a FROM b", 1), Error);
    EXPECT_EQ(connection.prepared,
              (std::vector<std::string>{"INSERT INTO Users (username, email) OUTPUT INSERTED.user_id VALUES (?, ?)",
                                        "SELECT a FROM b WHERE c = ? ORDER BY a OFFSET ? ROWS FETCH NEXT ? ROWS ONLY",
                                        "LOCK door ?; SELECT a FROM b WHERE c = ?", "SELECT a FROM b"}));
}

TEST(TransactSql, OfTheDialect) {
    EXPECT_EQ(equals_ignoring_case(Dialect::mssql, "email"), "email = ?");
    EXPECT_EQ(in_code_point_order(Dialect::mssql, "full_path"), "full_path COLLATE Latin1_General_BIN2");
    EXPECT_EQ(last_character(Dialect::mssql), "\xEF\xBF\xBF");
}

/// What stands between parentheses may have commas: those of a function's arguments.
std::string without_parentheses(std::string_view sql) {
    std::string outside;
    int depth = 0;
    for (const char c : sql) {
        depth += c == '(' ? 1 : 0;
        if (depth == 0) {
            outside.push_back(c);
        }
        depth -= c == ')' ? 1 : 0;
    }
    return outside;
}

TEST(TransactSql, OfTheMigrationsIsWhatEveryServerHas) {
    std::size_t statements = 0;
    for (const MigrationFile& file : migration_files()) {
        if (file.dialect != Dialect::mssql) {
            continue;
        }
        for (const std::string_view statement : split_script(file.migration.script)) {
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
                EXPECT_EQ(without_parentheses(text.substr(add)).find(','), std::string::npos) << text;
            }
        }
    }
    EXPECT_GT(statements, 50U);
}

std::string without_line_breaks(std::string_view sql) {
    std::string line(sql);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

/// Of tables that have been somebody's before they are ours: whoever writes into one waits for its index to be made.
bool makes_index_of_large_table(const std::string& statement) {
    constexpr std::array tables{"Documents", "Processing_Status", "Ocr_Results", "Logs"};
    return statement.find(" INDEX ") != std::string::npos && std::ranges::any_of(tables, [&](std::string_view table) {
               return statement.find(fmt::format(" ON {} ", table)) != std::string::npos;
           });
}

TEST(Migrations, MakeIndexesOfLargeTablesBesideThoseWhoWrite) {
    std::size_t beside_others = 0;
    for (const auto& [dialect, migration] : migration_files()) {
        if (dialect == Dialect::sqlite) {
            continue;  // Which has one writer, and nobody who writes meanwhile.
        }
        const bool is_outside = migration.script.starts_with("-- Outside of a transaction");
        const std::string_view words = dialect == Dialect::mssql ? "WITH (ONLINE = ON)" : "INDEX CONCURRENTLY ";
        for (const std::string_view part : split_script(migration.script)) {
            const std::string statement = without_line_breaks(part);
            if (is_outside && statement.find(" INDEX ") != std::string::npos) {
                EXPECT_NE(statement.find(words), std::string::npos) << migration.name << ": " << statement;
                ++beside_others;
            } else {
                EXPECT_FALSE(makes_index_of_large_table(statement)) << migration.name << ": " << statement;
            }
        }
    }
    EXPECT_GT(beside_others, 20U);
}

/// What goes by a foreign key, or with a transaction that has many words, is not bounded by us.
TEST(TransactSql, OfTheMigrationsKeepsLocksFromBecomingThoseOfWholeTables) {
    std::string scripts;
    for (const auto& [dialect, migration] : migration_files()) {
        scripts += dialect == Dialect::mssql ? migration.script : std::string_view();
    }
    for (const std::string_view table : {"Search_Words", "Search_Trigrams", "Document_Events"}) {
        const std::string set = fmt::format("\nALTER TABLE {} SET (LOCK_ESCALATION = DISABLE);", table);
        EXPECT_NE(scripts.find(set), std::string::npos) << set;
    }
}

TEST(OdbcScript, IsSplitAtTheEndsOfStatements) {
    EXPECT_EQ(split_script("A;\nB\n  c; d;\n"), (std::vector<std::string_view>{"A", "\nB\n  c; d"}));
    EXPECT_EQ(split_script("DO $$\nx;\ny;\n$$;\nB;"), (std::vector<std::string_view>{"DO $$\nx;\ny;\n$$", "\nB"}));
    EXPECT_TRUE(split_script("\n").empty());
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
    EXPECT_EQ(of_mssql(102), ErrorKind::other);
    for (const int away : {921, 922, 976, 983, 3906, 4060, 4221, 6005, 18401, 40143, 40197, 40540, 40613, 42108, 42109,
                           49918, 49919, 49920}) {
        EXPECT_EQ(of_mssql(away), ErrorKind::connection_lost) << away;
    }
    for (const int throttled : {701, 8645, 8651, 10928, 10929, 10936, 40501, 40549, 40550, 40553}) {
        EXPECT_EQ(of_mssql(throttled), ErrorKind::throttled) << throttled;
    }
    for (const int full : {1101, 1105, 9002, 40544, 40551, 40552}) {
        EXPECT_EQ(of_mssql(full), ErrorKind::full) << full;
    }
    EXPECT_EQ(of_mssql(1204), ErrorKind::busy);
    EXPECT_EQ(of_mssql(1222), ErrorKind::busy);
    const auto of_state = [](std::string state) {
        return odbc::kind_of({{.state = std::move(state), .native = 1, .message = ""}}, Dialect::postgres);
    };
    EXPECT_EQ(of_state("23505"), ErrorKind::unique_violation);
    EXPECT_EQ(of_state("40P01"), ErrorKind::deadlock);
    EXPECT_EQ(of_state("57P01"), ErrorKind::connection_lost);
    EXPECT_EQ(of_state("08S01"), ErrorKind::connection_lost);
    EXPECT_EQ(of_state("57014"), ErrorKind::timeout);
    EXPECT_EQ(of_state("42601"), ErrorKind::other);
    EXPECT_EQ(of_state("57P03"), ErrorKind::connection_lost);
    EXPECT_EQ(of_state("25006"), ErrorKind::connection_lost);
    EXPECT_EQ(of_state("53100"), ErrorKind::full);
    EXPECT_EQ(of_state("53200"), ErrorKind::throttled);
    EXPECT_EQ(of_state("55P03"), ErrorKind::busy);
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
    EXPECT_EQ(of("HY000", 40501, "The service is currently busy."), ErrorKind::throttled);
    for (const char* state : {"08001", "42000"}) {  // psqlODBC's, and that of a server that speaks T-SQL.
        for (const char* words :
             {"starting up", "not yet accepting connections", "shutting down", "in recovery mode"}) {
            EXPECT_EQ(of(state, 1, std::string("FATAL:  the database system is ") + words), ErrorKind::connection_lost);
        }
    }
}

TEST(OdbcDiagnostics, OfConnectingTellADatabaseThatIsAwayFromAWrongPassword) {
    const Diagnostic unopened{.state = "42000", .native = 4060, .message = "Cannot open database \"nassaq\"."};
    const Diagnostic refused{.state = "28000", .native = 18456, .message = "Login failed for user 'app'."};
    const Diagnostic adaptive{.state = "08001", .native = 20002, .message = "Adaptive Server connection failed"};
    EXPECT_EQ(odbc::kind_of_connect({unopened, refused}), ErrorKind::connection_lost);
    EXPECT_EQ(odbc::kind_of_connect({refused, unopened}), ErrorKind::connection_lost);
    EXPECT_EQ(odbc::kind_of_connect({refused, adaptive}), ErrorKind::other);
    EXPECT_EQ(odbc::kind_of_connect({adaptive, refused}), ErrorKind::other);
}

/// The number is that of who wrote the message: PostgreSQL's driver has numbers of its own.
TEST(OdbcDiagnostics, OfSqlServerAreToldByItsDriversWords) {
    const auto of = [](std::string message) {
        return odbc::kind_of({{.state = "HY000", .native = 40501, .message = std::move(message)}}, Dialect::postgres);
    };
    EXPECT_EQ(of("[FreeTDS][SQL Server]The service is currently busy."), ErrorKind::throttled);
    EXPECT_EQ(of("[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]busy"), ErrorKind::throttled);
    EXPECT_EQ(of("ERROR: busy"), ErrorKind::other);
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

}  // namespace
}  // namespace nassaq::db
