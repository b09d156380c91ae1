#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "db/error.hpp"

/// What a database product has to offer: sqlite.cpp implements it, and each further product is one more such file.
/// All functions throw db::Error.
namespace nassaq::db {

enum class Dialect { sqlite, postgres, mssql };

/// A value to bind. Borrows its text until the statement has been executed.
using Parameter = std::variant<std::monostate, std::int64_t, double, bool, std::string_view, Timestamp>;

/// A prepared statement. Columns count from 0 and are read after next() returned true.
class Statement {
public:
    Statement() = default;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    virtual ~Statement() = default;

    virtual void execute(std::span<const Parameter> parameters) = 0;
    /// Moves to the first or next row. @return false when there is none.
    virtual bool next() = 0;
    /// Ends the execution and frees what it holds (locks, cursors).
    virtual void reset() noexcept = 0;

    [[nodiscard]] virtual int column_count() = 0;
    virtual bool is_null(int column) = 0;
    virtual std::int64_t integer(int column) = 0;
    virtual double real(int column) = 0;
    virtual bool boolean(int column) = 0;
    virtual std::string text(int column) = 0;
    virtual Timestamp timestamp(int column) = 0;
    /// Rows that an INSERT, UPDATE or DELETE has changed.
    virtual std::int64_t changed_rows() = 0;
};

enum class LockMode { exclusive, shared };

/// A lock of the database that has a name: no other transaction, of any process, holds it meanwhile, or, when it is
/// shared, none but those that share it.
struct Lock {
    std::string name;
    LockMode mode = LockMode::exclusive;
};

/// The beginning of a batch that takes locks, and the parameters of it.
struct LockBatch {
    std::string sql;  ///< Ends with the sign between two statements; empty where there is nothing to take.
    std::vector<std::string> texts;
    std::vector<Parameter> parameters;  ///< Borrow the texts.
};

/// A statement that changes rows, and whose result nobody asks for. Borrows everything.
struct Write {
    std::string_view sql;
    std::span<const Parameter> parameters;
    /// What is to be locked first, for itself alone; nothing when empty. Such a statement ends with a condition, and
    /// what it reads is of its own transaction: it may not see what the lock's last holder has changed.
    std::string_view lock_name;
};

/// While it lives, a stop ends what its connection is doing, and whatever that begins.
class Interruption {
public:
    Interruption() = default;
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    virtual ~Interruption() = default;
};

/// One connection. Used by one thread at a time.
class Connection {
public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    /// The statement for that text, prepared once and kept with the connection.
    virtual Statement& prepare(std::string_view sql) = 0;
    /// Runs a migration: several statements, no parameters. Where the database is a server, each ends with `;` at the
    /// end of a line, and no statement of the transaction has a limit of time any more.
    virtual void run_script(std::string_view sql) = 0;
    /// Takes the locks, in that order, until the transaction ends, in one round trip where there are any. Inside a
    /// transaction only. @throws Error (busy, timeout) when it waits too long, but in a migration.
    virtual void lock(std::span<const Lock> locks) = 0;
    /// The same as text before a statement that is to see what the locks' last holders have changed. Nothing where a
    /// statement sees the database as it was when its batch began.
    virtual std::optional<LockBatch> lock_batch(std::span<const Lock> /*locks*/) { return std::nullopt; }
    /// Executes statements none of which needs what another of them changes, in one round trip where there are any.
    /// They have at most one lock.
    virtual void execute_together(std::span<const Write> writes);
    virtual void begin() = 0;
    virtual void commit() = 0;
    virtual void rollback() noexcept = 0;
    /// A point in a transaction that can be gone back to. Only where there is one writer.
    virtual void set_savepoint() { throw_no_savepoints(); }
    virtual void undo_to_savepoint() { throw_no_savepoints(); }
    virtual void release_savepoint() { throw_no_savepoints(); }
    /// Outside of transactions.
    [[nodiscard]] virtual std::unique_ptr<Interruption> interrupt_on(std::stop_token stop) = 0;
    /// False when the connection can serve no more and is to be dropped. Asks nobody.
    [[nodiscard]] virtual bool is_alive() noexcept = 0;
    /// Asks the database whether it is still there.
    [[nodiscard]] virtual bool ping() noexcept = 0;

private:
    [[noreturn]] static void throw_no_savepoints() {
        throw Error(ErrorKind::other, "this database has several writers, and shares no commits");
    }
};

enum class Access { read_only, read_write };

/// Tells whether anything in the database has been changed, by whomever. Safe to use from several threads.
class ChangeWatch {
public:
    ChangeWatch() = default;
    ChangeWatch(const ChangeWatch&) = delete;
    ChangeWatch& operator=(const ChangeWatch&) = delete;
    virtual ~ChangeWatch() = default;

    /// Takes microseconds and waits for no transaction.
    /// @return a number that is another as soon as a transaction has been committed; nothing when it cannot be told
    /// now.
    virtual std::optional<std::int64_t> version() noexcept = 0;
};

/// Opens connections to one database.
class Driver {
public:
    Driver() = default;
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    virtual ~Driver() = default;

    /// @throws Error: connection_lost when the database may be there later, anything else when trying again is no use.
    virtual std::unique_ptr<Connection> connect(Access access) = 0;
    [[nodiscard]] virtual Dialect dialect() const = 0;
    /// True where writers exclude each other anyway, so that all writing goes through one connection.
    [[nodiscard]] virtual bool has_single_writer() const = 0;
    /// @return nothing where it would take a question to a server.
    virtual std::unique_ptr<ChangeWatch> watch_changes() { return nullptr; }
};

}  // namespace nassaq::db
