#include "db/odbc_statement.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace nassaq::db::odbc {
namespace {

/// What an NVARCHAR with a length can hold, in UTF-16 units.
constexpr std::size_t longest_nvarchar = 4'000;
/// SQL_SS_LENGTH_UNLIMITED of Microsoft's driver: NVARCHAR(MAX).
constexpr std::size_t without_length = 0;
constexpr std::ptrdiff_t longest_character = 4;
constexpr std::size_t first_piece = 8'192;
constexpr std::size_t further_piece = std::size_t{256} * 1024;

constexpr Timestamp first_datetime = std::chrono::sys_days{std::chrono::year{1753} / 1 / 1};
/// SQL Server would round 999 up to the next second, which its last day has not.
constexpr Timestamp last_datetime =
    Timestamp{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}} - std::chrono::milliseconds{3};

Binding binding_of_text(std::string_view text, Dialect dialect, OdbcDriver driver) {
    if (dialect == Dialect::mssql) {
        // One size for all short ones, so that the statement stays the one that was prepared.
        const std::size_t units = text.size() <= longest_nvarchar ? text.size() : text::count_utf16_units(text);
        if (units <= longest_nvarchar) {
            return {.c_type = SQL_C_CHAR, .sql_type = SQL_WVARCHAR, .size = longest_nvarchar};
        }
        if (driver == OdbcDriver::microsoft) {
            return {.c_type = SQL_C_CHAR, .sql_type = SQL_WVARCHAR, .size = without_length};
        }
        return {.c_type = SQL_C_CHAR, .sql_type = SQL_WLONGVARCHAR, .size = units};
    }
    const SQLSMALLINT type = text.size() <= longest_nvarchar ? SQL_WVARCHAR : SQL_WLONGVARCHAR;
    return {.c_type = SQL_C_CHAR, .sql_type = type, .size = std::max<std::size_t>(text.size(), 1)};
}

struct BindingOf {
    Dialect dialect;
    OdbcDriver driver;

    Binding operator()(std::monostate) const {
        return {.c_type = SQL_C_CHAR, .sql_type = SQL_WVARCHAR, .size = longest_nvarchar};
    }
    Binding operator()(std::int64_t) const { return {.c_type = SQL_C_SBIGINT, .sql_type = SQL_BIGINT, .size = 19}; }
    Binding operator()(double) const { return {.c_type = SQL_C_DOUBLE, .sql_type = SQL_DOUBLE, .size = 15}; }
    Binding operator()(bool) const { return {.c_type = SQL_C_BIT, .sql_type = SQL_BIT, .size = 1}; }
    Binding operator()(std::string_view text) const { return binding_of_text(text, dialect, driver); }
    Binding operator()(Timestamp time) const {
        return {.c_type = SQL_C_CHAR, .sql_type = SQL_VARCHAR, .size = time_text(time, dialect).size()};
    }
};

/// Nothing for text, whose type PostgreSQL takes from where it stands, and for NULL.
std::string_view postgres_type(const Parameter& parameter) {
    if (std::holds_alternative<std::int64_t>(parameter)) {
        return "BIGINT";
    }
    if (std::holds_alternative<double>(parameter)) {
        return "DOUBLE PRECISION";
    }
    if (std::holds_alternative<bool>(parameter)) {
        return "BOOLEAN";
    }
    return std::holds_alternative<Timestamp>(parameter) ? "TIMESTAMP" : "";
}

template <class Number>
Number parse_number(const std::string& text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw Error(ErrorKind::other, "not a number in the database: '" + text + "'");
    }
    return number;
}

class Running {
public:
    Running(Failures& connection, SQLHSTMT statement) : connection_(connection) { connection_.set_running(statement); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { connection_.set_running(nullptr); }

private:
    Failures& connection_;
};

Timestamp to_timestamp(const SQL_TIMESTAMP_STRUCT& time) {
    const std::chrono::year_month_day date{std::chrono::year{time.year}, std::chrono::month{time.month},
                                           std::chrono::day{time.day}};
    return std::chrono::sys_days{date} + std::chrono::hours{time.hour} + std::chrono::minutes{time.minute} +
           std::chrono::seconds{time.second} +
           std::chrono::floor<std::chrono::microseconds>(std::chrono::nanoseconds{time.fraction});
}

}  // namespace

Binding binding_of(const Parameter& parameter, Dialect dialect, OdbcDriver driver) {
    return std::visit(BindingOf{dialect, driver}, parameter);
}

void limit_time(SQLHSTMT statement, Dialect dialect, std::chrono::seconds limit) {
    if (dialect == Dialect::mssql) {
        SQLSetStmtAttr(statement, SQL_ATTR_QUERY_TIMEOUT, as_pointer(limit.count()), 0);
    }
}

std::string with_types(std::string_view sql, std::span<const Parameter> parameters, Dialect dialect) {
    if (dialect != Dialect::postgres) {
        return std::string(sql);
    }
    std::string typed;
    char quote = 0;
    std::size_t position = 0;
    for (const char character : sql) {
        if (quote != 0) {
            quote = character == quote ? '\0' : quote;
        } else if (character == '\'' || character == '"') {
            quote = character;
        }
        const bool is_place = character == '?' && quote == 0 && position < parameters.size();
        const std::string_view type = is_place ? postgres_type(parameters[position++]) : "";
        if (type.empty()) {
            typed += character;
        } else {
            typed.append("CAST(? AS ").append(type).append(")");
        }
    }
    return typed;
}

std::string time_text(Timestamp time, Dialect dialect) {
    if (dialect != Dialect::mssql) {
        return to_sortable(time);
    }
    std::string text = to_sortable(std::clamp(time, first_datetime, last_datetime));
    text.resize(text.size() - 3);  // DATETIME refuses more than three digits.
    return text;
}

OdbcStatement::OdbcStatement(SQLHDBC connection, std::string_view sql, Dialect dialect, OdbcDriver driver,
                             Failures& failures)
    : dialect_(dialect), driver_(driver), failures_(failures), handle_(connection), sql_(sql), buffer_(first_piece) {}

/// At the first execution, because it takes the types of the parameters.
void OdbcStatement::prepare(std::span<const Parameter> parameters) {
    std::string sql = with_types(sql_, parameters, dialect_);
    require(SQLPrepare(handle_.get(), reinterpret_cast<SQLCHAR*>(sql.data()), static_cast<SQLINTEGER>(sql.size())),
            "prepare");
    is_prepared_ = true;
}

void OdbcStatement::set_timeout(std::chrono::seconds timeout) {
    limit_time(handle_.get(), dialect_, timeout);
}

void OdbcStatement::execute(std::span<const Parameter> parameters) {
    reset();
    const WatchedCall call = failures_.watched_call();
    const Running running(failures_, handle_.get());
    if (!is_prepared_) {
        prepare(parameters);
    }
    bound_.resize(parameters.size());  // The same number every time: none moves.
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        bind(static_cast<SQLUSMALLINT>(i + 1), parameters[i], bound_[i]);
    }
    const SQLRETURN result = SQLExecute(handle_.get());
    has_results_ = true;
    const bool found_no_row = result == SQL_NO_DATA;  // Of an UPDATE or DELETE; there may be more statements behind it.
    if (!found_no_row) {
        require(result, "execute");
    }
    SQLLEN rows = 0;
    changed_rows_ = !found_no_row && SQL_SUCCEEDED(SQLRowCount(handle_.get(), &rows)) && rows > 0 ? rows : 0;
    has_results_ = (!found_no_row || move_to_next_result()) && find_rows();
    if (has_results_ && !is_described_) {
        describe_columns();
    }
}

/// A statement of several parts has a result for each, and those without columns come first.
bool OdbcStatement::find_rows() {
    while (!has_columns()) {
        if (!move_to_next_result()) {
            return false;
        }
    }
    return true;
}

bool OdbcStatement::has_columns() {
    SQLSMALLINT count = 0;
    require(SQLNumResultCols(handle_.get(), &count), "count the columns");
    return count > 0;
}

/// @return false behind the last one.
bool OdbcStatement::move_to_next_result() {
    const SQLRETURN result = SQLMoreResults(handle_.get());
    if (result == SQL_NO_DATA) {
        return false;
    }
    require(result, "read the results");
    return true;
}

/// The driver is told only what has changed: FreeTDS prepares a statement anew after whatever it is told.
void OdbcStatement::bind(SQLUSMALLINT position, const Parameter& parameter, Bound& bound) {
    const bool is_null = std::holds_alternative<std::monostate>(parameter);
    const Binding binding = is_null && bound.binding ? *bound.binding : binding_of(parameter, dialect_, driver_);
    SQLPOINTER place = is_null && bound.binding ? bound.place : keep(parameter, dialect_, bound);
    if (is_null) {
        bound.length = SQL_NULL_DATA;
    }
    if (bound.binding == binding && bound.place == place) {
        return;
    }
    require(SQLBindParameter(handle_.get(), position, SQL_PARAM_INPUT, binding.c_type, binding.sql_type, binding.size,
                             0, place, bound.length > 0 ? bound.length : 0, &bound.length),
            "bind a parameter");
    bound.binding = binding;
    bound.place = place;
}

/// @return where the value is from now on, at the same place as the one before if it has room there.
SQLPOINTER OdbcStatement::keep(const Parameter& parameter, Dialect dialect, Bound& bound) {
    const auto keep_text = [&](std::string_view text) -> SQLPOINTER {
        bound.text = text;
        bound.length = static_cast<SQLLEN>(text.size());
        return bound.text.data();
    };
    bound.length = 0;
    if (const auto* integer = std::get_if<std::int64_t>(&parameter)) {
        bound.integer = *integer;
        return &bound.integer;
    }
    if (const auto* real = std::get_if<double>(&parameter)) {
        bound.real = *real;
        return &bound.real;
    }
    if (const auto* boolean = std::get_if<bool>(&parameter)) {
        bound.bit = *boolean ? 1 : 0;
        return &bound.bit;
    }
    if (const auto* time = std::get_if<Timestamp>(&parameter)) {
        return keep_text(time_text(*time, dialect));
    }
    if (const auto* text = std::get_if<std::string_view>(&parameter)) {
        if (dialect == Dialect::postgres && text->find('\0') != std::string_view::npos) {
            throw Error(ErrorKind::other, "PostgreSQL cannot keep the character U+0000 in a text");
        }
        return keep_text(*text);
    }
    return bound.text.data();
}

/// A prepared statement has the same columns every time, so they are asked for once.
void OdbcStatement::describe_columns() {
    SQLSMALLINT count = 0;
    require(SQLNumResultCols(handle_.get(), &count), "count the columns");
    for (SQLSMALLINT column = 1; column <= count; ++column) {
        SQLSMALLINT type = 0;
        SQLSMALLINT ignored = 0;
        SQLULEN size = 0;
        require(SQLDescribeCol(handle_.get(), static_cast<SQLUSMALLINT>(column), nullptr, 0, &ignored, &type, &size,
                               &ignored, &ignored),
                "describe a column");
        switch (type) {
            case SQL_BIT:
            case SQL_TINYINT:
            case SQL_SMALLINT:
            case SQL_INTEGER:
            case SQL_BIGINT:
                columns_.push_back(ColumnKind::integer);
                break;
            case SQL_REAL:
            case SQL_FLOAT:
            case SQL_DOUBLE:
                columns_.push_back(ColumnKind::real);
                break;
            case SQL_TYPE_TIMESTAMP:
                columns_.push_back(ColumnKind::time);
                break;
            default:
                columns_.push_back(ColumnKind::text);
        }
    }
    row_.resize(columns_.size());
    is_described_ = true;
}

bool OdbcStatement::next() {
    if (!has_results_) {
        return false;
    }
    const WatchedCall call = failures_.watched_call();
    const SQLRETURN result = SQLFetch(handle_.get());
    if (result == SQL_NO_DATA) {
        finish_results();
        return false;
    }
    require(result, "fetch a row");
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        row_[i] = read_cell(static_cast<SQLUSMALLINT>(i + 1), columns_[i]);
    }
    return true;
}

/// To the end: what went wrong behind the rows comes only there. What is not read to the end is still to be closed.
void OdbcStatement::finish_results() {
    while (move_to_next_result()) {
        // Nobody asks for it.
    }
    has_results_ = false;
}

OdbcStatement::Cell OdbcStatement::read_cell(SQLUSMALLINT position, ColumnKind kind) {
    SQLLEN indicator = 0;
    const auto get = [&](SQLSMALLINT type, SQLPOINTER place, SQLLEN size) {
        require(SQLGetData(handle_.get(), position, type, place, size, &indicator), "read a column");
        return indicator != SQL_NULL_DATA;
    };
    switch (kind) {
        case ColumnKind::integer: {
            std::int64_t value = 0;
            return get(SQL_C_SBIGINT, &value, sizeof value) ? Cell(value) : Cell();
        }
        case ColumnKind::real: {
            double value = 0;
            return get(SQL_C_DOUBLE, &value, sizeof value) ? Cell(value) : Cell();
        }
        case ColumnKind::time: {
            SQL_TIMESTAMP_STRUCT value{};
            return get(SQL_C_TYPE_TIMESTAMP, &value, sizeof value) ? Cell(to_timestamp(value)) : Cell();
        }
        case ColumnKind::text: {
            bool is_null = false;
            std::string value = read_text(position, is_null);
            return is_null ? Cell() : Cell(std::move(value));
        }
    }
    return {};
}

/// In pieces: a text has no limit, and a driver need not know how long it is.
std::string OdbcStatement::read_text(SQLUSMALLINT position, bool& is_null) {
    std::string text;
    for (;;) {
        SQLLEN indicator = 0;
        std::fill(buffer_.end() - longest_character, buffer_.end(), '\1');
        const SQLRETURN result = SQLGetData(handle_.get(), position, SQL_C_CHAR, buffer_.data(),
                                            static_cast<SQLLEN>(buffer_.size()), &indicator);
        if (result == SQL_NO_DATA) {
            return text;
        }
        require(result, "read a text");
        if (indicator == SQL_NULL_DATA) {
            is_null = true;
            return text;
        }
        if (indicator != SQL_NO_TOTAL && std::cmp_less(indicator, buffer_.size())) {
            return text.append(buffer_.data(), static_cast<std::size_t>(indicator));
        }
        // A piece ends with a NUL, at the end of the buffer or, rather than split a character, a little before.
        text.append(buffer_.begin(), std::find(buffer_.end() - longest_character, buffer_.end(), '\0'));
        buffer_.resize(further_piece);
    }
}

void OdbcStatement::reset() noexcept {
    if (!has_results_) {
        return;
    }
    has_results_ = false;
    const WatchedCall call = failures_.watched_call();
    if (dialect_ == Dialect::mssql && !read_on()) {
        is_prepared_ = is_described_ = false;
        columns_.clear();
    }
    SQLFreeStmt(handle_.get(), SQL_CLOSE);
}

/// To the end, which is mostly all that is left. Unread, it would have to be cancelled by a message to SQL Server; and
/// FreeTDS is told there by what number it may execute the statement again, and fails at that if it has never read it.
/// @return false when there is too much.
bool OdbcStatement::read_on() {
    constexpr int most_rows = 100;
    for (int rows = 0; SQL_SUCCEEDED(SQLFetch(handle_.get())); ++rows) {
        if (rows == most_rows) {
            return false;
        }
    }
    while (SQL_SUCCEEDED(SQLMoreResults(handle_.get()))) {
    }
    return true;
}

std::int64_t OdbcStatement::integer(int column) {
    const Cell& value = cell(column);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return *integer;
    }
    if (const auto* real = std::get_if<double>(&value)) {
        return static_cast<std::int64_t>(*real);
    }
    return parse_number<std::int64_t>(text(column));
}

double OdbcStatement::real(int column) {
    const Cell& value = cell(column);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return static_cast<double>(*integer);
    }
    if (const auto* real = std::get_if<double>(&value)) {
        return *real;
    }
    return parse_number<double>(text(column));
}

std::string OdbcStatement::text(int column) {
    const Cell& value = cell(column);
    if (const auto* text = std::get_if<std::string>(&value)) {
        return *text;
    }
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return std::to_string(*integer);
    }
    if (const auto* time = std::get_if<Timestamp>(&value)) {
        return to_sortable(*time);
    }
    if (const auto* real = std::get_if<double>(&value)) {
        return std::to_string(*real);
    }
    return {};
}

Timestamp OdbcStatement::timestamp(int column) {
    if (const auto* time = std::get_if<Timestamp>(&cell(column))) {
        return *time;
    }
    const std::string stored = text(column);
    const auto time = parse_iso(stored);
    if (!time) {
        throw Error(ErrorKind::other, "not a time in the database: '" + stored + "'");
    }
    return *time;
}

void OdbcStatement::require(SQLRETURN result, std::string_view what) {
    if (!SQL_SUCCEEDED(result)) {
        // Its plan may be of a schema that is no more.
        is_prepared_ = is_described_ = false;
        columns_.clear();
        failures_.fail(SQL_HANDLE_STMT, handle_.get(), std::string("cannot ") + std::string(what));
    }
}

}  // namespace nassaq::db::odbc
