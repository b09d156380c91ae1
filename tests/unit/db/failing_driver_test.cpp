#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "db/dialect.hpp"
#include "db/odbc.hpp"
#include "server_database.hpp"
#include "temporary_database.hpp"

/// What a server, or the network before it, does wrong: psqlODBC on a real PostgreSQL, through a driver that fails as
/// it is told (tests/odbc/failing_driver.cpp), which can also say that it is SQL Server.
namespace nassaq::db {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds statement_timeout{1};
/// A call that gets no answer is given up 5 s after its time, and looked at every half second; the rest is the
/// machine's.
constexpr std::chrono::seconds longest_call = statement_timeout + 8s;

/// As SQL Server's drivers write it.
std::string number(int native) {
    return "HY000\t" + std::to_string(native) + "\t[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]as told";
}

class FailingDriver : public TemporaryDatabase, public testing::WithParamInterface<Dialect> {
protected:
    void SetUp() override {
        if (postgres_for_tests().empty()) {
            GTEST_SKIP() << "NASSAQ_TEST_POSTGRES names no PostgreSQL";
        }
        schema_ = std::make_unique<TemporarySchema>();
        Database(schema_->driver(), PoolOptions{.size = 1}).transaction([](Session& session) {
            session.run_script("CREATE TABLE Things (id INTEGER PRIMARY KEY);");
        });
        follow("");
        opened_ = std::make_unique<Database>(make_odbc_driver(options()), pool_options());
    }

    /// From now on these rules hold.
    void follow(const std::string& rules) {
        const std::string fresh = script() + ".new";
        std::ofstream(fresh) << rules << '\n';
        std::filesystem::rename(fresh, script());
    }

    [[nodiscard]] OdbcOptions options() const {
        OdbcOptions options = schema_->options();
        const std::string psqlodbc = "Driver=PostgreSQL Unicode";
        options.connection_string.replace(options.connection_string.find(psqlodbc), psqlodbc.size(),
                                          "Driver=" NASSAQ_FAILING_DRIVER);
        options.connection_string += "FailingScript=" + script() + ";";
        if (GetParam() == Dialect::mssql) {
            options.connection_string += "AnswersAs=SQL Server;";
        }
        options.statement_timeout = statement_timeout;
        options.connect_timeout = 2s;
        return options;
    }
    static PoolOptions pool_options() { return {.size = 4, .patience = 5s, .outage_patience = 20s}; }

    Database& database() { return *opened_; }

    /// @return how often it was run.
    int insert(int id) {
        int runs = 0;
        database().transaction([&](Session& session) {
            ++runs;
            session.execute("INSERT INTO Things (id) VALUES (?)", id);
        });
        return runs;
    }

    /// Past the driver.
    std::vector<int> things() {
        return Database(schema_->driver(), PoolOptions{.size = 1}).read([](Session& session) {
            return session.query<int>("SELECT id FROM Things ORDER BY id");
        });
    }

    int backend() {
        return database().read([](Session& session) { return session.get<int>("SELECT pg_backend_pid()"); });
    }

    /// How often a rule was carried out.
    [[nodiscard]] std::size_t times_met() const {
        std::ifstream stream(script() + ".met");
        std::size_t lines = 0;
        for (std::string line; std::getline(stream, line);) {
            ++lines;
        }
        return lines;
    }

    /// Too long idle to be trusted, so that it will be asked whether it is there.
    static void let_connections_idle() { std::this_thread::sleep_for(1100ms); }

private:
    [[nodiscard]] std::string script() const { return file().string() + ".script"; }

    std::unique_ptr<TemporarySchema> schema_;
    std::unique_ptr<Database> opened_;
};

class FailingDriverOfSqlServer : public FailingDriver {};
class FailingDriverOfPostgres : public FailingDriver {};

INSTANTIATE_TEST_SUITE_P(Each, FailingDriver, testing::Values(Dialect::postgres, Dialect::mssql),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });
INSTANTIATE_TEST_SUITE_P(One, FailingDriverOfSqlServer, testing::Values(Dialect::mssql));
INSTANTIATE_TEST_SUITE_P(One, FailingDriverOfPostgres, testing::Values(Dialect::postgres));

std::chrono::duration<double> time_of(const std::function<void()>& action) {
    const auto begin = Clock::now();
    action();
    return Clock::now() - begin;
}

TEST_P(FailingDriver, WhatOthersHaveUndoneIsRunAgain) {
    for (const int native : {1205, 3960}) {
        follow("execute\tINSERT\t0\t1\tfail\t" + number(native));
        EXPECT_EQ(insert(native), 2) << native;
    }
    EXPECT_EQ(things(), (std::vector<int>{1205, 3960}));
}

TEST_P(FailingDriver, AThrottledDatabaseIsLeftAlone) {
    const int pid = backend();
    for (const int native : {701, 8645, 8651, 10928, 10929, 10936, 40501, 40549, 40550, 40553}) {
        follow("execute\tINSERT\t0\t0\tfail\t" + number(native));
        EXPECT_EQ(kind_thrown_by([&] { insert(native); }), ErrorKind::throttled) << native;
    }
    EXPECT_EQ(times_met(), 10U) << "something was run again";
    EXPECT_EQ(backend(), pid) << "the connection was given up";
}

TEST_P(FailingDriver, AFullDatabaseIsTold) {
    const int pid = backend();
    for (const int native : {1101, 1105, 9002, 40544, 40551, 40552}) {
        follow("execute\tINSERT\t0\t0\tfail\t" + number(native));
        EXPECT_EQ(kind_thrown_by([&] { insert(native); }), ErrorKind::full) << native;
    }
    follow("execute\tINSERT\t0\t0\tfail\t53100\t1\tERROR: could not extend file: No space left on device");
    EXPECT_EQ(kind_thrown_by([&] { insert(1); }), ErrorKind::full);
    EXPECT_EQ(times_met(), 7U) << "something was run again";
    EXPECT_EQ(backend(), pid) << "the connection was given up";
}

TEST_P(FailingDriver, LocksThatAreNotToBeHadAreBusy) {
    const int pid = backend();
    for (const int native : {1204, 1222}) {
        follow("execute\tINSERT\t0\t0\tfail\t" + number(native));
        EXPECT_EQ(kind_thrown_by([&] { insert(native); }), ErrorKind::busy) << native;
    }
    EXPECT_EQ(backend(), pid) << "the connection was given up";
}

TEST_P(FailingDriver, AConnectionThatLeadsToAReadOnlyDatabaseIsReplaced) {
    const int pid = backend();
    follow("execute\tINSERT\t0\t1\tfail\t" + number(3906));
    EXPECT_EQ(insert(1), 2);
    EXPECT_NE(backend(), pid);
    const int second = backend();
    follow("execute\tINSERT\t0\t1\tfail\t25006\t1\tERROR: cannot execute INSERT in a read-only transaction");
    EXPECT_EQ(insert(2), 2);
    EXPECT_NE(backend(), second);
    EXPECT_EQ(things(), (std::vector<int>{1, 2}));
}

TEST_P(FailingDriver, ADatabaseThatIsAwayIsWaitedFor) {
    for (const int native : {921, 983, 40613}) {
        follow("execute\tINSERT\t0\t1\tfail\t" + number(native) + "\nconnect\t\t0\t1\tfail\t" + number(native));
        EXPECT_EQ(insert(native), 2) << native;
    }
    EXPECT_EQ(things().size(), 3U);
}

TEST_P(FailingDriver, OneThatCannotBeOpenedIsAwayAndAWrongPasswordIsNot) {
    const std::string refused = "28000\t18456\t[FreeTDS][SQL Server]Login failed for user 'nassaq'.";
    const std::string unopened = "42000\t4060\t[FreeTDS][SQL Server]Cannot open database \"nassaq\".";
    follow("connect\t\t0\t0\tfail\t" + unopened + "\t" + refused);
    EXPECT_EQ(kind_thrown_by([&] { make_odbc_driver(options()); }), ErrorKind::connection_lost);
    follow("connect\t\t0\t0\tfail\t" + refused + "\t" + unopened);
    EXPECT_EQ(kind_thrown_by([&] { make_odbc_driver(options()); }), ErrorKind::connection_lost);
    follow("connect\t\t0\t0\tfail\t" + refused);
    EXPECT_EQ(kind_thrown_by([&] { make_odbc_driver(options()); }), ErrorKind::other);
    follow("connect\t\t0\t0\tfail\t" + number(10928));
    EXPECT_EQ(kind_thrown_by([&] { make_odbc_driver(options()); }), ErrorKind::throttled);
}

/// Whether it was done is not known, so it is neither run again nor taken for done.
TEST_P(FailingDriver, ACommitWithoutAnAnswerIsNotRepeated) {
    follow("commit\tINSERT\t0\t1\tlose-answer");
    EXPECT_EQ(kind_thrown_by([&] { insert(1); }), ErrorKind::connection_lost);
    follow("commit\tINSERT\t0\t1\tlose");
    EXPECT_EQ(kind_thrown_by([&] { insert(2); }), ErrorKind::connection_lost);
    follow("commit\tINSERT\t0\t1\tfail\t" + number(9002));
    EXPECT_EQ(kind_thrown_by([&] { insert(3); }), ErrorKind::connection_lost);
    follow("commit\tINSERT\t0\t1\tcut");
    EXPECT_EQ(kind_thrown_by([&] { insert(4); }), ErrorKind::connection_lost);
    follow("");
    EXPECT_EQ(insert(5), 1);
    EXPECT_EQ(things(), (std::vector<int>{1, 5}));
}

TEST_P(FailingDriver, ACommitThatHangsFreesItsThread) {
    follow("commit\tINSERT\t0\t1\thang-answer");
    const auto time = time_of([&] { EXPECT_EQ(kind_thrown_by([&] { insert(1); }), ErrorKind::connection_lost); });
    EXPECT_LT(time, longest_call);
    EXPECT_EQ(insert(2), 1);
    EXPECT_EQ(things(), (std::vector<int>{1, 2}));
}

TEST_P(FailingDriver, ABeginOrStatementThatHangsFreesItsThread) {
    follow("execute\tINSERT\t0\t1\thang");
    const auto time = time_of([&] { EXPECT_EQ(insert(1), 2); });  // Nothing was done, for certain.
    EXPECT_LT(time, longest_call);
    follow("begin\t\t0\t1\thang");
    const auto time_of_begin = time_of([&] { EXPECT_EQ(insert(2), 1); });
    EXPECT_LT(time_of_begin, longest_call);
}

/// SQL Server's drivers count the time of a statement themselves, also of BEGIN and COMMIT.
TEST_P(FailingDriverOfSqlServer, ACommitHasTheTimeOfAStatement) {
    follow("commit\tINSERT\t0\t1\tslow");
    const auto time = time_of([&] { EXPECT_EQ(kind_thrown_by([&] { insert(1); }), ErrorKind::connection_lost); });
    EXPECT_LT(time, statement_timeout + 2s);
    follow("begin\t\t0\t1\tslow");
    EXPECT_EQ(kind_thrown_by([&] { insert(1); }), ErrorKind::timeout);
    EXPECT_EQ(insert(2), 1);
    EXPECT_EQ(things(), (std::vector<int>{2}));
}

/// A further round trip would not come through.
TEST_P(FailingDriverOfSqlServer, AConnectionIsSetUpInOneRoundTrip) {
    follow("execute\tSET \t1\t0\tfail\t" + number(40613));
    EXPECT_NO_THROW(make_odbc_driver(options()));
    EXPECT_EQ(times_met(), 0U);
}

/// Such an option is on: what others want is asked for by itself then.
TEST_P(FailingDriverOfSqlServer, AnOptionThatTheServerDoesNotKnowIsPassedOver) {
    constexpr int unknown_option = 195;
    follow("execute\tSET ANSI_PADDING\t0\t0\tfail\t" + number(unknown_option));
    EXPECT_NO_THROW(make_odbc_driver(options()));
    EXPECT_EQ(times_met(), 2U) << "all together, and by itself";
}

TEST_P(FailingDriver, AConnectionThatIsAskedAnswersWithinSecondsOrIsReplaced) {
    const int pid = backend();
    let_connections_idle();
    follow("execute\tSELECT 1\t0\t1\thang");
    int found = pid;
    EXPECT_LT(time_of([&] { found = backend(); }), 5s);
    EXPECT_NE(found, pid);
    EXPECT_EQ(times_met(), 1U);
}

/// All connections swallow what they are sent, and so do new ones. Nobody waits for the attempts of the others.
TEST_P(FailingDriver, ABlackHoleHoldsNoThreadForLong) {
    constexpr int threads = 4;
    const auto read_with_all = [&] {
        std::vector<std::future<ErrorKind>> readers;
        for (int i = 0; i < threads; ++i) {
            readers.push_back(std::async(std::launch::async, [&] {
                try {
                    database().read(
                        [](Session& session) { session.query<double>("SELECT random() FROM pg_sleep(.2)"); });
                    return ErrorKind::stopped;
                } catch (const Error& error) {
                    return error.kind();
                }
            }));
        }
        std::vector<ErrorKind> kinds;
        for (auto& reader : readers) {
            kinds.push_back(reader.get());
        }
        return kinds;
    };
    EXPECT_EQ(read_with_all(), std::vector<ErrorKind>(threads, ErrorKind::stopped));  // Opens all connections.
    let_connections_idle();
    follow("connect\t\t0\t0\thang\nany\t\t0\t0\thang");
    const auto time = time_of([&] { read_with_all(); });
    EXPECT_LT(time, 3s + pool_options().outage_patience + 5s);
    follow("");
    // Who comes before the next attempt to connect is refused at once.
    const auto healed = Clock::now();
    while (read_with_all() != std::vector<ErrorKind>(threads, ErrorKind::stopped) && Clock::now() < healed + 20s) {
        std::this_thread::sleep_for(100ms);
    }
    EXPECT_LT(Clock::now() - healed, 10s);
    EXPECT_EQ(database().statistics().in_use, 0U);
}

TEST_P(FailingDriver, WhoeverFindsNoConnectionDoesNotQueueForTheAttemptsOfOthers) {
    Database database(make_odbc_driver(options()), PoolOptions{.size = 4, .patience = 500ms, .outage_patience = 0ms});
    const auto held = [&](Session& session) {
        session.get<int>("SELECT 1");
        follow("connect\t\t0\t0\thang");
        std::vector<std::future<std::chrono::duration<double>>> waiting;
        for (int i = 0; i < 3; ++i) {
            waiting.push_back(std::async(std::launch::async, [&] {
                return time_of(
                    [&] { EXPECT_THROW(database.read([](Session& other) { other.get<int>("SELECT 1"); }), Error); });
            }));
        }
        for (auto& one : waiting) {
            EXPECT_LT(one.get(), 3s);  // An attempt takes two seconds.
        }
    };
    database.read(held);
}

TEST_P(FailingDriverOfPostgres, OneWhoseOtherPartsFailIsNotTakenForDone) {
    const auto driver = make_odbc_driver(options());
    const auto connection = driver->connect(Access::read_write);
    // Of a simple query each part has a result; the error comes behind the rows of the first.
    Statement& statement = connection->prepare("SELECT 1; SELECT 1 / 0");
    EXPECT_EQ(kind_thrown_by([&] {
                  statement.execute({});
                  while (statement.next()) {
                  }
              }),
              ErrorKind::other);
    statement.reset();
    Statement& next = connection->prepare("SELECT 7");
    next.execute({});
    EXPECT_TRUE(next.next());
    EXPECT_EQ(next.integer(0), 7);
    next.reset();
}

class PostgresLocks : public PostgresTest {};

TEST_F(PostgresLocks, AreWaitedForAWhileAndThenTheConnectionIsKept) {
    const TemporarySchema schema;
    Database database(schema.driver(), PoolOptions{.size = 2});
    EXPECT_EQ(database.read([](Session& session) { return session.get<std::string>("SHOW lock_timeout"); }), "18s");
    database.transaction([&](Session& holder) {
        holder.lock("door");
        int pid = 0;
        EXPECT_EQ(kind_thrown_by([&] {
                      database.transaction([&](Session& session) {
                          pid = session.get<int>("SELECT pg_backend_pid()");
                          session.execute("SET LOCAL lock_timeout = '200ms'");
                          session.lock("door");
                      });
                  }),
                  ErrorKind::busy);
        EXPECT_EQ(database.read([](Session& session) { return session.get<int>("SELECT pg_backend_pid()"); }), pid);
    });
}

}  // namespace
}  // namespace nassaq::db
