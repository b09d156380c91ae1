#include "db/sqlite.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "base/file.hpp"
#include "base/last_error.hpp"
#include "base/text.hpp"
#include "db/statement_cache.hpp"

namespace nassaq::db {
namespace {

/// A backup keeps the log from being begun anew, so that it grows; afterwards it gives back what is beyond this.
constexpr int most_spare_wal_bytes = 64 * 1024 * 1024;

/// How long a statement waits for a lock that another process holds.
constexpr std::chrono::milliseconds busy_timeout = std::chrono::seconds{10};
/// SQLite's own waiting looks every 100 ms after a while, and so seldom meets the moment between two transactions of a
/// process that has many.
constexpr std::chrono::milliseconds longest_nap{4};

using Clock = std::chrono::steady_clock;

/// What SQLite asks whether to try once more (sqlite3_busy_handler).
struct BusyWait {
    Clock::time_point since;

    static int nap(void* wait, int naps_before) {
        auto& self = *static_cast<BusyWait*>(wait);
        const auto time = Clock::now();
        if (naps_before == 0) {
            self.since = time;
        }
        if (time - self.since > busy_timeout) {
            return 0;
        }
        std::this_thread::sleep_for(std::min(std::chrono::milliseconds{1 + naps_before}, longest_nap));
        return 1;
    }
};

ErrorKind kind_of(int extended_code) {
    switch (extended_code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return ErrorKind::unique_violation;
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return ErrorKind::foreign_key_violation;
        case SQLITE_CONSTRAINT_NOTNULL:
            return ErrorKind::not_null_violation;
        default:
            break;
    }
    switch (extended_code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ErrorKind::busy;
        case SQLITE_FULL:
            return ErrorKind::full;
        case SQLITE_TOOBIG:
            return ErrorKind::too_long;
        default:
            return ErrorKind::other;
    }
}

[[noreturn]] void fail(sqlite3* database) {
    throw Error(kind_of(sqlite3_extended_errcode(database)), std::string("SQLite: ") + sqlite3_errmsg(database));
}

class SqliteStatement final : public Statement {
public:
    SqliteStatement(sqlite3* database, std::string_view sql) : database_(database) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                               &statement, nullptr) != SQLITE_OK) {
            fail(database);
        }
        statement_.reset(statement);
    }

    void execute(std::span<const Parameter> parameters) override {
        reset();
        int position = 0;
        for (const Parameter& parameter : parameters) {
            bind(++position, parameter);
        }
        // The first step is taken here, as every other database does it: a statement without rows has then run.
        advance();
        first_row_pending_ = has_row_;
    }

    bool next() override {
        if (first_row_pending_) {
            first_row_pending_ = false;
        } else if (has_row_) {
            advance();
        }
        return has_row_;
    }

    /// Somebody is reading its rows.
    [[nodiscard]] bool is_busy() const { return sqlite3_stmt_busy(statement_.get()) != 0; }

    void reset() noexcept override {
        sqlite3_reset(statement_.get());
        sqlite3_clear_bindings(statement_.get());
        has_row_ = false;
        first_row_pending_ = false;
    }

    int column_count() override { return sqlite3_column_count(statement_.get()); }
    bool is_null(int column) override { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
    std::int64_t integer(int column) override { return sqlite3_column_int64(statement_.get(), column); }
    double real(int column) override { return sqlite3_column_double(statement_.get(), column); }
    bool boolean(int column) override { return integer(column) != 0; }

    std::string text(int column) override {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
        const auto length = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
        return bytes == nullptr ? std::string() : std::string(bytes, length);
    }

    Timestamp timestamp(int column) override {
        const std::string stored = text(column);
        const auto time = parse_iso(stored);
        if (!time) {
            throw Error(ErrorKind::other, "not a time in the database: '" + stored + "'");
        }
        return *time;
    }

    std::int64_t changed_rows() override { return sqlite3_changes64(database_); }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    void advance() {
        const int result = sqlite3_step(statement_.get());
        has_row_ = result == SQLITE_ROW;
        if (result != SQLITE_ROW && result != SQLITE_DONE) {
            fail(database_);
        }
    }

    void bind(int position, const Parameter& parameter) {
        const int result = std::visit([&](const auto& value) { return bind_value(position, value); }, parameter);
        if (result != SQLITE_OK) {
            fail(database_);
        }
    }

    int bind_value(int position, std::monostate) { return sqlite3_bind_null(statement_.get(), position); }
    int bind_value(int position, std::int64_t value) { return sqlite3_bind_int64(statement_.get(), position, value); }
    int bind_value(int position, double value) { return sqlite3_bind_double(statement_.get(), position, value); }
    int bind_value(int position, bool value) { return sqlite3_bind_int(statement_.get(), position, value ? 1 : 0); }
    int bind_value(int position, std::string_view value) {
        // An empty view may have no address, which SQLite would take for NULL.
        const char* bytes = value.data() == nullptr ? "" : value.data();
        return sqlite3_bind_text64(statement_.get(), position, bytes, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    int bind_value(int position, Timestamp value) { return bind_value(position, std::string_view(to_sortable(value))); }

    sqlite3* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    bool has_row_ = false;
    bool first_row_pending_ = false;
};

/// SQL's lower() for all of Unicode.
void lower_function(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
    if (bytes == nullptr) {
        sqlite3_result_null(context);
        return;
    }
    try {
        const std::string lower = text::to_lower({bytes, static_cast<std::size_t>(sqlite3_value_bytes(arguments[0]))});
        sqlite3_result_text64(context, lower.data(), lower.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } catch (const std::exception& error) {
        sqlite3_result_error(context, error.what(), -1);  // No exception may cross SQLite's C frames.
    }
}

/// sqlite3_interrupt() ends what runs, FTS5's reading included; the progress handler what begins afterwards.
class SqliteInterruption final : public Interruption {
public:
    SqliteInterruption(sqlite3* database, std::stop_token stop)
        : database_(database), stop_(std::move(stop)), interrupt_(stop_, [database] { sqlite3_interrupt(database); }) {
        constexpr int instructions = 10'000;  // Some tens of microseconds.
        sqlite3_progress_handler(database_, instructions, &is_stopped, this);
    }
    SqliteInterruption(const SqliteInterruption&) = delete;
    SqliteInterruption& operator=(const SqliteInterruption&) = delete;
    ~SqliteInterruption() override { sqlite3_progress_handler(database_, 0, nullptr, nullptr); }

private:
    static int is_stopped(void* self) {
        return static_cast<const SqliteInterruption*>(self)->stop_.stop_requested() ? 1 : 0;
    }

    sqlite3* database_;
    std::stop_token stop_;
    std::stop_callback<std::function<void()>> interrupt_;
};

class SqliteConnection final : public Connection {
public:
    SqliteConnection(const std::filesystem::path& file, Access access, SqliteOptions options = {})
        : longest_gap_(options.longest_gap) {
        // A connection serves one thread at a time (the pool's promise), so it needs no mutex of its own.
        const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
        sqlite3* database = nullptr;
        const int result = sqlite3_open_v2(file.c_str(), &database, flags, nullptr);
        database_.reset(database);
        if (result != SQLITE_OK) {
            throw Error(ErrorKind::other, "cannot open the database " + file.string() + ": " + sqlite3_errstr(result));
        }
        sqlite3_extended_result_codes(database, 1);
        sqlite3_busy_handler(database, &BusyWait::nap, &busy_wait_);
        if (sqlite3_create_function_v2(database, "lower", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                       nullptr, &lower_function, nullptr, nullptr, nullptr) != SQLITE_OK) {
            fail(database);
        }
        switch_to_wal();
        run_script("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
        run_script("PRAGMA journal_size_limit = " + std::to_string(most_spare_wal_bytes));
        if (access == Access::read_only) {
            run_script("PRAGMA query_only = ON;");
        }
    }

    Statement& prepare(std::string_view sql) override {
        SqliteStatement* const known = statements_.find(sql);
        return known != nullptr ? *known : statements_.add(sql, database_.get(), sql);
    }

    void run_script(std::string_view sql) override {
        if (sqlite3_exec(database_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
            fail(database_.get());
        }
    }

    void lock(std::span<const Lock> /*locks*/) override {}  // A transaction that writes is the only one anyway.

    // IMMEDIATE takes the write lock at once: a transaction that first reads and then writes could otherwise fail with
    // SQLITE_BUSY half-way, whatever the timeout (sqlite.org/lang_transaction.html).
    void begin() override {
        std::this_thread::sleep_until(next_begin_);
        execute("BEGIN IMMEDIATE");
        began_ = Clock::now();
    }
    void commit() override {
        execute("COMMIT");
        const auto time = Clock::now();
        next_begin_ = time + std::min<Clock::duration>(time - began_, longest_gap_);
    }
    void rollback() noexcept override {
        if (sqlite3_get_autocommit(database_.get()) == 0) {
            sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
        }
    }

    void set_savepoint() override { execute("SAVEPOINT one"); }
    void undo_to_savepoint() override { execute("ROLLBACK TO one"); }
    void release_savepoint() override { execute("RELEASE one"); }

    std::unique_ptr<Interruption> interrupt_on(std::stop_token stop) override {
        return std::make_unique<SqliteInterruption>(database_.get(), std::move(stop));
    }

    bool is_alive() noexcept override { return sqlite3_get_autocommit(database_.get()) != 0; }
    bool ping() noexcept override { return true; }

private:
    struct Close {
        void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    };
    /// A new file has to be had exclusively for it, and where two want that at once SQLite fails without waiting, since
    /// waiting would be a deadlock: the one that came too late has to try again.
    void switch_to_wal() {
        const auto deadline = Clock::now() + busy_timeout;
        while (sqlite3_exec(database_.get(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr) != SQLITE_OK) {
            const bool busy = kind_of(sqlite3_extended_errcode(database_.get())) == ErrorKind::busy;
            if (!busy || Clock::now() > deadline) {
                fail(database_.get());
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
    }

    void execute(std::string_view sql) {
        Statement& statement = prepare(sql);
        statement.execute({});
        statement.reset();
    }

    BusyWait busy_wait_;
    std::unique_ptr<sqlite3, Close> database_;
    std::chrono::milliseconds longest_gap_;
    Clock::time_point began_;
    Clock::time_point next_begin_;
    static constexpr std::size_t most_statements = 200;
    StatementCache<SqliteStatement> statements_{most_statements};
};

/// `PRAGMA data_version` (sqlite.org/pragma.html) compares the header of the WAL's index, which all connections of all
/// processes have mapped, with what this connection saw last. Nothing is read from a disk but after a change.
class SqliteChangeWatch final : public ChangeWatch {
public:
    explicit SqliteChangeWatch(const std::filesystem::path& file)
        : connection_(file, Access::read_only), question_(connection_.prepare("PRAGMA data_version")) {
        connection_.run_script("PRAGMA busy_timeout = 0");
    }

    std::optional<std::int64_t> version() noexcept override {
        const std::scoped_lock lock(mutex_);
        std::optional<std::int64_t> version;
        try {
            question_.execute({});
            if (question_.next()) {
                version = question_.integer(0);
            }
        } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
            // Busy: it cannot be told now.
        }
        question_.reset();
        return version;
    }

private:
    std::mutex mutex_;
    SqliteConnection connection_;
    Statement& question_;
};

class SqliteDriver final : public Driver {
public:
    SqliteDriver(std::filesystem::path file, SqliteOptions options) : file_(std::move(file)), options_(options) {
        create_private_file();
    }

    std::unique_ptr<Connection> connect(Access access) override {
        return std::make_unique<SqliteConnection>(file_, access, options_);
    }
    Dialect dialect() const override { return Dialect::sqlite; }
    bool has_single_writer() const override { return true; }
    std::unique_ptr<ChangeWatch> watch_changes() override { return std::make_unique<SqliteChangeWatch>(file_); }

private:
    /// SQLite gives its other files the mode of the main one, and password hashes are nobody else's business.
    void create_private_file() const {
        const UniqueFd fd(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!fd) {
            throw_last_error("open the database", file_.native());
        }
    }

    std::filesystem::path file_;
    SqliteOptions options_;
};

}  // namespace

std::unique_ptr<Driver> make_sqlite_driver(std::filesystem::path file, SqliteOptions options) {
    // Nobody asks how much memory SQLite uses, and counting it makes all connections share a lock
    // (sqlite.org/c3ref/c_config_covering_index_scan.html, SQLITE_CONFIG_MEMSTATUS). Refused once SQLite is in use, by
    // another driver of this process, which has then done it.
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return std::make_unique<SqliteDriver>(std::move(file), options);
}

}  // namespace nassaq::db
