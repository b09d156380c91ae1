#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"

namespace nassaq::db {

/// A column of another program's table that refers to a row of ours.
struct ForeignKey {
    std::string table;  ///< As it was made.
    std::string column;
    std::string referenced_table;
    /// `FROM table WHERE column = ?`, its names quoted: the rows that refer to one of ours.
    std::string rows;
};

using ForeignKeyList = std::vector<ForeignKey>;

/// The foreign keys by which tables that Nassaq has not made hang on its own: the database may be another program's,
/// too. Looked up once, and again when a row of such a table has stood in the way, as it may have been made since. Safe
/// to use from any thread, but not inside of a transaction.
class ForeignKeys {
public:
    explicit ForeignKeys(Database& database) : database_(database) {}

    /// As they were when they were last looked up.
    [[nodiscard]] std::shared_ptr<const ForeignKeyList> known();
    std::shared_ptr<const ForeignKeyList> look_again();
    /// For the log, after a refusal: which tables refer to `table`, if any do.
    void warn_of(std::string_view table);

private:
    Database& database_;
    std::mutex mutex_;
    std::shared_ptr<const ForeignKeyList> known_;
};

/// Whether two names of tables are one: databases differ in which case they keep of it.
[[nodiscard]] bool is_same_table(std::string_view left, std::string_view right);

}  // namespace nassaq::db
