#include "db/migrate.hpp"

#include <algorithm>
#include <set>

#include "db/migration_files.hpp"

namespace nassaq::db {
namespace {

bool has_version_table(Session& session) {
    switch (session.dialect()) {
        case Dialect::sqlite:
            return session.get<std::int64_t>("SELECT COUNT(*) FROM sqlite_master WHERE name = 'Schema_Version'") > 0;
        case Dialect::postgres:
            // Not to_regclass(): it answers from a cache, which need not know yet what another process has committed.
            return session.get<std::int64_t>(
                       "SELECT COUNT(*) FROM pg_catalog.pg_class WHERE relname = 'schema_version' AND relkind = 'r' "
                       "AND pg_catalog.pg_table_is_visible(oid)") > 0;
        case Dialect::mssql:
            return session.get<std::int64_t>(
                       "SELECT CASE WHEN OBJECT_ID(N'Schema_Version') IS NULL THEN 0 ELSE 1 END") > 0;
    }
    return false;
}

std::vector<Migration> find_pending(Session& session) {
    std::set<std::int64_t> done;
    if (has_version_table(session)) {
        session.visit<std::int64_t>("SELECT version FROM Schema_Version",
                                    [&](std::int64_t version) { done.insert(version); });
    }
    std::vector<Migration> pending;
    for (const MigrationFile& file : migration_files()) {
        if (file.dialect == session.dialect() && !done.contains(file.migration.version)) {
            pending.push_back(file.migration);
        }
    }
    std::ranges::sort(pending, {}, &Migration::version);
    return pending;
}

/// @return false when another process has taken the step since we looked.
bool apply(Database& database, const Migration& migration) {
    return database.transaction([&](Session& session) {
        session.run_script("");  // Lifts the limit of time: another process may be at it for long.
        session.lock("migrate");
        if (!has_version_table(session)) {
            session.run_script(
                "CREATE TABLE Schema_Version (version BIGINT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, "
                "applied_at VARCHAR(32) NOT NULL)");
        }
        if (session.find<std::int64_t>("SELECT version FROM Schema_Version WHERE version = ?", migration.version)) {
            return false;
        }
        session.run_script(migration.script);
        session.execute("INSERT INTO Schema_Version (version, name, applied_at) VALUES (?, ?, ?)", migration.version,
                        migration.name, to_iso(now()));
        return true;
    });
}

}  // namespace

std::vector<Migration> pending_migrations(Database& database) {
    return database.read([](Session& session) { return find_pending(session); });
}

std::vector<Migration> migrate(Database& database) {
    std::vector<Migration> applied;
    for (const Migration& migration : pending_migrations(database)) {
        if (apply(database, migration)) {
            applied.push_back(migration);
        }
    }
    return applied;
}

}  // namespace nassaq::db
