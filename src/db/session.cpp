#include "db/session.hpp"

#include <fmt/format.h>

namespace nassaq::db {

void Connection::execute_locked(std::string_view name, std::string_view sql, std::span<const Parameter> parameters) {
    lock(name, LockMode::exclusive);
    Statement& statement = prepare(sql);
    const detail::Execution execution(statement);
    statement.execute(parameters);
}

std::int64_t Session::insert(std::string_view table, std::string_view key, std::initializer_list<ColumnValue> values) {
    std::string columns;
    std::string places;
    std::vector<Parameter> parameters;
    parameters.reserve(values.size());
    for (const ColumnValue& value : values) {
        columns += parameters.empty() ? "" : ", ";
        columns += value.column;
        places += parameters.empty() ? "?" : ", ?";
        parameters.push_back(value.value);
    }
    const std::string sql =
        dialect_ == Dialect::mssql
            ? fmt::format("INSERT INTO {} ({}) OUTPUT INSERTED.{} VALUES ({})", table, columns, key, places)
            : fmt::format("INSERT INTO {} ({}) VALUES ({}) RETURNING {}", table, columns, places, key);

    Statement& statement = connection_.prepare(sql);
    const detail::Execution execution(statement);
    statement.execute(parameters);
    if (!statement.next()) {
        throw Error(ErrorKind::other, "an INSERT returned no key: " + sql);
    }
    const std::int64_t inserted = statement.integer(0);
    while (statement.next()) {
        // Run to its end: only then is the row certain to be written.
    }
    return inserted;
}

std::int64_t Session::execute_with(std::string_view sql, std::span<const Parameter> values) {
    Statement& statement = connection_.prepare(sql);
    const detail::Execution execution(statement);
    statement.execute(values);
    while (statement.next()) {
        // A statement that returns rows is done only after the last of them.
    }
    return statement.changed_rows();
}

std::string_view Session::paging_clause() const {
    return dialect_ == Dialect::mssql ? " OFFSET ? ROWS FETCH NEXT ? ROWS ONLY" : " LIMIT ? OFFSET ?";
}

}  // namespace nassaq::db
