#pragma once

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "db/driver.hpp"

namespace nassaq::db {

namespace detail {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
T read_column(Statement& row, int column) {
    if constexpr (IsOptional<T>::value) {
        return row.is_null(column) ? T{} : T{read_column<typename T::value_type>(row, column)};
    } else if constexpr (std::is_same_v<T, bool>) {
        return row.boolean(column);
    } else if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(row.integer(column));
    } else if constexpr (std::is_floating_point_v<T>) {
        return row.real(column);
    } else if constexpr (std::is_same_v<T, Timestamp>) {
        return row.timestamp(column);
    } else {
        static_assert(std::is_same_v<T, std::string>, "no column can be read as this type");
        return row.text(column);
    }
}

/// The number of columns that a T is read from.
template <class T>
constexpr int column_count() {
    if constexpr (boost::describe::has_describe_members<T>::value) {
        return static_cast<int>(
            boost::mp11::mp_size<boost::describe::describe_members<T, boost::describe::mod_public>>::value);
    } else {
        return 1;
    }
}

/// A described struct is filled column by column in the order of its members; any other type is one column.
template <class T>
T read_row(Statement& row) {
    if constexpr (boost::describe::has_describe_members<T>::value) {
        T result{};
        int column = 0;
        boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto member) {
            auto& field = result.*decltype(member)::pointer;
            field = read_column<std::remove_reference_t<decltype(field)>>(row, column++);
        });
        return result;
    } else {
        return read_column<T>(row, 0);
    }
}

template <class T>
Parameter to_parameter(const T& value) {
    if constexpr (IsOptional<T>::value) {
        return value ? to_parameter(*value) : Parameter{};
    } else if constexpr (std::is_same_v<T, std::nullopt_t>) {
        return {};
    } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, Timestamp> || std::is_same_v<T, double>) {
        return value;
    } else if constexpr (std::is_integral_v<T>) {
        return static_cast<std::int64_t>(value);
    } else {
        return std::string_view(value);
    }
}

/// Ends a statement's execution however its use ends.
class Execution {
public:
    explicit Execution(Statement& statement) : statement_(statement) {}
    Execution(const Execution&) = delete;
    Execution& operator=(const Execution&) = delete;
    ~Execution() { statement_.reset(); }

private:
    Statement& statement_;
};

}  // namespace detail

/// A slice of a long result.
struct Paging {
    std::int64_t skip = 0;
    std::int64_t limit = 20;
};

/// A column and the value to put in it. Borrows text.
struct ColumnValue {
    template <class T>
    ColumnValue(std::string_view name, const T& content) : column(name), value(detail::to_parameter(content)) {}

    std::string_view column;
    Parameter value;
};

/// A row of another table that comes with a new one.
struct OtherRow {
    std::string_view table;
    std::initializer_list<ColumnValue> values;
};

/// A connection on loan from the Database, inside or outside a transaction. SQL is always a literal with `?` for every
/// value. Everything throws db::Error.
class Session {
public:
    Session(Connection& connection, Dialect dialect) : connection_(connection), dialect_(dialect) {}

    /// All rows, in order.
    template <class Row, class... Values>
    std::vector<Row> query(std::string_view sql, const Values&... values) {
        std::vector<Row> rows;
        visit<Row>(
            sql, [&](Row row) { rows.push_back(std::move(row)); }, values...);
        return rows;
    }

    /// The rows of one page; `sql` must end with an ORDER BY that leaves no ties.
    template <class Row, class... Values>
    std::vector<Row> query_page(std::string_view sql, Paging page, const Values&... values) {
        const std::string paged = std::string(sql).append(paging_clause());
        if (dialect_ == Dialect::mssql) {
            return query<Row>(paged, values..., page.skip, page.limit);
        }
        return query<Row>(paged, values..., page.limit, page.skip);
    }

    /// The first row, if any.
    template <class Row, class... Values>
    std::optional<Row> find(std::string_view sql, const Values&... values) {
        const std::initializer_list<Parameter> parameters = {detail::to_parameter(values)...};
        return find_with<Row>(sql, {parameters.begin(), parameters.size()});
    }

    /// Takes the locks as lock() does, and then the first row: in one round trip where the database can.
    template <class Row, class... Values>
    std::optional<Row> lock_and_find(std::vector<Lock> locks, std::string_view sql, const Values&... values) {
        const LockBatch batch = take(std::move(locks));
        std::vector<Parameter> parameters = batch.parameters;
        parameters.insert(parameters.end(), {detail::to_parameter(values)...});
        return find_with<Row>(batch.sql + std::string(sql), parameters);
    }

    /// The one row that such a statement always has (COUNT and the like).
    template <class Row, class... Values>
    Row get(std::string_view sql, const Values&... values) {
        auto row = find<Row>(sql, values...);
        if (!row) {
            throw Error(ErrorKind::other, "no row where one was certain: " + std::string(sql));
        }
        return std::move(*row);
    }

    /// Calls `visitor(row)` for each row without keeping them.
    template <class Row, class Visitor, class... Values>
    void visit(std::string_view sql, Visitor visitor, const Values&... values) {
        const std::initializer_list<Parameter> parameters = {detail::to_parameter(values)...};
        Statement& statement = prepare(sql);
        const detail::Execution execution(statement);
        run_with<Row>(statement, {parameters.begin(), parameters.size()});
        while (statement.next()) {
            visitor(detail::read_row<Row>(statement));
        }
    }

    /// @return the number of rows changed.
    template <class... Values>
    std::int64_t execute(std::string_view sql, const Values&... values) {
        const std::initializer_list<Parameter> parameters = {detail::to_parameter(values)...};
        return execute_with(sql, {parameters.begin(), parameters.size()});
    }

    /// The same for values whose number is known only at run time.
    template <class Row>
    std::vector<Row> query_with(std::string_view sql, std::span<const Parameter> values) {
        Statement& statement = prepare(sql);
        const detail::Execution execution(statement);
        run_with<Row>(statement, values);
        std::vector<Row> rows;
        while (statement.next()) {
            rows.push_back(detail::read_row<Row>(statement));
        }
        return rows;
    }
    template <class Row>
    std::vector<Row> query_page_with(std::string_view sql, Paging page, std::span<const Parameter> values) {
        std::vector<Parameter> all(values.begin(), values.end());
        const bool skips_first = dialect_ == Dialect::mssql;
        all.emplace_back(skips_first ? page.skip : page.limit);
        all.emplace_back(skips_first ? page.limit : page.skip);
        return query_with<Row>(std::string(sql).append(paging_clause()), all);
    }
    std::int64_t execute_with(std::string_view sql, std::span<const Parameter> values);

    /// Inserts a row whose `key` the database counts up itself. @return that key.
    std::int64_t insert(std::string_view table, std::string_view key, std::initializer_list<ColumnValue> values);
    /// The same with rows of other tables, whose column `key` names the new one, in one round trip where there are any.
    /// At least one.
    std::int64_t insert(std::string_view table, std::string_view key, std::initializer_list<ColumnValue> values,
                        std::initializer_list<OtherRow> others);

    /// Executes the statement together with the others of this kind that stand beside it: before the next statement of
    /// another kind, or when the transaction's work is done. So none of them may need what another one changes.
    template <class... Values>
    void execute_later(std::string_view sql, const Values&... values) {
        const std::initializer_list<Parameter> parameters = {detail::to_parameter(values)...};
        put_off({}, sql, {parameters.begin(), parameters.size()});
    }
    /// The same for a statement before which a lock is taken, as Write describes it.
    template <class... Values>
    void execute_locked_later(std::string_view lock_name, std::string_view sql, const Values&... values) {
        const std::initializer_list<Parameter> parameters = {detail::to_parameter(values)...};
        put_off(lock_name, sql, {parameters.begin(), parameters.size()});
    }
    /// Executes what has been put off.
    void execute_pending();

    /// Takes the lock until the transaction ends, unless it has it. For what must be looked at and changed in one,
    /// where a unique index cannot decide. Other locks are taken before or after it in one order.
    void lock(std::string_view name, LockMode mode = LockMode::exclusive);
    /// The same for several, in their order: those that a transaction begins with come in one round trip.
    void lock(std::vector<Lock> locks);
    /// As Connection::run_script().
    void run_script(std::string_view sql);
    [[nodiscard]] Dialect dialect() const { return dialect_; }

private:
    /// A statement that is executed later, with the texts that its parameters borrow.
    struct PendingWrite {
        std::string lock_name;
        std::string sql;
        std::deque<std::string> texts;
        std::vector<Parameter> parameters;
    };

    Statement& prepare(std::string_view sql);
    /// @return what is still to be taken by the statement that comes next, as its beginning.
    LockBatch take(std::vector<Lock> wanted);
    std::int64_t insert_one_by_one(std::string_view table, std::string_view key,
                                   std::initializer_list<ColumnValue> values, std::initializer_list<OtherRow> others);
    std::int64_t execute_for_key(std::string_view sql, std::span<const Parameter> values);
    void put_off(std::string_view lock_name, std::string_view sql, std::span<const Parameter> parameters);
    [[nodiscard]] std::vector<Lock> without_held(std::vector<Lock> wanted) const;
    void lock_now(std::vector<Lock> locks);
    void remember(std::vector<Lock> locks);

    template <class Row>
    std::optional<Row> find_with(std::string_view sql, std::span<const Parameter> values) {
        Statement& statement = prepare(sql);
        const detail::Execution execution(statement);
        run_with<Row>(statement, values);
        return statement.next() ? std::optional<Row>(detail::read_row<Row>(statement)) : std::nullopt;
    }

    template <class Row>
    static void run_with(Statement& statement, std::span<const Parameter> values) {
        statement.execute(values);
        // Afterwards: a server that has not run the statement yet would have to be asked for it.
        // psqlODBC knows no columns of an UPDATE … RETURNING that changed nothing; such a statement has no rows either.
        const int columns = statement.column_count();
        if (columns != 0 && columns != detail::column_count<Row>()) {
            throw Error(ErrorKind::other, "a statement's columns do not match the row type they are read into");
        }
    }

    [[nodiscard]] std::string_view paging_clause() const;

    Connection& connection_;
    Dialect dialect_;
    std::deque<PendingWrite> pending_;
    std::vector<Lock> locks_;
};

}  // namespace nassaq::db
