#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "db/connection_string.hpp"
#include "db/database.hpp"
#include "db/migrate.hpp"
#include "metrics/metrics.hpp"
#include "settings/settings.hpp"

namespace nassaq::app {

/// What is wrong with the settings of the database and only its driver can tell; nothing when they are fine.
settings::Faults check_database_settings(const settings::Settings& settings);

/// Whether the database is SQLite's file in DATA_DIR.
bool has_embedded_database(const settings::Settings& settings);
/// That file.
std::filesystem::path sqlite_file(const settings::Settings& settings);

/// By which driver the database is reached; `unknown` for SQLite and where the connection string does not tell.
db::OdbcDriver odbc_driver(const settings::Settings& settings);

/// A command may run beside a server, and leaves it the time to write.
enum class Opener { server, command };

/// Opens the database, and makes DATA_DIR. One that is away, or takes no more sessions now, is asked again:
/// SQL_MAX_RETRIES times with growing pauses, and for SQL_START_PATIENCE in any case, as one that sleeps takes a minute
/// to wake up. Each time the log of a server says so, or the standard error of a command. A signal to stop ends the
/// waiting.
/// @throws std::system_error, db::Error
std::unique_ptr<db::Database> open_database(const settings::Settings& settings, Opener opener = Opener::command);

/// As db::migrate(). A database that no version of Nassaq has used before need not wait for nodes of the last one to
/// go: then the upgrade is finished (docs/decisions/0098).
std::vector<db::Migration> bring_to_current_schema(db::Database& database);

/// The state of its connections.
void add_database_metrics(metrics::Metrics& metrics, const db::Database& database);

}  // namespace nassaq::app
