#include "app/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "app/broker.hpp"
#include "app/certificates.hpp"
#include "app/database.hpp"
#include "app/database_advice.hpp"
#include "app/doctor_machine.hpp"
#include "app/doctor_report.hpp"
#include "app/storage.hpp"
#include "app/texts.hpp"
#include "base/spool.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "db/dialect.hpp"
#include "db/migrate.hpp"
#include "files/take_over.hpp"
#include "files/upgrade.hpp"
#include "jobs/storage_audit.hpp"
#include "storage/azure.hpp"

namespace nassaq::app {
namespace {

namespace fs = std::filesystem;
using files::PlacedFile;

/// What is wrong with the stored file of a document.
std::optional<std::string> fault_of(storage::Storage& storage, const PlacedFile& document) {
    try {
        const auto blob = storage.properties(document.place);
        const auto sha256 = blob ? jobs::sha256_of(storage, *blob) : std::nullopt;
        if (!sha256) {
            return "is missing";
        }
        return document.sha256 && document.sha256 != sha256 ? std::optional("is damaged: its SHA-256 is " + *sha256)
                                                            : std::nullopt;
    } catch (const std::exception& error) {
        return fmt::format("cannot be read: {}", error.what());
    }
}

/// Asks the server for something about itself, in a statement that each database has words of its own for.
std::string_view by_dialect(db::Dialect dialect, std::string_view sqlite, std::string_view postgres,
                            std::string_view mssql) {
    if (dialect == db::Dialect::sqlite) return sqlite;
    return dialect == db::Dialect::postgres ? postgres : mssql;
}

/// Its first line, and of that what says which version it is.
std::string version_of(db::Session& session) {
    auto version = session.get<std::string>(by_dialect(session.dialect(), "SELECT sqlite_version()",
                                                       "SELECT CAST(version() AS VARCHAR(200))",
                                                       "SELECT CAST(@@VERSION AS NVARCHAR(200))"));
    constexpr std::size_t longest = 60;
    return version.substr(0, std::min(version.find_first_of("\n("), longest));
}

class Doctor {
public:
    Doctor(const settings::Settings& settings, DoctorReport& report) : settings_(settings), report_(report) {}

    void examine(const DoctorOptions& options) {
        report_.say("nassaq", "{}", version());
        report_.guarded("data", [&] { look_at_data_directory(report_, settings_); });
        look_at_secret(report_, settings_);
        report_.guarded("tls", [&] { look_at_tls(report_, settings_); });
        look_at_certificates();
        look_at_clock(report_);
        open_parts();
        const bool is_open = database_ && storage_;
        report_.guarded("queue", [&] { look_at_queues(); });
        report_.guarded("texts", [&] { look_at_texts(); });
        report_.guarded("second container", [&] { look_at_second_container(); });
        if (is_open && options.storage) {
            report_.guarded("storage", [&] { compare(); });
        }
        if (is_open && options.verify) {
            report_.guarded("storage", [&] { verify(); });
        }
        look_at_sandbox(report_, settings_);
        report_.guarded("extraction", [&] { look_at_extraction(report_, settings_); });
    }

private:
    void look_at_certificates() {
        for (const UncheckedCertificate& unchecked : find_unchecked_certificates(settings_)) {
            report_.warn(unchecked.part, "{}", unchecked.advice);
        }
    }

    void open_parts() {
        if (has_embedded_database(settings_) && !fs::exists(sqlite_file(settings_))) {
            report_.complain("database", "there is none in {}; `nassaq migrate` makes it",
                             settings_.data_directory.string());
            return;
        }
        report_.guarded("database", [&] { look_at_database(); });
        report_.guarded("storage", [&] {
            auto storage = open_storage(settings_);
            const Stopwatch stopwatch;
            storage->check();
            report_.say("storage", "ok ({}; answered within {:.0f} ms)", settings::name_of(settings_.blobs.storage),
                        stopwatch.milliseconds());
            storage_ = std::move(storage);
        });
    }

    void look_at_database() {
        auto database = open_database(settings_);
        const std::size_t pending = db::pending_migrations(*database).size();
        if (pending > 0) {
            report_.complain("database", "{} migrations are pending; run: nassaq migrate", pending);
            return;
        }
        const Stopwatch stopwatch;
        const std::string product = database->read([](db::Session& session) { return version_of(session); });
        report_.say("database", "ok ({}: {}; answered within {:.1f} ms)", db::name_of(database->dialect()),
                    text::trim(product), stopwatch.milliseconds());
        // Changes no row, but needs the right to.
        database->transaction([](db::Session& session) {
            session.execute("UPDATE Schema_Version SET version = version WHERE version = 0");
        });
        const DatabaseAdvice advice = find_database_advice(*database, settings_);
        for (const std::string& fault : advice.faults) report_.complain("database", "{}", fault);
        for (const std::string& warning : advice.warnings) report_.warn("database", "{}", warning);
        look_at_upgrade(*database);
        look_at_skew(*database);
        database_ = std::move(database);
    }

    void look_at_upgrade(db::Database& database) {
        const auto progress = database.read(files::take_over_progress);
        if (progress.taken_in < progress.last) {
            report_.say("upgrade", "the files of documents up to {} of {} are taken in; a server goes on with it",
                        progress.taken_in, progress.last);
        }
        if (database.read(files::is_upgrade_finished)) {
            report_.say("upgrade", "finished");
        } else {
            report_.warn("upgrade",
                         "not finished, so that nothing is kept in the trash and there are no versions of documents: "
                         "when no node of the version before is used any more, run: nassaq migrate --finish");
        }
    }

    /// Times are written by nodes and workers, each by its own clock: as far as the database's tells of the others'.
    void look_at_skew(db::Database& database) {
        if (database.dialect() == db::Dialect::sqlite) return;  // It has our own.
        constexpr std::chrono::seconds tolerated{2};
        const auto begin = now();
        const auto there = database.read([](db::Session& session) {
            return session.get<Timestamp>(by_dialect(session.dialect(), "",
                                                     "SELECT CAST(clock_timestamp() AT TIME ZONE 'UTC' AS TIMESTAMP)",
                                                     "SELECT SYSUTCDATETIME()"));
        });
        const auto middle = begin + (now() - begin) / 2;
        const double skew = std::chrono::duration<double>(there - middle).count();
        if (std::abs(skew) > std::chrono::duration<double>(tolerated).count()) {
            report_.warn("clock", "the database's clock differs by {:.1f} s; claims of jobs depend on it", skew);
        } else {
            report_.say("clock", "ok (the database's differs by {:.3f} s)", skew);
        }
    }

    void look_at_queues() {
        const Stopwatch stopwatch;
        const bool is_embedded = has_embedded_queue(settings_);
        const auto report = inspect_broker(settings_, database_.get());
        if (is_embedded) {
            report_.say("queue", "ok (embedded: it is in the database)");
        } else {
            const std::string product = report.product.empty() ? "" : ": " + report.product;
            report_.say("queue", "ok ({}{}; answered within {:.0f} ms)", name_of_broker(settings_), product,
                        stopwatch.milliseconds());
        }
        for (const broker::QueueReport& queue : report.queues) {
            const std::string depth = queue.depth ? fmt::format("{} messages wait", *queue.depth) : "";
            const std::string_view separator = depth.empty() || queue.remark.empty() ? "" : "; ";
            if (queue.is_usable) {
                report_.say("queue", "{}: {}{}{}", queue.name, depth, separator, queue.remark);
            } else {
                report_.complain("queue", "{}: {}{}{}", queue.name, depth, separator, queue.remark);
            }
        }
    }

    /// Alone, since the storage is well without it.
    void look_at_second_container() {
        const auto& options = settings_.blobs.second_container;
        if (!options) return;
        const auto container = storage::make_azure_storage(*options);
        const Stopwatch stopwatch;
        container->check();
        report_.say("second container", "ok ({}/{}; answered within {:.0f} ms)", options->connection.endpoint,
                    options->container, stopwatch.milliseconds());
    }

    void look_at_texts() {
        if (!settings_.mongo) {
            report_.say("texts", "ok (sql: they are in the database)");
            return;
        }
        const Stopwatch stopwatch;
        const auto report = texts::inspect_mongo(mongo_options(settings_, *settings_.mongo));
        report_.say("texts", "ok (mongodb: version {}; logged in, answered within {:.0f} ms)", report.version,
                    stopwatch.milliseconds());
        const std::string collection = fmt::format("{}.{}", settings_.mongo->database, settings_.mongo->collection);
        if (!report.has_collection) {
            report_.say("texts", "{}: is not there yet; the first text makes it", collection);
        } else if (!report.has_index) {
            report_.complain("texts",
                             "{}: about {} documents, and no index of doc_id: looking for a text reads them all; {}",
                             collection, report.documents, "a worker makes it with its next text, where the user may");
        } else {
            report_.say("texts", "{}: about {} documents, with an index of doc_id", collection, report.documents);
        }
    }

    void compare() {
        std::uint64_t orphans = 0;
        std::uint64_t foreign = 0;
        std::uint64_t doubtful = 0;
        const auto tell = [&](const storage::BlobProperties& blob, std::uint64_t& count, std::string_view fate) {
            const bool is_ours = storage_->was_stored_here(blob.name);
            ++(is_ours ? count : foreign);
            report_.say("storage", "{} has no document and {}", blob.name, is_ours ? fate : "is another program's");
        };
        const jobs::StorageFindings findings{
            .on_orphan = [&](const auto& blob) { tell(blob, orphans, "will be removed by the server"); },
            .on_doubtful = [&](const auto& blob) { tell(blob, doubtful, "stays, as it may be a document's"); },
            .on_missing =
                [&](const PlacedFile& document) {
                    report_.complain("storage", "document {} '{}': its file {} is missing", document.doc_id,
                                     document.filename, document.place);
                }};
        const auto audit = jobs::audit_storage(*database_, *storage_, now() - settings_.blobs.orphan_grace, findings);
        const auto& result = audit.value();  // NOLINT(bugprone-unchecked-optional-access): nothing stops it.
        const std::size_t leftovers = Spool::find_leftovers(settings_.data_directory / "spool").size();
        report_.say("storage", "{} documents, {} files, {} without a document, {} of other programs", result.documents,
                    result.blobs, orphans + doubtful, foreign);
        report_.say("spool", "{} files of processes that are gone{}", leftovers,
                    leftovers > 0 ? "; the server removes them" : "");
    }

    void verify() {
        std::uint64_t read = 0;
        files::for_each_file(*database_, [&](const PlacedFile& document) {
            const auto fault = fault_of(*storage_, document);
            if (fault) {
                report_.complain("storage", "document {} '{}': its file {} {}", document.doc_id, document.filename,
                                 document.place, *fault);
            }
            ++read;
        });
        report_.say("storage", "{} files read", read);
    }

    const settings::Settings& settings_;
    DoctorReport& report_;
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<storage::Storage> storage_;
};

}  // namespace

bool examine(const settings::Settings& settings, const DoctorOptions& options) {
    DoctorReport report(options.as_json);
    Doctor(settings, report).examine(options);
    report.finish();
    return report.is_well();
}

}  // namespace nassaq::app
