#include "app/database_advice.hpp"

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "app/database.hpp"
#include "base/log.hpp"

namespace nassaq::app {
namespace {

/// The first version in which SQL Server has OPENJSON (learn.microsoft.com, "OPENJSON (Transact-SQL)").
constexpr std::int64_t compatibility_level_of_openjson = 130;
/// The first version in which PostgreSQL keeps the version of a database's own collation.
constexpr std::int64_t postgres_15 = 150'000;

/// learn.microsoft.com, "sys.databases".
struct SqlServerRow {
    std::string name;
    std::int64_t has_snapshots = 0;
    std::int64_t compatibility_level = 0;
    std::string collation;
    std::string email_collation;
};
BOOST_DESCRIBE_STRUCT(SqlServerRow, (), (name, has_snapshots, compatibility_level, collation, email_collation))

std::string bracketed(std::string_view name) {
    std::string text = "[";
    for (const char c : name) {
        text.append(c == ']' ? 2 : 1, c);
    }
    return text += ']';
}

/// Whether a collation's name has this among its parts, as Arabic_100_CI_AS_SC_UTF8 has SC.
bool has_part(std::string_view collation, std::string_view part) {
    return fmt::format("_{}_", collation).find(fmt::format("_{}_", part)) != std::string::npos;
}

bool is_case_sensitive(std::string_view collation) {
    return has_part(collation, "CS") || has_part(collation, "BIN") || has_part(collation, "BIN2");
}

void look_at_sql_server(db::Session& session, const settings::Settings& settings, DatabaseAdvice& advice) {
    const auto row = session.find<SqlServerRow>(
        "SELECT DB_NAME(), CAST(d.is_read_committed_snapshot_on AS INT), CAST(d.compatibility_level AS INT), "
        "COALESCE(CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS NVARCHAR(128)), N''), "
        "COALESCE((SELECT MAX(c.collation_name) FROM sys.columns c WHERE c.object_id = OBJECT_ID(N'Users') "
        "AND c.name = N'email'), N'') FROM sys.databases d WHERE d.name = DB_NAME()");
    if (!row) {
        return;
    }
    if (row->has_snapshots == 0) {
        advice.warnings.push_back(fmt::format(
            "READ_COMMITTED_SNAPSHOT is off: whoever lists documents waits for everybody who writes one. Set it at a "
            "quiet time: ALTER DATABASE {} SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE",
            bracketed(row->name)));
    }
    if (row->compatibility_level < compatibility_level_of_openjson) {
        advice.warnings.push_back(
            fmt::format("the compatibility level is {}, and OPENJSON, by which words are indexed, needs {}: ALTER "
                        "DATABASE {} SET COMPATIBILITY_LEVEL = {}",
                        row->compatibility_level, compatibility_level_of_openjson, bracketed(row->name),
                        compatibility_level_of_openjson));
    }
    if (is_case_sensitive(row->email_collation)) {
        advice.warnings.push_back(
            fmt::format("the collation of Users.email, {}, tells capitals from small letters, so that one address can "
                        "have two accounts; give it one with CI in its name: ALTER TABLE Users ALTER COLUMN email",
                        row->email_collation));
    }
    // Its long texts are ntext, which SQL Server refuses there (error 4189).
    if (odbc_driver(settings) == db::OdbcDriver::freetds &&
        (has_part(row->collation, "SC") || has_part(row->collation, "UTF8"))) {
        advice.faults.push_back(fmt::format(
            "FreeTDS cannot send long texts to a database of the collation {}; install \"ODBC Driver 18 for "
            "SQL Server\", or take a database whose collation has neither SC nor UTF8 in its name",
            row->collation));
    }
}

/// An index of texts is in the order of the library that compared them when they were written: an upgrade of the
/// operating system may have another (postgresql.org, "ALTER COLLATION", "ALTER DATABASE").
void look_at_postgres(db::Session& session, DatabaseAdvice& advice) {
    const auto version = session.get<std::int64_t>("SELECT CAST(current_setting('server_version_num') AS BIGINT)");
    const auto name = session.get<std::string>("SELECT CAST(current_database() AS VARCHAR(63))");
    if (version >= postgres_15 &&
        session.get<std::int64_t>("SELECT COUNT(*) FROM pg_database WHERE datname = current_database() "
                                  "AND datcollversion <> pg_database_collation_actual_version(oid)") > 0) {
        advice.warnings.push_back(fmt::format(
            "texts are sorted by another version of the system's library than when the database was made, so "
            "that indexes may not find them: REINDEX DATABASE \"{0}\"; ALTER DATABASE \"{0}\" REFRESH "
            "COLLATION VERSION",
            name));
    }
    if (session.get<std::int64_t>("SELECT COUNT(*) FROM pg_collation WHERE collname = 'und-x-icu' "
                                  "AND collversion <> pg_collation_actual_version(oid)") > 0) {
        advice.warnings.push_back(fmt::format(
            "names and addresses are compared by another version of ICU than when the database was made, so "
            "that indexes may not find them: REINDEX DATABASE \"{}\"; ALTER COLLATION \"und-x-icu\" "
            "REFRESH VERSION",
            name));
    }
}

}  // namespace

DatabaseAdvice find_database_advice(db::Database& database, const settings::Settings& settings) {
    return database.read([&](db::Session& session) {
        DatabaseAdvice advice;
        if (session.dialect() == db::Dialect::mssql) look_at_sql_server(session, settings, advice);
        if (session.dialect() == db::Dialect::postgres) look_at_postgres(session, advice);
        return advice;
    });
}

void require_fit_database(db::Database& database, const settings::Settings& settings) {
    const DatabaseAdvice advice = find_database_advice(database, settings);
    for (const std::string& warning : advice.warnings) {
        log::warning("the database had better be set up otherwise", {{"advice", warning}});
    }
    if (!advice.faults.empty()) {
        throw std::runtime_error(fmt::format("the database: {}", fmt::join(advice.faults, "; ")));
    }
}

}  // namespace nassaq::app
