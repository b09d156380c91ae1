#include "db/migrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "base/log.hpp"
#include "base/text.hpp"
#include "db/migration_files.hpp"
#include "db/script.hpp"

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
/// How often it is looked whether another process has done with its step.
constexpr std::chrono::milliseconds pause_behind_another{250};

/// While there is one, a statement waits only so long for a lock.
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

/// PostgreSQL's key of the lock that Session::lock() takes.
constexpr std::string_view key_of_lock = "hashtextextended('nassaq migrate', 0)";

/// One process migrates at a time. PostgreSQL is asked for the lock again and again: a statement that waits has a
/// transaction, and CREATE INDEX CONCURRENTLY waits for all transactions.
/// @return false when another process has it.
bool take_lock(Session& session) {
    if (session.dialect() == Dialect::postgres) {
        return session.get<bool>(fmt::format("SELECT pg_try_advisory_xact_lock({})", key_of_lock));
    }
    session.lock("migrate");
    return true;
}

/// The same lock outside of a transaction, for as long as the object lives. The server takes it back from a process
/// that dies.
class LockOfSession {
public:
    explicit LockOfSession(Session& session) : session_(session) {
        if (session.dialect() == Dialect::postgres) {
            is_held_ = session.get<bool>(fmt::format("SELECT pg_try_advisory_lock({})", key_of_lock));
        } else {
            session.run_script(
                "DECLARE @result INT; EXEC @result = sp_getapplock @Resource = N'nassaq migrate', "
                "@LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = -1; "
                "IF @result < 0 THROW 50000, N'a lock was not to be had', 1");
            is_held_ = true;
        }
    }
    LockOfSession(const LockOfSession&) = delete;
    LockOfSession& operator=(const LockOfSession&) = delete;
    ~LockOfSession() {
        if (!is_held_) {
            return;
        }
        try {
            session_.run_script(session_.dialect() == Dialect::postgres
                                    ? fmt::format("SELECT pg_advisory_unlock({})", key_of_lock)
                                    : "EXEC sp_releaseapplock @Resource = N'nassaq migrate', @LockOwner = 'Session'");
        } catch (const Error& error) {  // It went with its connection.
            log::debug("a connection broke during a migration", {{"error", error.what()}});
        }
    }

    [[nodiscard]] bool is_held() const { return is_held_; }

private:
    Session& session_;
    bool is_held_ = false;
};

/// What has become of a step.
enum class Outcome {
    taken,
    taken_by_another,
    has_to_wait,  ///< Another process takes a step at the moment.
};

bool is_recorded(Session& session, const Migration& migration) {
    return session.find<std::int64_t>("SELECT version FROM Schema_Version WHERE version = ?", migration.version)
        .has_value();
}

void record(Session& session, const Migration& migration) {
    session.execute("INSERT INTO Schema_Version (version, name, applied_at) VALUES (?, ?, ?)", migration.version,
                    migration.name, to_iso(now()));
}

Outcome apply_in_transaction(Database& database, const Migration& migration) {
    return database.transaction([&](Session& session) {
        session.run_script("");  // Lifts the limit of time: another process may be at it for long.
        if (!take_lock(session)) {
            return Outcome::has_to_wait;
        }
        if (!has_version_table(session)) {
            session.run_script(
                "CREATE TABLE Schema_Version (version BIGINT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, "
                "applied_at VARCHAR(32) NOT NULL)");
        }
        if (is_recorded(session, migration)) {
            return Outcome::taken_by_another;
        }
        const ShortWaits waits(session);
        session.run_script(migration.script);
        record(session, migration);
        return Outcome::taken;
    });
}

/// A file that begins with this is run statement by statement, each a transaction of its own, so that others go on
/// writing meanwhile. It leaves out what is there already, and so goes on where it was interrupted.
constexpr std::string_view outside_mark = "-- Outside of a transaction";

/// Whether it begins, behind comments, with SELECT.
bool is_question(std::string_view statement) {
    statement = text::trim(statement);
    while (statement.starts_with("--")) {
        const std::size_t end = statement.find('\n');
        statement = end == std::string_view::npos ? std::string_view() : text::trim(statement.substr(end));
    }
    return statement.starts_with("SELECT");
}

/// What CREATE INDEX CONCURRENTLY leaves when it is interrupted: an index that costs time and serves no one. Only of
/// those that the script makes: others may be made by somebody at this moment.
void drop_unfinished_indexes(Session& session, std::string_view script) {
    if (session.dialect() != Dialect::postgres) {
        return;
    }
    const auto names = session.query<std::string>(
        "SELECT c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
        "WHERE NOT i.indisvalid AND pg_catalog.pg_table_is_visible(c.oid)");
    for (const std::string& name : names) {
        if (script.find(" " + name + " ON ") != std::string_view::npos) {
            log::info("an index that was left unfinished is removed", {{"index", name}});
            session.run_script("DROP INDEX CONCURRENTLY " + name);
        }
    }
}

/// A statement that begins with SELECT has the statements as its rows. One of those may fail because of rows that are
/// not unique: the next SELECT sees what is missing.
void run_outside(Session& session, std::string_view script) {
    for (const std::string_view statement : split_script(script)) {
        if (!is_question(statement)) {
            session.run_script(statement);
            continue;
        }
        for (const std::string& found : session.query<std::string>(statement)) {
            try {
                session.run_script(found);
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::unique_violation) {
                    throw;
                }
                log::warning("rows that should be unique are not", {{"error", error.what()}});
                drop_unfinished_indexes(session, script);
            }
        }
    }
}

void run_with_short_waits(Session& session, std::string_view script) {
    const ShortWaits waits(session);
    run_outside(session, script);
}

Outcome apply_outside_of_transaction(Database& database, const Migration& migration) {
    return database.read_once([&](Session& session) {  // One connection for all of it, which has the lock.
        const LockOfSession lock(session);
        if (!lock.is_held()) {
            return Outcome::has_to_wait;
        }
        if (is_recorded(session, migration)) {
            return Outcome::taken_by_another;
        }
        drop_unfinished_indexes(session, migration.script);
        if (session.dialect() == Dialect::postgres) {
            run_outside(session, migration.script);  // It waits for transactions, but nobody waits behind it.
        } else {
            run_with_short_waits(session, migration.script);
        }
        record(session, migration);
        return Outcome::taken;
    });
}

Outcome apply(Database& database, const Migration& migration) {
    return migration.script.starts_with(outside_mark) ? apply_outside_of_transaction(database, migration)
                                                      : apply_in_transaction(database, migration);
}

/// @return false when another process has taken the step since we looked.
bool apply_when_free(Database& database, const Migration& migration) {
    for (int tries = 1;;) {
        try {
            const Outcome outcome = apply(database, migration);
            if (outcome != Outcome::has_to_wait) {
                return outcome == Outcome::taken;
            }
            std::this_thread::sleep_for(pause_behind_another);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::busy || ++tries > most_tries) {
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
