#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "db/odbc.hpp"
#include "db/odbc_statement.hpp"
#include "db/socket_watch.hpp"
#include "db/statement_cache.hpp"

namespace nassaq::db::odbc {

class OdbcConnection final : public Connection, private Failures {
public:
    /// @throws Error
    /// @param watch  outlives the connection.
    OdbcConnection(SQLHENV environment, const OdbcOptions& options, SocketWatch& watch);
    OdbcConnection(const OdbcConnection&) = delete;
    OdbcConnection& operator=(const OdbcConnection&) = delete;
    ~OdbcConnection() override;

    Statement& prepare(std::string_view sql) override;
    void run_script(std::string_view sql) override;
    void lock(std::span<const Lock> locks) override;
    std::optional<LockBatch> lock_batch(std::span<const Lock> locks) override;
    void execute_together(std::span<const Write> writes) override;
    void begin() override;
    void commit() override;
    void rollback() noexcept override;
    std::unique_ptr<Interruption> interrupt_on(std::stop_token stop) override;
    bool is_alive() noexcept override { return !is_broken_ && !in_transaction_; }
    bool ping() noexcept override;
    [[nodiscard]] Dialect dialect() const { return dialect_; }

private:
    friend class OdbcInterruption;
    class WithoutLimits;
    /// Far more texts than the program has, but for its searches.
    static constexpr std::size_t most_statements = 1'000;

    [[noreturn]] void fail(SQLSMALLINT handle_type, SQLHANDLE handle, std::string_view what) override;
    void connect(const OdbcOptions& options, SocketWatch& watch);
    void connect_by_driver(const OdbcOptions& options);
    [[nodiscard]] WatchedCall watched_call() override;
    void set_running(SQLHSTMT statement) override;
    void cancel_running();
    void find_product();
    void prepare_session(std::chrono::seconds statement_timeout);
    void run(std::string_view sql);
    /// Runs it. @return false when the server refuses it.
    bool takes(std::string_view sql);
    void run_statements(std::string_view script);
    /// @param set  "SET", or "SET LOCAL" until the transaction ends.
    void lift_limits(std::string_view set);
    void set_limits();
    /// @param limit  of the statement, and `patience` of those who wait for its end; 0 is without one.
    void run(std::string_view sql, std::chrono::seconds limit, std::chrono::seconds patience);
    [[nodiscard]] std::chrono::seconds time_limit() const;  ///< Of a statement; 0 when there is none.
    [[nodiscard]] std::chrono::seconds patience() const;  ///< Of who waits for a statement's end; 0 is without an end.
    [[nodiscard]] WatchedCall watch_for(std::chrono::seconds patience);
    [[nodiscard]] std::int64_t lock_patience() const;  ///< In milliseconds, as SQL Server takes it.
    void set_autocommit(bool on);
    void end_transaction(SQLSMALLINT how);
    [[nodiscard]] bool is_dead() noexcept;
    [[nodiscard]] std::string info(SQLUSMALLINT type);

    Handle<SQL_HANDLE_DBC> handle_;
    std::optional<SocketWatch::Socket> socket_;  ///< Nothing when it could not be told which one the driver opened.
    Dialect dialect_ = Dialect::postgres;
    OdbcDriver driver_ = OdbcDriver::unknown;
    std::chrono::seconds statement_timeout_{};
    bool is_connected_ = false;
    bool is_broken_ = false;
    bool in_transaction_ = false;
    bool is_spoilt_ = false;     ///< A statement of the transaction has failed.
    bool has_no_limit_ = false;  ///< A migration lifts the limit of time.
    std::mutex running_mutex_;
    SQLHSTMT running_ = nullptr;  ///< Guarded by it: another thread may cancel it.
    StatementCache<OdbcStatement> statements_{most_statements};
};

}  // namespace nassaq::db::odbc
