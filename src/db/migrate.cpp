#include "db/migrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "base/log.hpp"
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

/// Everybody who comes behind a step that waits for a lock of a table waits, too. So it waits briefly, and is tried
/// again.
constexpr std::chrono::seconds longest_wait_for_tables{5};
constexpr std::chrono::seconds pause_between_tries{2};
constexpr int most_tries = 100;

/// While there is one, statements of the transaction wait only so long for a lock.
class ShortWaits {
public:
    explicit ShortWaits(Session& session) : session_(session) {
        const auto milliseconds = std::chrono::milliseconds(longest_wait_for_tables).count();
        if (session.dialect() == Dialect::postgres) {
            session.run_script(fmt::format("SET LOCAL lock_timeout = {}", milliseconds));
        } else if (session.dialect() == Dialect::mssql) {
            session.run_script(fmt::format("SET LOCK_TIMEOUT {}", milliseconds));
        }
    }
    ShortWaits(const ShortWaits&) = delete;
    ShortWaits& operator=(const ShortWaits&) = delete;
    ~ShortWaits() {
        if (session_.dialect() != Dialect::mssql) {
            return;
        }
        try {
            session_.run_script("SET LOCK_TIMEOUT -1");
        } catch (const Error& error) {  // With its connection, which is not used again.
            log::debug("a connection broke during a migration", {{"error", error.what()}});
        }
    }

private:
    Session& session_;
};

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
        const ShortWaits waits(session);
        session.run_script(migration.script);
        session.execute("INSERT INTO Schema_Version (version, name, applied_at) VALUES (?, ?, ?)", migration.version,
                        migration.name, to_iso(now()));
        return true;
    });
}

bool apply_when_free(Database& database, const Migration& migration) {
    for (int tries = 1;; ++tries) {
        try {
            return apply(database, migration);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::busy || tries == most_tries) {
                throw;
            }
            log::warning("a migration waits for those who use its tables",
                         {{"version", migration.version}, {"name", migration.name}, {"error", error.what()}});
            std::this_thread::sleep_for(pause_between_tries);
        }
    }
}

}  // namespace

std::vector<Migration> pending_migrations(Database& database) {
    return database.read([](Session& session) { return find_pending(session); });
}

std::vector<Migration> migrate(Database& database) {
    std::vector<Migration> applied;
    for (const Migration& migration : pending_migrations(database)) {
        if (apply_when_free(database, migration)) {
            applied.push_back(migration);
        }
    }
    return applied;
}

}  // namespace nassaq::db
