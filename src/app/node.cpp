#include "app/node.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <thread>

#include "app/broker.hpp"
#include "app/database.hpp"
#include "app/stages.hpp"
#include "app/storage.hpp"
#include "app/texts.hpp"
#include "jobs/queue_age.hpp"
#include "metrics/process.hpp"
#include "ocr/extractor.hpp"
#include "storage/observed.hpp"

namespace nassaq::app {
namespace {

/// One waits for the database while the other waits for a broker that is not the database.
constexpr int remote_relay_threads = 2;

std::string worker_id() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) {
        return fmt::format("unknown:{}", ::getpid());
    }
    return fmt::format("{:.48}:{}", host.data(), ::getpid());
}

/// The workers of other stages bear their names. A thread's has at most 15 characters.
std::string thread_name(const jobs::Stage& stage, unsigned slot) {
    constexpr std::size_t longest = 12;
    return fmt::format("{}-{}", stage.name == jobs::ocr_stage ? "worker" : stage.name.substr(0, longest), slot);
}

/// A step that may take long is told when to end.
template <class Stepper>
std::size_t step_once(Stepper& stepper, const std::stop_token& stop) {
    if constexpr (requires { stepper.step(stop); }) {
        return stepper.step(stop);
    } else {
        return stepper.step();
    }
}

/// Calls step() until there is nothing to do, and then waits.
template <class Stepper>
std::function<void(std::stop_token)> step_and_wait(Stepper& stepper) {
    return [&stepper](const std::stop_token& stop) {
        if (step_once(stepper, stop) == 0) {
            stepper.wait(stop);
        }
    };
}

/// Calls step() every `Stepper::interval`.
template <class Stepper>
std::function<void(std::stop_token)> step_at_intervals(Stepper& stepper) {
    return [&stepper](const std::stop_token& stop) {
        jobs::pause(stop, Stepper::interval);
        if (stop.stop_requested()) {
            return;
        }
        step_once(stepper, stop);
    };
}

}  // namespace

Node::Node(const settings::Settings& settings, db::Database& database, metrics::Metrics& metrics)
    : settings_(settings),
      database_(database),
      metrics_(metrics),
      spool_(settings.data_directory / "spool"),
      storage_(open_observed_storage()),
      broker_(open_broker(settings, database)),
      texts_(open_text_store(settings, database)),
      place_finder_(database, *storage_, *texts_),
      take_over_(database, place_finder_),
      stages_(make_stages(settings)),
      outbox_(database, *broker_, stages_),
      blob_deletions_(database, *storage_, abandoned_.get_token()),
      text_deletions_(database, *texts_),
      events_(database),
      recovery_(database, *storage_, *broker_, stages_),
      janitor_(database, *storage_, spool_, settings.log_retention),
      blob_sweep_(database, *storage_, blob_deletions_, settings.blobs.orphan_grace),
      search_indexing_(database, *texts_),
      search_leftovers_(database),
      audience_keys_(database),
      emptying_(database, *texts_, blob_deletions_),
      handover_(database, *texts_) {
    std::filesystem::create_directories(temporary_directory(settings));
    add_metrics();
}

std::unique_ptr<storage::Storage> Node::open_observed_storage() {
    return storage::make_observed_storage(
        open_storage(
            settings_, [this] { ++storage_retries_; }, abandoned_.get_token()),
        [&metrics = metrics_](std::string_view operation, bool failed, std::chrono::nanoseconds duration) {
            metrics.count_storage_call(operation, failed, duration);
        });
}

void Node::add_metrics() {
    metrics::add_process_metrics(metrics_);
    add_database_metrics(metrics_, database_);
    const auto depth_of = [this](std::string queue) {
        return [this, queue = std::move(queue)] { return static_cast<double>(broker_->depth(queue)); };
    };
    metrics_.add_gauge("nassaq_doubtful_blobs", "Blobs that the last sweep has left because they may be a document's",
                       [this] { return static_cast<double>(blob_sweep_.doubtful()); });
    const auto seconds = [](auto duration) { return std::chrono::duration<double>(duration).count(); };
    for (const jobs::Stage& stage : stages_.all()) {
        // The platform's one stage has had no label before there were others.
        const metrics::Labels labels =
            stage.name == jobs::ocr_stage ? metrics::Labels{} : metrics::Labels{{"stage", stage.name}};
        metrics_.add_gauge("nassaq_queue_depth", "Messages that wait in the queue", depth_of(stage.queue), labels);
        metrics_.add_gauge("nassaq_dead_queue_depth", "Messages of dead jobs", depth_of(jobs::dead_queue(stage.queue)),
                           labels);
        metrics_.add_gauge(
            "nassaq_queue_age_seconds", "How long the oldest document that waits has waited",
            [this, seconds, &stage] { return seconds(jobs::queue_age(database_, stage)); }, labels);
    }
    metrics_.add_gauge("nassaq_outbox_depth", "Messages that wait to go to the queue",
                       [this] { return static_cast<double>(outbox_.depth()); });
    metrics_.add_gauge("nassaq_outbox_lag_seconds", "How long the message that waits longest has been due",
                       [this, seconds] { return seconds(outbox_.lag()); });
    metrics_.add_counter("nassaq_outbox_published_total", "Messages that this process has published",
                         [this] { return static_cast<double>(outbox_.published()); });
    metrics_.add_counter("nassaq_storage_retries_total", "Requests to the storage service that were sent again",
                         [this] { return static_cast<double>(storage_retries_); });
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
    // Not before serving: a decoder that was taken over may have left very many files.
    background.run("extract-folders", [this](const std::stop_token& stop) {
        ocr::remove_abandoned_folders(temporary_directory(settings_), stop);
        jobs::pause(stop, jobs::Janitor::interval);
    });
    background.run("blob-sweep", [this](const std::stop_token& stop) {
        blob_sweep_.step(stop);
        jobs::pause(stop, jobs::BlobSweep::interval);
    });
    background.run("document-files", [this](const std::stop_token& stop) {
        take_over_.step(stop);
        jobs::pause(stop, files::TakeOver::interval);
    });
    background.run("trash", step_at_intervals(emptying_));
    background.run("handover", step_and_wait(handover_));
    background.run("search-words", [this](const std::stop_token& stop) {
        if (search_leftovers_.step(stop) == 0) {
            jobs::pause(stop, search::Leftovers::interval);
        }
    });
    background.run("search-audience", step_at_intervals(audience_keys_));
    background.run("search-index", [this](const std::stop_token& stop) {
        search_indexing_.catch_up(stop);
        jobs::pause(stop, jobs::SearchIndexing::interval);
    });
}

void Node::start_workers(Background& background) {
    for (const jobs::Stage& stage : stages_.all()) {
        start_workers(background, stage);
    }
}

void Node::start_workers(Background& background, const jobs::Stage& stage) {
    const WorkParts parts{
        .settings = settings_, .database = database_, .storage = *storage_, .texts = *texts_, .metrics = metrics_};
    jobs::Worker& worker = *workers_.emplace_back(std::make_unique<jobs::Worker>(
        jobs::Worker::Parts{.database = database_,
                            .broker = *broker_,
                            .storage = *storage_,
                            .texts = *texts_,
                            .finder = place_finder_,
                            .spool = spool_,
                            .stages = stages_,
                            .on_change = [this] { outbox_.notify(); }},
        stage, make_work(stage, parts), jobs::Worker::Options{.worker_id = worker_id()}));
    for (unsigned slot = 1; slot <= stage.concurrency; ++slot) {
        background.run(thread_name(stage, slot), [&worker](const std::stop_token& stop) { worker.step(stop); });
    }
}

}  // namespace nassaq::app
