#include "app/doctor.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "app/broker.hpp"
#include "app/database.hpp"
#include "app/storage.hpp"
#include "app/texts.hpp"
#include "base/sha256.hpp"
#include "base/spool.hpp"
#include "db/dialect.hpp"
#include "db/migrate.hpp"
#include "jobs/storage_audit.hpp"

namespace nassaq::app {
namespace {

namespace fs = std::filesystem;
using jobs::DocumentBlob;

/// As the whole file is read.
std::optional<std::string> sha256_of(storage::Storage& storage, const DocumentBlob& document) {
    constexpr std::size_t chunk = 64 * 1024;
    const auto properties = storage.properties(document.blob_name);
    const auto source = properties ? storage.download_stream(document.blob_name, 0, properties->size) : nullptr;
    if (!source) {
        return std::nullopt;
    }
    Sha256 hash;
    std::vector<char> buffer(chunk);
    while (const std::size_t count = source->read(buffer)) {
        hash.update({buffer.data(), count});
    }
    return hash.finish();
}

/// What is wrong with the stored file of a document.
std::optional<std::string> fault_of(storage::Storage& storage, const DocumentBlob& document) {
    try {
        const auto sha256 = sha256_of(storage, document);
        if (!sha256) {
            return "is missing";
        }
        return document.sha256 && document.sha256 != sha256 ? std::optional("is damaged: its SHA-256 is " + *sha256)
                                                            : std::nullopt;
    } catch (const std::exception& error) {
        return fmt::format("cannot be read: {}", error.what());
    }
}

class Stopwatch {
public:
    [[nodiscard]] double milliseconds() const {
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin_).count();
    }

private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

class Doctor {
public:
    explicit Doctor(const settings::Settings& settings) : settings_(settings) {}

    bool examine(const DoctorOptions& options) {
        open_parts();
        const bool is_open = is_well_;
        guarded("queue", [&] { look_at_queues(); });
        guarded("texts", [&] { look_at_texts(); });
        if (is_open && options.storage) {
            guarded("storage", [&] { compare(); });
        }
        if (is_open && options.verify) {
            guarded("storage", [&] { verify(); });
        }
        return is_well_;
    }

private:
    template <class... Values>
    void say(std::string_view part, fmt::format_string<Values...> text, Values&&... values) {
        fmt::print("{:<9} {}\n", std::string(part) + ":", fmt::format(text, std::forward<Values>(values)...));
    }

    template <class... Values>
    void complain(std::string_view part, fmt::format_string<Values...> text, Values&&... values) {
        is_well_ = false;
        say(part, text, std::forward<Values>(values)...);
    }

    template <class Work>
    void guarded(std::string_view part, const Work& work) {
        try {
            work();
        } catch (const std::exception& error) {
            complain(part, "failed: {}", error.what());
        }
    }

    void open_parts() {
        if (has_embedded_database(settings_) && !fs::exists(sqlite_file(settings_))) {
            complain("database", "there is none in {}; `nassaq migrate` makes it", settings_.data_directory.string());
            return;
        }
        guarded("database", [&] {
            database_ = open_database(settings_);
            const std::size_t pending = db::pending_migrations(*database_).size();
            if (pending > 0) {
                complain("database", "{} migrations are pending; run: nassaq migrate", pending);
            } else {
                say("database", "ok ({})", db::name_of(database_->dialect()));
            }
        });
        guarded("storage", [&] {
            storage_ = open_storage(settings_);
            storage_->check();
            say("storage", "ok ({})", settings::name_of(settings_.blobs.storage));
        });
    }

    void look_at_queues() {
        const Stopwatch stopwatch;
        const bool is_embedded = has_embedded_queue(settings_);
        const auto report = inspect_broker(settings_, is_well_ ? database_.get() : nullptr);
        if (is_embedded) {
            say("queue", "ok (embedded: it is in the database)");
        } else {
            const std::string product = report.product.empty() ? "" : ": " + report.product;
            say("queue", "ok ({}{}; answered within {:.0f} ms)", name_of_broker(settings_), product,
                stopwatch.milliseconds());
        }
        for (const broker::QueueReport& queue : report.queues) {
            const std::string depth = queue.depth ? fmt::format("{} messages wait", *queue.depth) : "";
            const std::string_view separator = depth.empty() || queue.remark.empty() ? "" : "; ";
            is_well_ = is_well_ && queue.is_usable;
            say("queue", "{}: {}{}{}", queue.name, depth, separator, queue.remark);
        }
    }

    void look_at_texts() {
        if (!settings_.mongo) {
            say("texts", "ok (sql: they are in the database)");
            return;
        }
        const Stopwatch stopwatch;
        const auto report = texts::inspect_mongo(mongo_options(settings_, *settings_.mongo));
        say("texts", "ok (mongodb: version {}; logged in, answered within {:.0f} ms)", report.version,
            stopwatch.milliseconds());
        const std::string collection = fmt::format("{}.{}", settings_.mongo->database, settings_.mongo->collection);
        if (!report.has_collection) {
            say("texts", "{}: is not there yet; the first text makes it", collection);
        } else if (!report.has_index) {
            complain("texts", "{}: about {} documents, and no index of doc_id: looking for a text reads them all; {}",
                     collection, report.documents, "a worker makes it with its next text, where the user may");
        } else {
            say("texts", "{}: about {} documents, with an index of doc_id", collection, report.documents);
        }
    }

    void compare() {
        std::uint64_t orphans = 0;
        std::uint64_t foreign = 0;
        const auto result = jobs::audit_storage(
            *database_, *storage_, now() - settings_.blobs.orphan_grace,
            [&](const storage::BlobProperties& blob) {
                const bool is_ours = storage_->was_stored_here(blob.name);
                ++(is_ours ? orphans : foreign);
                say("storage", "{} has no document and {}", blob.name,
                    is_ours ? "will be removed by the server" : "is another program's");
            },
            [&](const DocumentBlob& document) {
                complain("storage", "document {} '{}': its file {} is missing", document.doc_id, document.filename,
                         document.blob_name);
            });
        const std::size_t leftovers = Spool::find_leftovers(settings_.data_directory / "spool").size();
        say("storage", "{} documents, {} files, {} without a document, {} of other programs", result.documents,
            result.blobs, orphans, foreign);
        say("spool", "{} files of processes that are gone{}", leftovers,
            leftovers > 0 ? "; the server removes them" : "");
    }

    void verify() {
        std::uint64_t read = 0;
        jobs::for_each_document_blob(*database_, [&](const DocumentBlob& document) {
            const auto fault = fault_of(*storage_, document);
            if (fault) {
                complain("storage", "document {} '{}': its file {} {}", document.doc_id, document.filename,
                         document.blob_name, *fault);
            }
            ++read;
        });
        say("storage", "{} files read", read);
    }

    const settings::Settings& settings_;
    bool is_well_ = true;
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<storage::Storage> storage_;
};

}  // namespace

bool examine(const settings::Settings& settings, const DoctorOptions& options) {
    return Doctor(settings).examine(options);
}

}  // namespace nassaq::app
