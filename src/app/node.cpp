#include "app/node.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <thread>

#include "app/broker.hpp"
#include "app/storage.hpp"
#include "app/texts.hpp"
#include "ocr/extractor.hpp"

namespace nassaq::app {
namespace {

/// One waits for the database while the other waits for a broker that is not the database.
constexpr int remote_relay_threads = 2;

jobs::JobStore::Options job_options(const settings::Settings& settings) {
    return {.queue_name = settings.ocr_queue_name, .max_attempts = settings.job_max_attempts};
}

std::string worker_id() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) {
        return fmt::format("unknown:{}", ::getpid());
    }
    return fmt::format("{:.48}:{}", host.data(), ::getpid());
}

std::filesystem::path temporary_directory(const settings::Settings& settings) {
    return settings.data_directory / "tmp";
}

ocr::Options extraction_options(const settings::Settings& settings) {
    return {.languages = settings.extraction.languages,
            .timeout = settings.extraction.timeout,
            .temporary_directory = temporary_directory(settings),
            .limits = settings.extraction.limits};
}

/// Calls step() until there is nothing to do, and then waits.
template <class Stepper>
std::function<void(std::stop_token)> step_and_wait(Stepper& stepper) {
    return [&stepper](const std::stop_token& stop) {
        if (stepper.step() == 0) {
            stepper.wait(stop);
        }
    };
}

/// Calls step() every `Stepper::interval`.
template <class Stepper>
std::function<void(std::stop_token)> step_at_intervals(Stepper& stepper) {
    return [&stepper](const std::stop_token& stop) {
        jobs::pause(stop, Stepper::interval);
        if (!stop.stop_requested()) {
            stepper.step();
        }
    };
}

}  // namespace

Node::Node(const settings::Settings& settings, db::Database& database)
    : settings_(settings),
      database_(database),
      spool_(settings.data_directory / "spool"),
      storage_(open_storage(settings)),
      broker_(open_broker(settings, database)),
      texts_(open_text_store(settings, database)),
      outbox_(database, *broker_),
      blob_deletions_(database, *storage_),
      text_deletions_(database, *texts_),
      events_(database),
      recovery_(database, *storage_, *broker_, {.jobs = job_options(settings)}),
      janitor_(database, *storage_, spool_, temporary_directory(settings)),
      blob_sweep_(database, *storage_, blob_deletions_, settings.blobs.orphan_grace),
      search_indexing_(database, *texts_) {
    std::filesystem::create_directories(temporary_directory(settings));
}

void Node::recover() {
    janitor_.step();
    recovery_.step();
}

void Node::start_upkeep(Background& background) {
    const int relay_threads = has_embedded_queue(settings_) ? 1 : remote_relay_threads;
    for (int thread = 1; thread <= relay_threads; ++thread) {
        background.run(fmt::format("outbox-{}", thread), step_and_wait(outbox_));
    }
    background.run("blob-deletions", step_and_wait(blob_deletions_));
    background.run("text-deletions", step_at_intervals(text_deletions_));
    background.run("events", step_and_wait(events_));
    background.run("recovery", step_at_intervals(recovery_));
    background.run("janitor", step_at_intervals(janitor_));
    background.run("blob-sweep", [this](const std::stop_token& stop) {
        blob_sweep_.step();
        jobs::pause(stop, jobs::BlobSweep::interval);
    });
    background.run("search-index", [this](const std::stop_token& stop) {
        search_indexing_.catch_up(stop);
        jobs::pause(stop, jobs::SearchIndexing::interval);
    });
}

void Node::start_workers(Background& background) {
    const ocr::Extractor extractor(extraction_options(settings_));
    worker_ = std::make_unique<jobs::Worker>(
        jobs::Worker::Parts{.database = database_,
                            .broker = *broker_,
                            .storage = *storage_,
                            .texts = *texts_,
                            .spool = spool_,
                            .extract =
                                [extractor](const std::filesystem::path& file, std::string_view filename,
                                            std::stop_token stop, const ocr::ReportProgress& report) {
                                    return extractor.extract(file, filename, std::move(stop), report);
                                }},
        jobs::Worker::Options{.jobs = job_options(settings_), .worker_id = worker_id()});
    for (unsigned slot = 1; slot <= settings_.ocr_concurrency; ++slot) {
        background.run(fmt::format("worker-{}", slot), [this](const std::stop_token& stop) { worker_->step(stop); });
    }
}

}  // namespace nassaq::app
