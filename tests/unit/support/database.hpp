#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "db/migrate.hpp"
#include "db/sqlite.hpp"

namespace nassaq::test {

/// A step of SQLite's plan for a query (sqlite.org/eqp.html).
struct PlanStep {
    std::int64_t id = 0;
    std::int64_t parent = 0;
    std::int64_t unused = 0;
    std::string detail;
};
BOOST_DESCRIBE_STRUCT(PlanStep, (), (id, parent, unused, detail))

/// @return the id of a user who cannot log in.
inline std::int64_t add_user(db::Session& session, const std::string& name) {
    return session.insert("Users", "user_id",
                          {{"username", name},
                           {"full_name", name},
                           {"email", name + "@example.com"},
                           {"password_hash", "x"},
                           {"created_at", now()}});
}

/// A migrated SQLite database in a file of its own.
class TestDatabase {
public:
    explicit TestDatabase(const std::filesystem::path& folder)
        : database_(db::make_sqlite_driver(folder / "nassaq.db"), 12) {
        db::migrate(database_);
    }

    db::Database& get() { return database_; }

    std::int64_t execute(std::string_view sql, const auto&... values) {
        return database_.transaction([&](db::Session& session) { return session.execute(sql, values...); });
    }

    std::int64_t count(std::string_view sql, const auto&... values) {
        return database_.read([&](db::Session& session) { return session.get<std::int64_t>(sql, values...); });
    }

    /// A text of the first row; nothing when there is no row or it is NULL.
    std::optional<std::string> text(std::string_view sql, const auto&... values) {
        return database_.read([&](db::Session& session) {
            return session.find<std::optional<std::string>>(sql, values...).value_or(std::nullopt);
        });
    }

    /// How SQLite would run the query: "SEARCH ..." a line for each table read through an index, "SCAN ..." without.
    std::string query_plan(std::string_view sql) {
        std::string plan;
        database_.read([&](db::Session& session) {
            for (const PlanStep& step : session.query<PlanStep>("EXPLAIN QUERY PLAN " + std::string(sql))) {
                plan += step.detail + "\n";
            }
        });
        return plan;
    }

    std::int64_t add_user(const std::string& name) {
        return database_.transaction([&](db::Session& session) { return test::add_user(session, name); });
    }

    std::int64_t add_document(const std::string& filename, std::int64_t user_id,
                              const std::optional<std::string>& blob_name, const std::optional<std::string>& sha256) {
        return database_.transaction([&](db::Session& session) {
            return session.insert("Documents", "doc_id",
                                  {{"filename", filename},
                                   {"path_id", 1},
                                   {"uploaded_by_user_id", user_id},
                                   {"uploaded_at", now()},
                                   {"file_type", "txt"},
                                   {"sha256", sha256},
                                   {"blob_name", blob_name}});
        });
    }

private:
    db::Database database_;
};

}  // namespace nassaq::test
