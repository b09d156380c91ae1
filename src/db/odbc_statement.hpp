#pragma once

#include <sql.h>
#include <sqlext.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "db/connection_string.hpp"
#include "db/driver.hpp"
#include "db/socket_watch.hpp"

namespace nassaq::db::odbc {

/// How ODBC passes a number where an address could be.
inline SQLPOINTER as_pointer(std::int64_t value) {
    return reinterpret_cast<SQLPOINTER>(value);  // NOLINT(performance-no-int-to-ptr)
}

/// A handle of ODBC, freed when it goes.
template <SQLSMALLINT type>
class Handle {
public:
    Handle() = default;
    /// @param parent  the environment of a connection, the connection of a statement, nullptr for an environment.
    explicit Handle(SQLHANDLE parent) {
        if (!SQL_SUCCEEDED(SQLAllocHandle(type, parent, &handle_))) {
            throw Error(ErrorKind::other, "ODBC has no memory for a handle");
        }
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (handle_ != SQL_NULL_HANDLE) {
            SQLFreeHandle(type, handle_);
        }
    }

    [[nodiscard]] SQLHANDLE get() const { return handle_; }

private:
    SQLHANDLE handle_ = SQL_NULL_HANDLE;
};

/// How a parameter goes to the driver.
struct Binding {
    SQLSMALLINT c_type = 0;
    SQLSMALLINT sql_type = 0;
    SQLULEN size = 0;  ///< Characters of a text.

    bool operator==(const Binding&) const = default;
};

/// Text goes as UTF-8 that the driver makes UTF-16 of. A time goes as text too: every product reads ISO 8601 into a
/// column of whatever type of time it has, where a typed time would have to be of that very type.
///
/// A long text goes to SQL Server as NVARCHAR(MAX) where the driver can say that, which is Microsoft's; other drivers
/// can only say NTEXT, which can be compared with nothing, and is refused by databases of some collations.
Binding binding_of(const Parameter& parameter, Dialect dialect, OdbcDriver driver = OdbcDriver::unknown);

/// The statement with the types of its parameters written out where psqlODBC would leave them to be guessed: an id too
/// large for the column that it is compared with would then be an error instead of being found nowhere.
std::string with_types(std::string_view sql, std::span<const Parameter> parameters, Dialect dialect);

/// The text that a time goes as: in SQL Server's DATETIME there are milliseconds and the years 1753 to 9999.
std::string time_text(Timestamp time, Dialect dialect);

/// How long an execution of the statement may take; 0 is without a limit. PostgreSQL has one for the whole session,
/// where a limit of its driver would be a statement more for each.
void limit_time(SQLHSTMT statement, Dialect dialect, std::chrono::seconds limit);

/// What a statement needs of its connection.
class Failures {
public:
    Failures() = default;
    Failures(const Failures&) = delete;
    Failures& operator=(const Failures&) = delete;

    /// Throws the Error that the handle's diagnostics tell of, after noting what it means for the connection.
    [[noreturn]] virtual void fail(SQLSMALLINT handle_type, SQLHANDLE handle, std::string_view what) = 0;
    /// To be held while the database is being waited for.
    [[nodiscard]] virtual WatchedCall watched_call() = 0;
    /// Which statement is being executed, so that it can be cancelled; nullptr when it is done.
    virtual void set_running(SQLHSTMT statement) = 0;

protected:
    ~Failures() = default;
};

class OdbcStatement final : public Statement {
public:
    OdbcStatement(SQLHDBC connection, std::string_view sql, Dialect dialect, OdbcDriver driver, Failures& failures);

    /// How long an execution may take; 0 is without a limit.
    void set_timeout(std::chrono::seconds timeout);

    void execute(std::span<const Parameter> parameters) override;
    bool next() override;
    void reset() noexcept override;
    /// Somebody is reading its rows.
    [[nodiscard]] bool is_busy() const { return has_results_; }
    int column_count() override { return static_cast<int>(columns_.size()); }
    bool is_null(int column) override { return std::holds_alternative<std::monostate>(cell(column)); }
    std::int64_t integer(int column) override;
    double real(int column) override;
    bool boolean(int column) override { return integer(column) != 0; }
    std::string text(int column) override;
    Timestamp timestamp(int column) override;
    std::int64_t changed_rows() override { return changed_rows_; }

private:
    enum class ColumnKind { integer, real, time, text };
    using Cell = std::variant<std::monostate, std::int64_t, double, Timestamp, std::string>;

    /// Where the driver finds a parameter while the statement runs, and what it has been told of that.
    struct Bound {
        std::optional<Binding> binding;
        SQLPOINTER place = nullptr;
        std::int64_t integer = 0;
        double real = 0;
        unsigned char bit = 0;
        std::string text;
        SQLLEN length = 0;
    };

    void prepare(std::span<const Parameter> parameters);
    void bind(SQLUSMALLINT position, const Parameter& parameter, Bound& bound);
    static SQLPOINTER keep(const Parameter& parameter, Dialect dialect, Bound& bound);
    bool find_rows();
    bool move_to_next_result();
    bool has_columns();
    void describe_columns();
    void finish_results();
    bool read_on();
    Cell read_cell(SQLUSMALLINT position, ColumnKind kind);
    std::string read_text(SQLUSMALLINT position, bool& is_null);
    [[nodiscard]] const Cell& cell(int column) const { return row_.at(static_cast<std::size_t>(column)); }
    void require(SQLRETURN result, std::string_view what);

    Dialect dialect_;
    OdbcDriver driver_;
    Failures& failures_;
    Handle<SQL_HANDLE_STMT> handle_;
    std::string sql_;
    std::vector<Bound> bound_;
    std::vector<ColumnKind> columns_;
    std::vector<Cell> row_;
    std::vector<char> buffer_;
    bool is_prepared_ = false;
    bool is_described_ = false;
    bool has_results_ = false;
    std::int64_t changed_rows_ = 0;
};

}  // namespace nassaq::db::odbc
