#include "app/import_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

#include "api/answer_cache.hpp"
#include "app/database.hpp"
#include "app/features.hpp"
#include "app/node.hpp"
#include "app/signals.hpp"
#include "audit/reading_log.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "imports/importer.hpp"
#include "imports/local_target.hpp"
#include "imports/server_target.hpp"
#include "paths/model.hpp"
#include "users/store.hpp"

namespace nassaq::app {
namespace {

/// Most of the time of a small file is waiting for the disk, the database or the network.
unsigned default_threads() {
    constexpr unsigned a_core = 4;
    constexpr unsigned most = 32;
    return std::min(most, a_core * std::max(1U, std::thread::hardware_concurrency()));
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes the environment.
    return value == nullptr ? std::string() : std::string(value);
}

/// What is kept for a user of this machine between two runs (XDG Base Directory Specification).
std::filesystem::path state_directory() {
    if (const std::string state = variable("XDG_STATE_HOME"); !state.empty()) {
        return std::filesystem::path(state) / "nassaq";
    }
    const std::string home = variable("HOME");
    if (home.empty()) {
        throw std::runtime_error(
            "HOME is not set, so there is no place for what has been imported; set XDG_STATE_HOME");
    }
    return std::filesystem::path(home) / ".local/state/nassaq";
}

/// A journal for each folder, destination and owner.
std::filesystem::path journal_file(const std::filesystem::path& directory, const imports::ImportOptions& options,
                                   std::string_view destination) {
    const std::string name = fmt::format("{}\n{}\n{}", options.folder.native(), options.path, destination);
    return directory / "imports" / (text::to_hex(digest::sha256(name)) + ".sqlite");
}

imports::ImportOptions to_options(const ImportLine& line) {
    std::error_code error;
    imports::ImportOptions options;
    options.folder = std::filesystem::canonical(line.folder, error);
    if (error || !std::filesystem::is_directory(options.folder)) {
        throw std::runtime_error(fmt::format("{} is no folder that can be read", line.folder.native()));
    }
    options.path = line.path;
    if (auto fault = paths::tidy_new_path(options.path)) {
        throw std::runtime_error(fmt::format("--path: {}", *fault));
    }
    options.threads = line.threads == 0 ? default_threads() : line.threads;
    options.watch = line.watch;
    options.move_done = line.watch && line.done == "move";
    return options;
}

bool run_import(const ImportLine& line, imports::ImportOptions options, imports::Target& target, Spool& spool,
                const std::filesystem::path& journal_path, const std::stop_token& stop) {
    if (line.again) {
        std::filesystem::remove(journal_path);
    }
    imports::Journal journal(journal_path);
    imports::Report report(line.report);
    imports::Importer importer(std::move(options), target, spool, journal, report);
    if (const auto end = importer.run(stop)) {
        fmt::print(stderr, "nassaq: the import ended: {}\n", *end);
        return false;
    }
    if (stop.stop_requested()) {
        fmt::print(stderr, "nassaq: the import was interrupted; the same command goes on with it\n");
        return line.watch;
    }
    return report.counts().failed == 0;
}

std::int64_t require_owner(db::Database& database, const std::string& email) {
    const auto owner = database.read([&](db::Session& session) { return users::find_credentials(session, email); });
    if (!owner) {
        throw std::runtime_error(fmt::format("there is no user with the e-mail address {}", email));
    }
    if (!owner->is_active) {
        throw std::runtime_error(fmt::format("the account of {} is not active", email));
    }
    return owner->user_id;
}

}  // namespace

bool import_here(const settings::Settings& settings, const ImportLine& line) {
    const imports::ImportOptions options = to_options(line);
    const StopBySignal stop;
    const log::Running log(log::Level::warning, settings.log_format);
    const auto database = open_database(settings);
    bring_to_current_schema(*database);
    const std::int64_t owner_id = require_owner(*database, line.owner);
    metrics::Metrics metrics;
    Node node(settings, *database, metrics);
    db::ForeignKeys foreign_keys(*database);
    api::AnswerCache answers;
    audit::ReadingLog reading_log(*database);
    imports::LocalTarget target(document_services(settings, node, answers, reading_log), foreign_keys, owner_id);
    const auto journal = journal_file(settings.data_directory, options, line.owner);
    return run_import(line, options, target, node.spool(), journal, stop.token());
}

bool import_there(const ImportLine& line) {
    const imports::ImportOptions options = to_options(line);
    const imports::Tokens tokens{.access = variable("NASSAQ_TOKEN"), .refresh = variable("NASSAQ_REFRESH_TOKEN")};
    if (tokens.access.empty() && tokens.refresh.empty()) {
        throw std::runtime_error(
            "--server needs an access token in NASSAQ_TOKEN, a refresh token in "
            "NASSAQ_REFRESH_TOKEN, or both: an access token lives for minutes only");
    }
    const StopBySignal stop;
    const log::Running log(log::Level::warning, log::Format::text);
    const std::filesystem::path state = state_directory();
    Spool spool(state / "spool");
    for (const SpoolLeftover& leftover : spool.leftovers()) {
        Spool::remove(leftover);
    }
    imports::ServerTarget target(line.server, tokens, stop.token());
    const std::string owner = target.owner();
    if (!line.owner.empty() && line.owner != owner) {
        throw std::runtime_error(fmt::format("the token is that of {}, not of {}", owner, line.owner));
    }
    return run_import(line, options, target, spool, journal_file(state, options, line.server + "\n" + owner),
                      stop.token());
}

}  // namespace nassaq::app
