#include "db/dialect.hpp"

#include <fmt/format.h>

namespace nassaq::db {

std::string_view name_of(Dialect dialect) {
    switch (dialect) {
        case Dialect::sqlite:
            return "sqlite";
        case Dialect::postgres:
            return "postgres";
        case Dialect::mssql:
            return "mssql";
    }
    return "";
}

std::string equals_ignoring_case(Dialect dialect, std::string_view column) {
    switch (dialect) {
        case Dialect::postgres:
            return fmt::format(R"(lower({} COLLATE "und-x-icu") = lower(? COLLATE "und-x-icu"))", column);
        case Dialect::mssql:
            return fmt::format("{} = ?", column);  // By the column's collation.
        case Dialect::sqlite:
            break;
    }
    return fmt::format("lower({}) = lower(?)", column);
}

std::string in_code_point_order(Dialect dialect, std::string_view column) {
    switch (dialect) {
        case Dialect::postgres:
            return fmt::format(R"({} COLLATE "C")", column);
        case Dialect::mssql:
            return fmt::format("{} COLLATE Latin1_General_BIN2", column);
        case Dialect::sqlite:
            break;
    }
    return std::string(column);
}

std::string_view last_character(Dialect dialect) {
    return dialect == Dialect::mssql ? "\uFFFF" : "\U0010FFFF";
}

std::string update_returning(Dialect dialect, std::string_view table, std::string_view assignments,
                             std::string_view condition, std::initializer_list<std::string_view> columns) {
    if (dialect == Dialect::mssql) {
        return fmt::format("UPDATE {} SET {} OUTPUT INSERTED.{} WHERE {}", table, assignments,
                           fmt::join(columns, ", INSERTED."), condition);
    }
    return fmt::format("UPDATE {} SET {} WHERE {} RETURNING {}", table, assignments, condition,
                       fmt::join(columns, ", "));
}

}  // namespace nassaq::db
