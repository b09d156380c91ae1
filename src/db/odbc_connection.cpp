#include "db/odbc_connection.hpp"

#include <fmt/format.h>
#include <sqlucode.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <iterator>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/text.hpp"
#include "db/connection_string.hpp"
#include "db/execution.hpp"
#include "db/odbc_diagnostics.hpp"
#include "db/script.hpp"

namespace nassaq::db::odbc {
namespace {

/// A lock is waited for so long, less than a statement may take: who waits in vain is told that it is busy, and the
/// connection stays.
constexpr std::chrono::seconds lock_timeout{18};
/// After its time a statement is ended by the server; only when not even that comes back the connection is given up.
constexpr std::chrono::seconds answer_delay{5};
/// A database that takes longer to say that it is there is none to wait for.
constexpr std::chrono::seconds ping_limit{3};

/// Locks are of the whole database or server, where others may have some, too.
std::string lock_resource(std::string_view name) {
    return "nassaq " + std::string(name);
}

std::string lock_expression(bool is_shared) {
    return fmt::format("pg_advisory_xact_lock{}(hashtextextended(?, 0))", is_shared ? "_shared" : "");
}

/// learn.microsoft.com, "sp_getapplock (Transact-SQL)". In a batch that declares @result.
std::string lock_statement(std::string_view mode) {
    return fmt::format(
        "EXEC @result = sp_getapplock @Resource = ?, @LockMode = '{}', @LockOwner = 'Transaction', @LockTimeout = ?; "
        "IF @result = -3 THROW {}, N'chosen as the victim of a deadlock of locks', 1; "
        "IF @result < 0 THROW {}, N'a lock was not to be had', 1",
        mode, deadlock_of_locks, lock_timed_out);
}

/// The first that waits for a lock, which all those behind it that want one share.
auto find_locked(std::span<const Write> writes) {
    return std::ranges::find_if(writes, [](const Write& write) { return !write.lock_name.empty(); });
}

/// PostgreSQL's manual, 7.8.4: statements of a WITH see the database as it was before all of them. That there is the
/// lock is looked at before a statement's first row.
std::string as_one_statement(std::span<const Write> writes) {
    std::vector<std::string> parts;
    if (find_locked(writes) != writes.end()) {
        parts.push_back(fmt::format("lock AS MATERIALIZED (SELECT {})", lock_expression(false)));
    }
    std::string last;
    for (const Write& write : writes) {
        const std::string sql =
            fmt::format("{}{}", write.sql, write.lock_name.empty() ? "" : " AND EXISTS (SELECT 1 FROM lock)");
        if (&write == &writes.back()) {
            last = sql;
        } else {
            parts.push_back(fmt::format("write_{} AS ({})", parts.size(), sql));
        }
    }
    return parts.empty() ? last : fmt::format("WITH {} {}", fmt::join(parts, ", "), last);
}

/// In their order, the lock right before who wants it: others wait for it no longer than they must.
std::string as_batch(std::span<const Write> writes) {
    const auto locked = find_locked(writes);
    std::vector<std::string> parts;
    for (auto write = writes.begin(); write != writes.end(); ++write) {
        if (write == locked) {
            parts.push_back(fmt::format("DECLARE @result INT; {}", lock_statement("Exclusive")));
        }
        parts.emplace_back(write->sql);
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

/// Of a COMMIT that failed: a victim of others, or rows that a constraint refuses at the end. All else may have been
/// done.
bool is_certainly_undone(ErrorKind kind) {
    return kind == ErrorKind::deadlock || kind == ErrorKind::unique_violation ||
           kind == ErrorKind::foreign_key_violation || kind == ErrorKind::not_null_violation;
}

}  // namespace

/// A thread of its own, since to cancel is a question to the server: who asks for the stop must not wait for it.
class OdbcInterruption final : public Interruption {
public:
    OdbcInterruption(OdbcConnection& connection, std::stop_token stop)
        : thread_([&connection, stop = std::move(stop)](const std::stop_token& over) {
              wait_for_stop(stop, over);
              while (!over.stop_requested()) {
                  connection.cancel_running();
                  std::this_thread::sleep_for(until_next_cancel);  // What begins next is to end, too.
              }
          }) {}
    OdbcInterruption(const OdbcInterruption&) = delete;
    OdbcInterruption& operator=(const OdbcInterruption&) = delete;
    ~OdbcInterruption() override = default;

private:
    static constexpr std::chrono::milliseconds until_next_cancel{20};

    static void wait_for_stop(const std::stop_token& stop, const std::stop_token& over) {
        std::mutex mutex;
        std::condition_variable_any changed;
        const std::stop_callback wake(stop, [&] {
            const std::scoped_lock lock(mutex);
            changed.notify_all();
        });
        std::unique_lock lock(mutex);
        changed.wait(lock, over, [&] { return stop.stop_requested(); });
    }

    std::jthread thread_;
};

/// Outside of a transaction the limits of time do not come back by themselves.
class OdbcConnection::WithoutLimits {
public:
    explicit WithoutLimits(OdbcConnection& connection) : connection_(connection) { connection_.lift_limits("SET"); }
    WithoutLimits(const WithoutLimits&) = delete;
    WithoutLimits& operator=(const WithoutLimits&) = delete;
    ~WithoutLimits() {
        try {
            connection_.set_limits();
        } catch (const std::exception&) {
            connection_.is_broken_ = true;
        }
    }

private:
    OdbcConnection& connection_;
};

OdbcConnection::OdbcConnection(SQLHENV environment, const OdbcOptions& options, SocketWatch& watch)
    : handle_(environment), statement_timeout_(options.statement_timeout) {
    connect(options, watch);
    try {
        find_product();
        prepare_session(options.statement_timeout);
    } catch (...) {
        socket_.reset();
        SQLDisconnect(handle_.get());
        throw;
    }
}

OdbcConnection::~OdbcConnection() {
    if (is_broken_ && socket_) {
        socket_->end();  // The driver would say good-bye for each of its statements, to nobody.
    }
    {
        const WatchedCall call = watched_call();
        statements_.clear();
    }
    if (is_connected_) {
        rollback();  // Or the driver refuses to disconnect.
        socket_.reset();
        SQLDisconnect(handle_.get());
    }
}

void OdbcConnection::connect(const OdbcOptions& options, SocketWatch& watch) {
    const auto string = ConnectionString::parse(options.connection_string);
    const auto port = string ? port_of(*string) : std::nullopt;
    const int fd = watch.find_socket(port, [&] { connect_by_driver(options); });
    if (fd >= 0) {
        socket_.emplace(watch, fd);
    }
}

std::chrono::seconds OdbcConnection::time_limit() const {
    return has_no_limit_ ? std::chrono::seconds{0} : statement_timeout_;
}

std::chrono::seconds OdbcConnection::patience() const {
    const std::chrono::seconds limit = time_limit();
    return limit.count() > 0 ? limit + answer_delay : limit;
}

WatchedCall OdbcConnection::watch_for(std::chrono::seconds patience) {
    return {socket_ ? &*socket_ : nullptr, patience};
}

WatchedCall OdbcConnection::watched_call() {
    return watch_for(patience());
}

void OdbcConnection::connect_by_driver(const OdbcOptions& options) {
    SQLSetConnectAttr(handle_.get(), SQL_ATTR_LOGIN_TIMEOUT, as_pointer(options.connect_timeout.count()), 0);
    // In UTF-16, because unixODBC would take a password in UTF-8 for one in Latin-1.
    std::u16string string = text::to_utf16_string(options.connection_string);
    static_assert(sizeof(SQLWCHAR) == sizeof(char16_t));
    const SQLRETURN result =
        SQLDriverConnectW(handle_.get(), nullptr, reinterpret_cast<SQLWCHAR*>(string.data()),
                          static_cast<SQLSMALLINT>(string.size()), nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
    if (!SQL_SUCCEEDED(result)) {
        const auto diagnostics = diagnostics_of(SQL_HANDLE_DBC, handle_.get());
        throw Error(kind_of_connect(diagnostics), describe("cannot connect to the database", diagnostics));
    }
    is_connected_ = true;
}

void OdbcConnection::find_product() {
    driver_ = known_driver(info(SQL_DRIVER_NAME));
    const std::string product = info(SQL_DBMS_NAME);
    if (product.find("PostgreSQL") != std::string::npos) {
        dialect_ = Dialect::postgres;
    } else if (product.find("SQL Server") != std::string::npos) {
        dialect_ = Dialect::mssql;
    } else {
        throw Error(ErrorKind::other, "the database is neither SQL Server nor PostgreSQL, but '" + product + "'");
    }
}

/// Whatever the server's defaults are: text in UTF-8, times in UTC, and what an index on part of a table asks for.
void OdbcConnection::prepare_session(std::chrono::seconds statement_timeout) {
    if (dialect_ == Dialect::postgres) {
        run(fmt::format(
            "SET client_encoding TO 'UTF8'; SET TIME ZONE 'UTC'; "
            "SET default_transaction_isolation = 'read committed'; SET statement_timeout = {}; "
            "SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}",
            std::chrono::milliseconds(statement_timeout).count(), std::chrono::milliseconds(lock_timeout).count(),
            2 * std::chrono::milliseconds(statement_timeout).count()));
        return;
    }
    constexpr std::array options{"SET QUOTED_IDENTIFIER ON", "SET ANSI_NULLS ON", "SET ANSI_PADDING ON",
                                 "SET ANSI_WARNINGS ON", "SET CONCAT_NULL_YIELDS_NULL ON"};
    if (!takes(fmt::format("{}", fmt::join(options, "; ")))) {
        // A server that does not know an option has it on.
        std::ranges::for_each(options, [&](std::string_view option) { takes(option); });
    }
}

bool OdbcConnection::takes(std::string_view sql) {
    try {
        run(sql);
        return true;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::other) {
            throw;
        }
        return false;
    }
}

std::string OdbcConnection::info(SQLUSMALLINT type) {
    std::array<char, 256> value{};
    SQLSMALLINT length = 0;
    if (!SQL_SUCCEEDED(
            SQLGetInfo(handle_.get(), type, value.data(), static_cast<SQLSMALLINT>(value.size()), &length))) {
        fail(SQL_HANDLE_DBC, handle_.get(), "cannot ask the driver");
    }
    return value.data();
}

Statement& OdbcConnection::prepare(std::string_view sql) {
    if (OdbcStatement* const known = statements_.find(sql)) {
        return *known;
    }
    OdbcStatement& statement =
        statements_.add(sql, handle_.get(), sql, dialect_, driver_, static_cast<Failures&>(*this));
    statement.set_timeout(time_limit());
    return statement;
}

void OdbcConnection::run(std::string_view sql) {
    run(sql, time_limit(), patience());
}

void OdbcConnection::run(std::string_view sql, std::chrono::seconds limit, std::chrono::seconds patience) {
    const WatchedCall call = watch_for(patience);
    const Handle<SQL_HANDLE_STMT> statement(handle_.get());
    limit_time(statement.get(), dialect_, limit);
    std::string text(sql);
    SQLRETURN result =
        SQLExecDirect(statement.get(), reinterpret_cast<SQLCHAR*>(text.data()), static_cast<SQLINTEGER>(text.size()));
    while (SQL_SUCCEEDED(result)) {
        result = SQLMoreResults(statement.get());
    }
    if (result != SQL_NO_DATA) {
        fail(SQL_HANDLE_STMT, statement.get(), "cannot run: " + text);
    }
}

void OdbcConnection::run_script(std::string_view sql) {
    if (in_transaction_) {
        lift_limits("SET LOCAL");
        run_statements(sql);
        return;
    }
    const WithoutLimits without_limits(*this);
    run_statements(sql);
}

void OdbcConnection::run_statements(std::string_view script) {
    for (const std::string_view statement : split_script(script)) {
        run(statement);
    }
}

void OdbcConnection::lift_limits(std::string_view set) {
    if (dialect_ == Dialect::postgres && !has_no_limit_) {
        run(fmt::format("{0} statement_timeout = 0; {0} lock_timeout = 0", set));
    }
    has_no_limit_ = true;
}

void OdbcConnection::set_limits() {
    has_no_limit_ = false;
    if (dialect_ == Dialect::postgres) {
        run(fmt::format("SET statement_timeout = {}; SET lock_timeout = {}",
                        std::chrono::milliseconds(statement_timeout_).count(),
                        std::chrono::milliseconds(lock_timeout).count()));
    }
}

void OdbcConnection::lock(std::span<const Lock> locks) {
    if (const auto batch = lock_batch(locks)) {
        execute_to_the_end(prepare(batch->sql), batch->parameters);
        return;
    }
    std::vector<std::string> resources;
    std::ranges::transform(locks, std::back_inserter(resources),
                           [](const Lock& lock) { return lock_resource(lock.name); });
    const std::vector<Parameter> parameters(resources.begin(), resources.end());
    std::vector<std::string> parts;
    std::ranges::transform(locks, std::back_inserter(parts),
                           [](const Lock& lock) { return lock_expression(lock.mode == LockMode::shared); });
    execute_to_the_end(prepare(fmt::format("SELECT {}", fmt::join(parts, ", "))), parameters);
}

std::optional<LockBatch> OdbcConnection::lock_batch(std::span<const Lock> locks) {
    if (dialect_ != Dialect::mssql) {
        return std::nullopt;
    }
    LockBatch batch{.sql = "DECLARE @result INT; ", .texts = {}, .parameters = {}};
    batch.texts.reserve(locks.size());
    for (const Lock& lock : locks) {
        batch.sql += lock_statement(lock.mode == LockMode::shared ? "Shared" : "Exclusive") + "; ";
        batch.parameters.insert(
            batch.parameters.end(),
            {std::string_view(batch.texts.emplace_back(lock_resource(lock.name))), lock_patience()});
    }
    return batch;
}

void OdbcConnection::execute_together(std::span<const Write> writes) {
    const auto locked = find_locked(writes);
    const std::string resource = locked == writes.end() ? std::string() : lock_resource(locked->lock_name);
    std::vector<Parameter> parameters;
    if (!resource.empty() && dialect_ == Dialect::postgres) {
        parameters.emplace_back(std::string_view(resource));
    }
    for (auto write = writes.begin(); write != writes.end(); ++write) {
        if (write == locked && dialect_ == Dialect::mssql) {
            parameters.insert(parameters.end(), {std::string_view(resource), lock_patience()});
        }
        parameters.insert(parameters.end(), write->parameters.begin(), write->parameters.end());
    }
    Statement& statement = prepare(dialect_ == Dialect::postgres ? as_one_statement(writes) : as_batch(writes));
    execute_to_the_end(statement, parameters);
}

std::int64_t OdbcConnection::lock_patience() const {
    return has_no_limit_ ? -1 : std::chrono::duration_cast<std::chrono::milliseconds>(lock_timeout).count();
}

void OdbcConnection::set_autocommit(bool on) {
    const SQLULEN value = on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF;
    if (!SQL_SUCCEEDED(SQLSetConnectAttr(handle_.get(), SQL_ATTR_AUTOCOMMIT,
                                         as_pointer(static_cast<std::int64_t>(value)), SQL_IS_UINTEGER))) {
        fail(SQL_HANDLE_DBC, handle_.get(), "cannot begin or end a transaction");
    }
}

void OdbcConnection::end_transaction(SQLSMALLINT how) {
    const WatchedCall call = watched_call();
    if (!SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, handle_.get(), how))) {
        fail(SQL_HANDLE_DBC, handle_.get(), "cannot end a transaction");
    }
    set_autocommit(true);
}

/// In words to SQL Server: without autocommit its own driver begins a transaction only with the first statement that
/// touches a table, and a lock cannot be had before that.
void OdbcConnection::begin() {
    if (dialect_ == Dialect::mssql) {
        run("BEGIN TRANSACTION");
    } else {
        const WatchedCall call = watched_call();
        set_autocommit(false);
    }
    in_transaction_ = true;
    is_spoilt_ = false;
}

void OdbcConnection::commit() {
    if (is_spoilt_) {
        // PostgreSQL would roll back and call it a success.
        throw Error(ErrorKind::other, "a transaction in which a statement has failed cannot be committed");
    }
    try {
        if (dialect_ == Dialect::mssql) {
            run("COMMIT TRANSACTION");
        } else {
            end_transaction(SQL_COMMIT);
        }
    } catch (const Error& error) {
        is_broken_ = true;
        if (!is_certainly_undone(error.kind())) {
            throw Error(ErrorKind::connection_lost, error.what());
        }
        throw;
    }
    if (is_dead()) {  // A driver may say nothing when it loses the connection just then.
        is_broken_ = true;
        throw Error(ErrorKind::connection_lost, "the connection was lost at the commit");
    }
    in_transaction_ = false;
    has_no_limit_ = false;
}

void OdbcConnection::rollback() noexcept {
    if (!in_transaction_ || is_broken_) {
        return;
    }
    try {
        if (dialect_ == Dialect::mssql) {
            run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION");  // It has rolled back a deadlock's victim itself.
        } else {
            end_transaction(SQL_ROLLBACK);
        }
        in_transaction_ = false;
        has_no_limit_ = false;
        is_broken_ = is_dead();
    } catch (const std::exception&) {
        is_broken_ = true;
    }
}

std::unique_ptr<Interruption> OdbcConnection::interrupt_on(std::stop_token stop) {
    return stop.stop_possible() ? std::make_unique<OdbcInterruption>(*this, std::move(stop)) : nullptr;
}

void OdbcConnection::set_running(SQLHSTMT statement) {
    const std::scoped_lock lock(running_mutex_);
    running_ = statement;
}

void OdbcConnection::cancel_running() {
    const std::scoped_lock lock(running_mutex_);
    if (running_ != nullptr) {
        SQLCancel(running_);  // Where it fails, the statement's own limit of time ends it.
    }
}

bool OdbcConnection::is_dead() noexcept {
    SQLUINTEGER dead = SQL_CD_FALSE;
    return SQL_SUCCEEDED(SQLGetConnectAttr(handle_.get(), SQL_ATTR_CONNECTION_DEAD, &dead, sizeof dead, nullptr)) &&
           dead == SQL_CD_TRUE;
}

bool OdbcConnection::ping() noexcept {
    try {
        run("SELECT 1", ping_limit, ping_limit);
        return is_alive();
    } catch (const std::exception&) {
        is_broken_ = true;
        return false;
    }
}

void OdbcConnection::fail(SQLSMALLINT handle_type, SQLHANDLE handle, std::string_view what) {
    const auto diagnostics = diagnostics_of(handle_type, handle);
    ErrorKind kind = kind_of(diagnostics, dialect_);
    const bool is_refused_row = kind == ErrorKind::unique_violation || kind == ErrorKind::foreign_key_violation ||
                                kind == ErrorKind::not_null_violation || kind == ErrorKind::too_long;
    // SQL Server undoes only the statement then; what else it undoes, and what PostgreSQL does, is the transaction.
    is_spoilt_ = is_spoilt_ || dialect_ != Dialect::mssql || !is_refused_row;
    // A lost connection shows in many ways, and what ran out of time may have left anything behind.
    is_broken_ = is_broken_ || kind == ErrorKind::connection_lost || kind == ErrorKind::timeout || is_dead();
    // Azure SQL ends the sessions of those who take too much, who are to be told so.
    const bool is_told = kind == ErrorKind::timeout || kind == ErrorKind::throttled || kind == ErrorKind::full;
    if (is_broken_ && !is_told) {
        kind = ErrorKind::connection_lost;
    }
    throw Error(kind, describe(what, diagnostics),
                is_refused_row && !diagnostics.empty() ? constraint_in(diagnostics.front().message) : std::string());
}

}  // namespace nassaq::db::odbc
