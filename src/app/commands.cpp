#include "app/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <stdexcept>

#include "app/admin.hpp"
#include "app/backup.hpp"
#include "app/broker.hpp"
#include "app/command_line.hpp"
#include "app/configuration.hpp"
#include "app/database.hpp"
#include "app/database_advice.hpp"
#include "app/doctor.hpp"
#include "app/extract.hpp"
#include "app/import_command.hpp"
#include "app/isolation.hpp"
#include "app/jobs_commands.hpp"
#include "app/routes.hpp"
#include "app/search_commands.hpp"
#include "app/serve.hpp"
#include "app/signals.hpp"
#include "app/stages.hpp"
#include "app/storage.hpp"
#include "app/texts.hpp"
#include "app/tls.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "db/migrate.hpp"
#include "files/place_finder.hpp"
#include "files/take_over.hpp"
#include "files/upgrade.hpp"
#include "jobs/dead_jobs.hpp"
#include "jobs/message.hpp"
#include "settings/settings.hpp"

namespace nassaq::app {
namespace {

constexpr int exit_fine = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_configuration = 78;  // EX_CONFIG of sysexits.h

using settings::Settings;

/// Takes in what nodes of the version before have left, and has the database be used by this version alone.
void finish_upgrade(const Settings& settings, db::Database& database) {
    const StopBySignal stop;
    const log::Running log(log::Level::warning, settings.log_format);
    const auto storage = open_storage(settings);
    const auto texts = open_text_store(settings, database);
    files::PlaceFinder finder(database, *storage, *texts);
    files::TakeOver take_over(database, finder);
    const std::int64_t taken = take_over.run(stop.token());
    if (stop.token().stop_requested()) {
        throw std::runtime_error("the upgrade was interrupted; the same command goes on with it");
    }
    database.transaction([](db::Session& session) { files::record_finished_upgrade(session); });
    fmt::print("Took in the files of {} documents. The upgrade is finished.\n", taken);
}

int migrate_command(const Settings& settings, bool dry_run, bool finish) {
    if (dry_run && finish) {
        throw std::invalid_argument("--dry-run changes nothing, so it goes without --finish");
    }
    const auto database = open_database(settings);
    require_fit_database(*database, settings);
    const auto steps = dry_run ? db::pending_migrations(*database) : bring_to_current_schema(*database);
    for (const db::Migration& step : steps) {
        fmt::print("{} {:04} {}\n", dry_run ? "would apply" : "applied", step.version, step.name);
    }
    if (steps.empty()) {
        fmt::print("The database has the current schema.\n");
    }
    if (finish) {
        finish_upgrade(settings, *database);
    }
    return exit_fine;
}

/// The first line of standard input.
std::optional<std::string> read_password(bool from_stdin) {
    if (!from_stdin) {
        return std::nullopt;
    }
    std::string password;
    std::getline(std::cin, password);
    return password;
}

int report(const std::expected<AdminResult, AdminFaults>& result, std::string_view done) {
    if (result) {
        fmt::print("{} (user {}).\n", done, result->user_id);
        if (const auto& password = result->generated_password) {
            fmt::print("Password, shown only now: {}\n", *password);
        }
        return exit_fine;
    }
    for (const std::string& fault : result.error()) {
        fmt::print(stderr, "nassaq: {}\n", fault);
    }
    return exit_failed;
}

int admin_create_command(const Settings& settings, const CommandLine& line) {
    const auto password = read_password(line.password_stdin);
    const auto database = open_database(settings);
    bring_to_current_schema(*database);
    if (line.if_none && has_active_admin(*database)) {
        fmt::print("There is an active administrator.\n");
        return exit_fine;
    }
    const auto result =
        create_admin(*database, {.email = line.email, .full_name = line.full_name, .password = password});
    return report(result, result && result->is_new ? "Created the administrator " + line.email
                                                   : "Made an administrator of " + line.email);
}

int admin_reset_password_command(const Settings& settings, const CommandLine& line) {
    const auto password = read_password(line.password_stdin);
    const auto database = open_database(settings);
    bring_to_current_schema(*database);
    return report(reset_password(*database, line.email, password), "Set a new password for " + line.email);
}

/// @throws std::invalid_argument when this installation has no stage of that name.
const jobs::Stage& find_stage(const jobs::Stages& stages, const std::string& name) {
    const jobs::Stage* stage = stages.find(name);
    if (stage == nullptr) {
        throw std::invalid_argument(fmt::format("there is no stage '{}'; stages: {}", name, stages.names()));
    }
    return *stage;
}

int jobs_list_command(const Settings& settings, const CommandLine& line) {
    const jobs::Stages stages = make_stages(settings);
    const jobs::Stage& stage = find_stage(stages, line.stage);
    const auto database = open_database(settings);
    bring_to_current_schema(*database);
    const auto broker = open_broker(settings, *database);
    list_jobs(*database, *broker, stage);
    return exit_fine;
}

int jobs_retry_command(const Settings& settings, const CommandLine& line) {
    const jobs::Stages stages = make_stages(settings);
    const jobs::Stage& stage = find_stage(stages, line.stage);
    const auto database = open_database(settings);
    bring_to_current_schema(*database);
    const auto storage = open_storage(settings);
    const RetryResult result = retry_jobs(*database, *storage, stage, line.doc_ids);
    for (const std::int64_t doc_id : result.not_dead) {
        fmt::print(stderr, "nassaq: document {} is no dead job\n", doc_id);
    }
    fmt::print("Put {} jobs back.\n", result.retried);
    return result.not_dead.empty() ? exit_fine : exit_failed;
}

int jobs_purge_command(const Settings& settings, const CommandLine& line) {
    const jobs::Stages stages = make_stages(settings);
    const std::string queue = jobs::dead_queue(find_stage(stages, line.stage).queue);
    const auto database = open_database(settings);
    bring_to_current_schema(*database);
    const auto broker = open_broker(settings, *database);
    fmt::print("Dropped {} messages of {}.\n", broker->purge(queue), queue);
    return exit_fine;
}

int jobs_start_command(const Settings& settings, const CommandLine& line) {
    const jobs::Stages stages = make_stages(settings);
    const jobs::Stage& stage = find_stage(stages, line.stage);
    const auto database = open_database(settings);
    bring_to_current_schema(*database);
    const auto storage = open_storage(settings);
    fmt::print("Began {} jobs.\n", jobs::begin_stale_jobs(*database, *storage, stage));
    return exit_fine;
}

int search_reindex_command(const Settings& settings) {
    fmt::print("Indexed {} documents.\n", reindex(settings));
    return exit_fine;
}

int report_backup(const BackupResult& result, std::string_view done) {
    for (const std::string& fault : result.faults) {
        fmt::print(stderr, "nassaq: {}\n", fault);
    }
    fmt::print("{} {} documents.\n", done, result.documents);
    return result.faults.empty() ? exit_fine : exit_failed;
}

int run_with_settings(const CommandLine& line, const Settings& settings) {
    if (line.command == "serve") {
        serve(settings, line.with_worker);
        return exit_fine;
    }
    if (line.command == "worker") {
        run_worker(settings);
        return exit_fine;
    }
    if (line.command == "migrate") {
        return migrate_command(settings, line.dry_run, line.finish);
    }
    if (line.command == "jobs list") {
        return jobs_list_command(settings, line);
    }
    if (line.command == "jobs retry") {
        return jobs_retry_command(settings, line);
    }
    if (line.command == "jobs purge") {
        return jobs_purge_command(settings, line);
    }
    if (line.command == "jobs start") {
        return jobs_start_command(settings, line);
    }
    if (line.command == "search reindex") {
        return search_reindex_command(settings);
    }
    if (line.command == "import") {
        return import_here(settings, line.imports) ? exit_fine : exit_failed;
    }
    if (line.command == "doctor") {
        return examine(settings, {.storage = line.storage, .verify = line.verify, .as_json = line.json}) ? exit_fine
                                                                                                         : exit_failed;
    }
    if (line.command == "backup") {
        return report_backup(back_up(settings, line.folder), "Backed up");
    }
    if (line.command == "restore") {
        return report_backup(restore(settings, line.folder), "Restored");
    }
    return line.command == "admin create" ? admin_create_command(settings, line)
                                          : admin_reset_password_command(settings, line);
}

int report_configuration(const settings::Faults& faults) {
    fmt::print(stderr, "nassaq: the configuration is wrong:\n");
    for (const std::string& fault : faults) {
        fmt::print(stderr, "  {}\n", fault);
    }
    return exit_configuration;
}

/// Of the settings it needs only those of extraction: no secret, no database.
int extract_command(const CommandLine& line, const settings::Variables& variables) {
    settings::Faults faults;
    const auto settings = settings::read_extraction_settings(variables, faults);
    std::ranges::move(check_isolation(settings), std::back_inserter(faults));
    if (!faults.empty()) {
        return report_configuration(faults);
    }
    return extract_files(settings, line.files, line.json) ? exit_fine : exit_failed;
}

bool reads_documents(const CommandLine& line, const Settings& settings) {
    return line.command == "worker" || (line.command == "serve" && (line.with_worker || has_embedded_queue(settings)));
}

/// Only a server signs tokens; the doctor examines one.
settings::TokenSecret token_secret_of(const CommandLine& line) {
    using enum settings::TokenSecret;
    return line.command == "serve" || line.command == "doctor" ? needed : not_needed;
}

int configure_and_run(const CommandLine& line) {
    if (line.command == "import" && !line.imports.server.empty()) {
        return import_there(line.imports) ? exit_fine : exit_failed;  // Of the settings it needs none.
    }
    const auto variables = settings::collect_variables(line.env_file, line.env_file_was_given);
    if (!variables) {
        return report_configuration(variables.error());
    }
    if (line.command == "extract") {
        return extract_command(line, *variables);
    }
    const auto settings = settings::parse(*variables, token_secret_of(line));
    if (!settings) {
        return report_configuration(settings.error());
    }
    settings::Faults faults = find_faults(*settings);
    if (line.command == "serve") {
        std::ranges::move(check_tls_settings(*settings), std::back_inserter(faults));
    }
    if (reads_documents(line, *settings)) {
        std::ranges::move(check_isolation(settings->extraction), std::back_inserter(faults));
    }
    if (!faults.empty()) {
        return report_configuration(faults);
    }
    return run_with_settings(line, *settings);
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
    // ODBC drivers convert text by it; without it they would spoil all but ASCII. psqlODBC takes the locale from the
    // environment when it is loaded, and services and containers have none there. Nothing else runs yet.
    setenv("LC_ALL", "C.UTF-8", 1);                        // NOLINT(concurrency-mt-unsafe)
    if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) {  // NOLINT(concurrency-mt-unsafe)
        fmt::print(stderr, "nassaq: this system has no locale C.UTF-8\n");
        return exit_failed;
    }
    const auto line = parse_command_line(arguments);
    if (!line) {
        fmt::print(stderr, "nassaq: {}\n\n{}", line.error(), usage());
        return exit_usage;
    }
    if (line->help) {
        fmt::print("{}", usage());
        return exit_fine;
    }
    if (line->version) {
        fmt::print("nassaq {}\n", version());
        return exit_fine;
    }
    if (line->command == "openapi") {
        fmt::print("{}\n", boost::json::serialize(openapi()));
        return exit_fine;
    }
    try {
        return configure_and_run(*line);
    } catch (const std::exception& error) {
        fmt::print(stderr, "nassaq: {}\n", error.what());
        return exit_failed;
    }
}

}  // namespace nassaq::app
