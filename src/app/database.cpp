#include "app/database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "app/signals.hpp"
#include "base/log.hpp"
#include "db/odbc.hpp"
#include "db/sqlite.hpp"
#include "files/upgrade.hpp"

namespace nassaq::app {
namespace {

using settings::Settings;

/// For reading; SQLite has one writer besides. Opened only as they are needed.
constexpr std::size_t sqlite_connections = 32;

constexpr db::SqliteOptions options_of_command{.longest_gap = std::chrono::milliseconds{20}};

constexpr double longest_pause_seconds = 600;

/// A client waits so long for an answer, but hardly longer.
constexpr std::chrono::milliseconds longest_outage_patience{25'000};

std::optional<db::Encryption> encryption_of(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, db::Encryption>, 4> names{{{"off", db::Encryption::off},
                                                                                {"request", db::Encryption::request},
                                                                                {"require", db::Encryption::require},
                                                                                {"strict", db::Encryption::strict}}};
    const auto* found = std::ranges::find(names, name, &std::pair<std::string_view, db::Encryption>::first);
    return found == names.end() ? std::nullopt : std::optional(found->second);
}

/// The driver that is used for the one wanted. Microsoft's cannot be had everywhere; FreeTDS is in Debian.
std::string installed_or_freetds(const std::string& wanted) {
    const auto installed = db::installed_odbc_drivers();
    if (std::ranges::find(installed, wanted) != installed.end()) {
        return wanted;
    }
    const auto freetds = std::ranges::find_if(
        installed, [](const std::string& name) { return db::known_driver(name) == db::OdbcDriver::freetds; });
    if (freetds == installed.end() || db::known_driver(wanted) != db::OdbcDriver::microsoft) {
        return wanted;
    }
    return *freetds;
}

db::ConnectionString connection_string(const Settings& settings) {
    if (!settings.sql_server) {
        return db::ConnectionString::parse(settings.sql_connection_string).value();
    }
    const settings::SqlServer& server = *settings.sql_server;
    return db::sql_server_connection_string({.server = server.server,
                                             .database = server.database,
                                             .user = server.user,
                                             .password = server.password,
                                             .driver = installed_or_freetds(server.driver),
                                             .encryption = encryption_of(server.encryption),
                                             .trusts_certificate = server.trusts_certificate});
}

std::chrono::milliseconds pause_after(const Settings& settings, int attempt) {
    const double seconds = std::pow(settings.sql_retry_delay_base, attempt);
    return std::chrono::seconds(std::llround(std::min(seconds, longest_pause_seconds)));
}

/// A request is as patient as the start, within reason.
std::chrono::milliseconds outage_patience(const Settings& settings) {
    std::chrono::milliseconds sum{0};
    for (int attempt = 1; attempt <= settings.sql_max_retries && sum < longest_outage_patience; ++attempt) {
        sum += pause_after(settings, attempt);
    }
    return std::min(sum, longest_outage_patience);
}

/// How long, and how often, a database is asked again at the start.
class StartPatience {
public:
    explicit StartPatience(const Settings& settings) : settings_(settings) {}

    /// Counts an attempt that has failed. @return the pause until the next one, or nothing when it was the last.
    std::optional<std::chrono::milliseconds> pause() {
        ++attempts_;
        const auto pause = pause_after(settings_, attempts_);
        if (attempts_ <= settings_.sql_max_retries) {
            return pause;
        }
        const auto left = std::chrono::ceil<std::chrono::seconds>(end_ - Clock::now());
        return left.count() > 0 ? std::optional(std::min({pause, longest_pause, std::chrono::milliseconds(left)}))
                                : std::nullopt;
    }

private:
    using Clock = std::chrono::steady_clock;
    /// Or one that has woken up would be left alone for long.
    static constexpr std::chrono::milliseconds longest_pause{10'000};

    const Settings& settings_;
    Clock::time_point end_ = Clock::now() + settings_.sql_start_patience;
    int attempts_ = 0;
};

/// Commands have no log.
void tell_of_waiting(const db::Error& error, std::chrono::milliseconds pause) {
    if (log::is_enabled(log::Level::error)) {
        log::warning("the database does not answer; it is asked again",
                     {{"error", error.what()}, {"pause_ms", pause.count()}});
    } else {
        fmt::print(stderr, "nassaq: the database does not answer; it is asked again in {} s: {}\n",
                   std::chrono::duration_cast<std::chrono::seconds>(pause).count(), error.what());
    }
}

/// @return false when the process is to stop.
bool wait_unless_stopped(std::chrono::milliseconds pause) {
    constexpr std::chrono::milliseconds look_interval{100};
    const auto end = std::chrono::steady_clock::now() + pause;
    while (std::chrono::steady_clock::now() < end && !is_to_stop()) {
        std::this_thread::sleep_for(look_interval);
    }
    return !is_to_stop();
}

void tell_of_another_driver(const Settings& settings) {
    if (!settings.sql_server) {
        return;
    }
    const std::string& wanted = settings.sql_server->driver;
    if (const std::string used = installed_or_freetds(wanted); used != wanted) {
        log::warning("the ODBC driver is not installed; FreeTDS is used", {{"wanted", wanted}, {"used", used}});
    }
}

std::unique_ptr<db::Driver> connect_odbc(const Settings& settings) {
    tell_of_another_driver(settings);
    const db::OdbcOptions options{.connection_string = db::complete(connection_string(settings)).to_string(),
                                  .connect_timeout = settings.sql_connect_timeout};
    StartPatience patience(settings);
    for (;;) {
        try {
            return db::make_odbc_driver(options);
        } catch (const db::Error& error) {
            const bool may_come = error.is_outage() || error.kind() == db::ErrorKind::throttled;
            const auto pause = may_come ? patience.pause() : std::nullopt;
            if (!pause) {
                throw;
            }
            tell_of_waiting(error, *pause);
            if (!wait_unless_stopped(*pause)) {
                throw;
            }
        }
    }
}

}  // namespace

settings::Faults check_database_settings(const Settings& settings) {
    if (settings.sql_server) {
        const bool is_freetds = db::known_driver(settings.sql_server->driver) == db::OdbcDriver::freetds;
        if (is_freetds && !settings.sql_server->trusts_certificate) {
            return {
                "SQL_TRUST_SERVER_CERTIFICATE: FreeTDS cannot check a certificate by a connection string; use "
                "\"ODBC Driver 18 for SQL Server\", or yes"};
        }
        return {};
    }
    if (settings.sql_connection_string.empty()) {
        return {};
    }
    const auto parsed = db::ConnectionString::parse(settings.sql_connection_string);
    if (!parsed) {
        return {"SQL_CONNECTION_STRING: " + parsed.error()};
    }
    if (!parsed->find("Driver") && !parsed->find("DSN")) {
        return {"SQL_CONNECTION_STRING: names neither a Driver nor a DSN"};
    }
    return {};
}

std::filesystem::path sqlite_file(const Settings& settings) {
    return settings.data_directory / "nassaq.db";
}

bool has_embedded_database(const Settings& settings) {
    return !settings.sql_server && settings.sql_connection_string.empty();
}

db::OdbcDriver odbc_driver(const Settings& settings) {
    return has_embedded_database(settings) ? db::OdbcDriver::unknown : connection_string(settings).driver();
}

std::unique_ptr<db::Database> open_database(const Settings& settings, Opener opener) {
    std::filesystem::create_directories(settings.data_directory);
    if (has_embedded_database(settings)) {
        const auto options = opener == Opener::command ? options_of_command : db::SqliteOptions();
        return std::make_unique<db::Database>(db::make_sqlite_driver(sqlite_file(settings), options),
                                              sqlite_connections);
    }
    return std::make_unique<db::Database>(connect_odbc(settings),
                                          db::PoolOptions{.size = settings.sql_pool_size,
                                                          .recycle = settings.sql_pool_recycle,
                                                          .outage_patience = outage_patience(settings)});
}

std::vector<db::Migration> bring_to_current_schema(db::Database& database) {
    auto applied = db::migrate(database);
    if (!applied.empty() && applied.front().version == 1) {
        database.transaction([](db::Session& session) { files::record_finished_upgrade(session); });
    }
    return applied;
}

void add_database_metrics(metrics::Metrics& metrics, const db::Database& database) {
    const auto read = [&database](auto member) {
        return [&database, member] { return static_cast<double>(database.statistics().*member); };
    };
    using db::PoolStatistics;
    metrics.add_gauge("nassaq_database_pool_size", "Connections that the pool may have", read(&PoolStatistics::size));
    metrics.add_gauge("nassaq_database_pool_open", "Connections that are open", read(&PoolStatistics::open));
    metrics.add_gauge("nassaq_database_pool_in_use", "Connections that are in use", read(&PoolStatistics::in_use));
    metrics.add_counter("nassaq_database_calls_total", "Transactions and reads", read(&PoolStatistics::calls));
    metrics.add_counter("nassaq_database_waits_total", "Times that somebody waited for a connection",
                        read(&PoolStatistics::waits));
    metrics.add_counter("nassaq_database_retries_total", "Connects that failed, and transactions that were run again",
                        read(&PoolStatistics::retries));
}

}  // namespace nassaq::app
