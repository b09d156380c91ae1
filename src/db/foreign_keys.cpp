#include "db/foreign_keys.hpp"

#include <algorithm>
#include <array>
#include <boost/describe.hpp>
#include <utility>

#include "base/log.hpp"

namespace nassaq::db {
namespace {

struct CatalogueRow {
    std::string schema;  ///< Empty where there are none.
    std::string table;
    std::string column;
    std::string referenced_table;
};
BOOST_DESCRIBE_STRUCT(CatalogueRow, (), (schema, table, column, referenced_table))

/// Each database has a catalogue of its own. All of ours refer by one column.
std::string_view select_foreign_keys(Dialect dialect) {
    switch (dialect) {
        case Dialect::sqlite:
            return "SELECT '', t.name, k.\"from\", k.\"table\" "
                   "FROM sqlite_master t, pragma_foreign_key_list(t.name) k WHERE t.type = 'table'";
        case Dialect::postgres:
            return "SELECT CAST(n.nspname AS VARCHAR(63)), CAST(t.relname AS VARCHAR(63)), "
                   "CAST(a.attname AS VARCHAR(63)), CAST(r.relname AS VARCHAR(63)) FROM pg_constraint k "
                   "JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace "
                   "JOIN pg_class r ON r.oid = k.confrelid "
                   "JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] "
                   "WHERE k.contype = 'f' AND pg_table_is_visible(r.oid)";
        default:
            return "SELECT SCHEMA_NAME(t.schema_id), t.name, c.name, OBJECT_NAME(k.referenced_object_id) "
                   "FROM sys.foreign_keys k JOIN sys.foreign_key_columns p "
                   "ON p.constraint_object_id = k.object_id AND p.constraint_column_id = 1 "
                   "JOIN sys.tables t ON t.object_id = k.parent_object_id "
                   "JOIN sys.columns c ON c.object_id = t.object_id AND c.column_id = p.parent_column_id";
    }
}

/// Those of the migrations that refer to others.
constexpr auto own_tables = std::to_array<std::string_view>({"Document_Files",
                                                             "Document_Text",
                                                             "Document_Text_Parts",
                                                             "Documents",
                                                             "Group_Members",
                                                             "Group_Permissions",
                                                             "Handovers",
                                                             "Home_Folders",
                                                             "Idempotency_Keys",
                                                             "Individual_Permissions",
                                                             "Logs",
                                                             "Long_Texts",
                                                             "Ocr_Results",
                                                             "Page_Usage",
                                                             "Processing_Status",
                                                             "Role_Actions",
                                                             "Role_Quotas",
                                                             "Search_Large",
                                                             "Search_Pages",
                                                             "Search_Words",
                                                             "Sessions",
                                                             "Temporary_Passwords",
                                                             "Trashed_Files",
                                                             "Trashed_Ingests",
                                                             "Trashed_Results",
                                                             "Trashed_Status",
                                                             "Trashed_Text",
                                                             "Trashed_Text_Parts",
                                                             "User_Quotas",
                                                             "User_Usage",
                                                             "Users"});

bool is_own(std::string_view table) {
    return std::ranges::any_of(own_tables, [&](std::string_view own) { return is_same_table(own, table); });
}

std::string quote(Dialect dialect, std::string_view name) {
    const char close = dialect == Dialect::mssql ? ']' : '"';
    std::string quoted(1, dialect == Dialect::mssql ? '[' : '"');
    for (const char c : name) {
        if (c == close) quoted += c;
        quoted += c;
    }
    return quoted += close;
}

ForeignKey to_foreign_key(Dialect dialect, CatalogueRow row) {
    const std::string schema = row.schema.empty() ? "" : quote(dialect, row.schema) + ".";
    std::string rows = "FROM " + schema + quote(dialect, row.table) + " WHERE " + quote(dialect, row.column) + " = ?";
    return {.table = std::move(row.table),
            .column = std::move(row.column),
            .referenced_table = std::move(row.referenced_table),
            .rows = std::move(rows)};
}

}  // namespace

bool is_same_table(std::string_view left, std::string_view right) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(left, right, {}, lower, lower);
}

std::shared_ptr<const ForeignKeyList> ForeignKeys::known() {
    {
        const std::scoped_lock lock(mutex_);
        if (known_) return known_;
    }
    return look_again();
}

std::shared_ptr<const ForeignKeyList> ForeignKeys::look_again() {
    auto found = std::make_shared<ForeignKeyList>();
    database_.read([&](Session& session) {
        found->clear();
        for (CatalogueRow& row : session.query<CatalogueRow>(select_foreign_keys(session.dialect()))) {
            if (!is_own(row.table)) found->push_back(to_foreign_key(session.dialect(), std::move(row)));
        }
    });
    const std::scoped_lock lock(mutex_);
    return known_ = std::move(found);
}

void ForeignKeys::warn_of(std::string_view table) {
    const auto keys = look_again();  // By name: g++ 12 ends a temporary before the loop begins.
    for (const ForeignKey& key : *keys) {
        if (!is_same_table(key.referenced_table, table)) continue;
        log::warning("rows of a table that is not Nassaq's may have stood in the way of a deletion",
                     {{"table", key.table}, {"column", key.column}, {"referenced_table", table}});
    }
}

}  // namespace nassaq::db
