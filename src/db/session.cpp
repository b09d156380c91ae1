#include "db/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "db/execution.hpp"

namespace nassaq::db {
namespace {

/// Each number of statements is a text of its own, which a connection keeps; and what a text may have is limited.
constexpr std::size_t most_put_off = 16;

/// What an INSERT lists.
struct Columns {
    explicit Columns(std::initializer_list<ColumnValue> columns) {
        for (const ColumnValue& column : columns) {
            const std::string_view separator = values.empty() ? "" : ", ";
            names.append(separator).append(column.column);
            places.append(separator).append("?");
            values.push_back(column.value);
        }
    }

    std::string names;
    std::string places;
    std::vector<Parameter> values;
};

}  // namespace

void Connection::execute_together(std::span<const Write> writes) {
    for (const Write& write : writes) {
        if (!write.lock_name.empty()) {
            lock(std::array{Lock{.name = std::string(write.lock_name)}});
        }
        execute_to_the_end(prepare(write.sql), write.parameters);
    }
}

Statement& Session::prepare(std::string_view sql) {
    execute_pending();
    return connection_.prepare(sql);
}

void Session::put_off(std::string_view lock_name, std::string_view sql, std::span<const Parameter> parameters) {
    const auto has_another_lock = [&](const PendingWrite& write) {
        return !write.lock_name.empty() && write.lock_name != lock_name;
    };
    const bool has_room = pending_.size() < most_put_off;
    if (!has_room || (!lock_name.empty() && std::ranges::any_of(pending_, has_another_lock))) {
        execute_pending();
    }
    PendingWrite& write = pending_.emplace_back();
    write.lock_name = lock_name;
    write.sql = sql;
    for (const Parameter& parameter : parameters) {
        const auto* text = std::get_if<std::string_view>(&parameter);
        write.parameters.push_back(text != nullptr ? Parameter(std::string_view(write.texts.emplace_back(*text)))
                                                   : parameter);
    }
}

void Session::execute_pending() {
    if (pending_.empty()) {
        return;
    }
    const auto pending = std::exchange(pending_, {});
    std::vector<Write> writes;
    std::ranges::transform(pending, std::back_inserter(writes), [](const PendingWrite& write) {
        return Write{.sql = write.sql, .parameters = write.parameters, .lock_name = write.lock_name};
    });
    connection_.execute_together(writes);
}

std::vector<Lock> Session::without_held(std::vector<Lock> wanted) const {
    std::erase_if(wanted, [&](const Lock& lock) {
        return std::ranges::any_of(locks_, [&](const Lock& held) {
            return held.name == lock.name && (held.mode == LockMode::exclusive || lock.mode == LockMode::shared);
        });
    });
    return wanted;
}

void Session::remember(std::vector<Lock> locks) {
    std::ranges::move(locks, std::back_inserter(locks_));
}

void Session::lock_now(std::vector<Lock> locks) {
    if (locks.empty()) {
        return;
    }
    execute_pending();
    connection_.lock(locks);
    remember(std::move(locks));
}

void Session::lock(std::string_view name, LockMode mode) {
    lock({Lock{.name = std::string(name), .mode = mode}});
}

void Session::lock(std::vector<Lock> locks) {
    lock_now(without_held(std::move(locks)));
}

LockBatch Session::take(std::vector<Lock> wanted) {
    std::vector<Lock> locks = without_held(std::move(wanted));
    auto batch = locks.empty() ? std::nullopt : connection_.lock_batch(locks);
    if (!batch) {
        lock_now(std::move(locks));
        return {};
    }
    remember(std::move(locks));
    return std::move(*batch);
}

void Session::run_script(std::string_view sql) {
    execute_pending();
    connection_.run_script(sql);
}

std::int64_t Session::insert(std::string_view table, std::string_view key, std::initializer_list<ColumnValue> values) {
    const Columns columns(values);
    return execute_for_key(
        dialect_ == Dialect::mssql
            ? fmt::format("INSERT INTO {} ({}) OUTPUT INSERTED.{} VALUES ({})", table, columns.names, key,
                          columns.places)
            : fmt::format("INSERT INTO {} ({}) VALUES ({}) RETURNING {}", table, columns.names, columns.places, key),
        columns.values);
}

std::int64_t Session::insert(std::string_view table, std::string_view key, std::initializer_list<ColumnValue> values,
                             std::initializer_list<OtherRow> others) {
    if (dialect_ == Dialect::sqlite) {
        return insert_one_by_one(table, key, values, others);
    }
    const Columns columns(values);
    std::vector<Parameter> parameters = columns.values;
    const bool is_mssql = dialect_ == Dialect::mssql;
    std::string sql = is_mssql ? fmt::format(
                                     "DECLARE @inserted TABLE (id BIGINT); INSERT INTO {} ({}) OUTPUT "
                                     "INSERTED.{} INTO @inserted VALUES ({}); ",
                                     table, columns.names, key, columns.places)
                               : fmt::format("WITH inserted AS (INSERT INTO {} ({}) VALUES ({}) RETURNING {}) ", table,
                                             columns.names, columns.places, key);
    std::size_t left = others.size();
    for (const OtherRow& other : others) {
        const Columns more(other.values);
        parameters.insert(parameters.end(), more.values.begin(), more.values.end());
        --left;
        if (is_mssql) {
            sql += fmt::format("INSERT INTO {0} ({1}, {2}) SELECT id, {3} FROM @inserted; ", other.table, key,
                               more.names, more.places);
            continue;
        }
        const std::string row = fmt::format("INSERT INTO {0} ({1}, {2}) SELECT {1}, {3} FROM inserted", other.table,
                                            key, more.names, more.places);
        // The last one is the statement's own, and gives the key.
        sql += left == 0 ? fmt::format("{} RETURNING {}", row, key) : fmt::format(", also_{} AS ({}) ", left, row);
    }
    return execute_for_key(is_mssql ? sql + "SELECT id FROM @inserted" : sql, parameters);
}

std::int64_t Session::insert_one_by_one(std::string_view table, std::string_view key,
                                        std::initializer_list<ColumnValue> values,
                                        std::initializer_list<OtherRow> others) {
    const std::int64_t inserted = insert(table, key, values);
    for (const OtherRow& other : others) {
        const Columns more(other.values);
        std::vector<Parameter> parameters{inserted};
        parameters.insert(parameters.end(), more.values.begin(), more.values.end());
        execute_with(fmt::format("INSERT INTO {} ({}, {}) VALUES (?, {})", other.table, key, more.names, more.places),
                     parameters);
    }
    return inserted;
}

std::int64_t Session::execute_for_key(std::string_view sql, std::span<const Parameter> values) {
    Statement& statement = prepare(sql);
    const detail::Execution execution(statement);
    statement.execute(values);
    if (!statement.next()) {
        throw Error(ErrorKind::other, fmt::format("an INSERT returned no key: {}", sql));
    }
    const std::int64_t inserted = statement.integer(0);
    while (statement.next()) {
        // Run to its end: only then is the row certain to be written.
    }
    return inserted;
}

std::int64_t Session::execute_with(std::string_view sql, std::span<const Parameter> values) {
    return execute_to_the_end(prepare(sql), values);
}

std::string_view Session::paging_clause() const {
    return dialect_ == Dialect::mssql ? " OFFSET ? ROWS FETCH NEXT ? ROWS ONLY" : " LIMIT ? OFFSET ?";
}

}  // namespace nassaq::db
