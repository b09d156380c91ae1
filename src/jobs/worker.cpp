#include "jobs/worker.hpp"

#include <exception>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "base/log.hpp"
#include "jobs/text_deletion.hpp"
#include "jobs/wakeup.hpp"
#include "ocr/fault.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::size_t chunk_size = std::size_t{256} << 10;

using ocr::Reason;

std::optional<storage::BlobProperties> find_blob(storage::Storage& storage, const std::string& place) {
    try {
        return storage.properties(place);
    } catch (const std::invalid_argument&) {
        return std::nullopt;  // A message of others may name what can be no blob.
    }
}

}  // namespace

Worker::Worker(Parts parts, const Stage& stage, Work work, Options options)
    : parts_(std::move(parts)),
      stage_(stage),
      work_(std::move(work)),
      options_(std::move(options)),
      store_(parts_.database, parts_.stages, stage),
      heartbeat_(store_, options_.heartbeat) {}

bool Worker::step(std::stop_token stop) {
    std::optional<broker::Delivery> delivery;
    try {
        delivery = parts_.broker.receive(stage_.queue, stop);
        if (!delivery) {
            return false;
        }
        handle(*delivery, stop);
        outages_ = 0;
        return true;
    } catch (const std::exception& error) {
        const auto delay = options_.outage.delay(++outages_);
        log::error("the worker cannot go on now", {{"error", error.what()}, {"next_try_ms", delay.count()}});
        if (delivery) {
            release(*delivery);
        }
        pause(std::move(stop), delay);
        return false;
    }
}

void Worker::handle(const broker::Delivery& delivery, const std::stop_token& stop) {
    const auto message = parse_message(delivery.message.body);
    if (!message) {
        bury(delivery, message.error());
        return;
    }
    if (message->stage != stage_.name) {
        bury(delivery, "it is of the stage " + message->stage);
        return;
    }
    if (store_.postpone(*message)) {
        parts_.broker.acknowledge(delivery);
        return;
    }
    const auto job = store_.claim(message->doc_id, options_.worker_id + "/" + random_uuid());
    if (job) {
        tell_of_change();
        work_off(*job, *message, stop);
        tell_of_change();
    } else {
        log::debug("a message was dropped: its document is not queued",
                   {{"doc_id", message->doc_id}, {"message_id", delivery.message.id}});
    }
    parts_.broker.acknowledge(delivery);
}

/// A message that no worker will ever understand goes to the dead queue as it is.
void Worker::bury(const broker::Delivery& delivery, std::string_view reason) {
    log::error("a message of the queue is none of ours and goes to the dead queue",
               {{"message_id", delivery.message.id}, {"reason", reason}});
    const auto refusals = parts_.broker.publish(dead_queue(stage_.queue), std::span(&delivery.message, 1));
    if (!refusals.empty()) {
        throw std::runtime_error("the dead queue takes it not: " + refusals.front().reason);
    }
    parts_.broker.acknowledge(delivery);
}

void Worker::work_off(const Job& job, const JobMessage& message, const std::stop_token& stop) {
    std::stop_source job_stop;
    const std::stop_callback pass_on(stop, [&] { job_stop.request_stop(); });
    const auto kept_alive = heartbeat_.keep(job, job_stop);

    bool still_ours = true;
    std::expected<void, Fault> outcome;
    try {
        outcome = process(job, message, job_stop.get_token(), still_ours);
    } catch (const std::exception& error) {
        log::warning("a job met a problem on the server",
                     {{"doc_id", job.doc_id}, {"attempt", job.attempts}, {"error", error.what()}});
        outcome = ocr::machine_fault(Reason::server_trouble);
    }
    if (!outcome) {
        still_ours = settle(job, message, outcome.error(), stop.stop_requested());
    }
    if (!still_ours) {
        forget_if_deleted(job);
    }
}

std::expected<void, Fault> Worker::process(const Job& job, const JobMessage& message, const std::stop_token& stop,
                                           bool& still_ours) {
    const auto input = fetch_input(job, message, stop);
    if (!input) {
        return std::unexpected(input.error());
    }
    const std::optional<SpoolFile>& file = input->file;
    const Task task{.job = job,
                    .place = input->place,
                    .file = file ? file->path() : std::filesystem::path(),
                    .stop = stop,
                    .report = progress_writer(job),
                    .is_ours = [&](db::Session& session) { return JobStore::is_claimed(session, job); }};
    const auto prepare = work_(task);
    if (!prepare) {
        return std::unexpected(prepare.error());
    }
    still_ours = store_.finish(job, message, *prepare);
    if (still_ours) {
        log::info("a document is processed", {{"doc_id", job.doc_id}, {"stage", job.stage}, {"attempt", job.attempts}});
    }
    return {};
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): the functions in the task free what they hold.

/// For people who watch, of documents that take longer than a page: what cannot be written down is left out, and the
/// end of the work is told of anyway.
std::function<void(const Progress&)> Worker::progress_writer(const Job& job) {
    return [this, &job, written = std::chrono::steady_clock::time_point()](const Progress& progress) mutable {
        const auto time = std::chrono::steady_clock::now();
        if (progress.total < 2 || progress.done == progress.total || time - written < options_.progress) {
            return;
        }
        written = time;
        try {
            store_.report(job, progress);
        } catch (const std::exception& error) {
            log::debug("the progress of a job was not written down", {{"doc_id", job.doc_id}, {"error", error.what()}});
        }
    };
}

std::expected<Worker::InputFile, Fault> Worker::fetch_input(const Job& job, const JobMessage& message,
                                                            const std::stop_token& stop) {
    if (stage_.reads == Input::nothing) {
        return InputFile{.place = job.place};
    }
    const auto blob = find_input(job, message);
    if (!blob) {
        return ocr::document_fault(Reason::stored_file_missing);
    }
    auto file = fetch(job, *blob, stop);
    if (!file) {
        return std::unexpected(std::move(file.error()));
    }
    return InputFile{.place = blob->name, .file = std::move(*file)};
}

/// Where its row says, or where another program has moved it; of a server of the platform, where its message says.
std::optional<storage::BlobProperties> Worker::find_input(const Job& job, const JobMessage& message) {
    if (auto blob = find_blob(parts_.storage, job.place)) {
        return blob;
    }
    if (const auto place = parts_.finder.follow(job.doc_id, job.place)) {
        return find_blob(parts_.storage, *place);
    }
    return job.version == 1 ? find_blob(parts_.storage, storage::blob_name_in_url(message.file_path)) : std::nullopt;
}

/// The blob's bytes, compared with the checksum of the upload. By a name of their own where the storage can: a copy of
/// a large file keeps the disk busy, and extraction only reads.
std::expected<SpoolFile, Fault> Worker::fetch(const Job& job, const storage::BlobProperties& blob,
                                              const std::stop_token& stop) {
    auto linked = parts_.spool.adopt([&](const auto& path) { return parts_.storage.link(blob.name, path); });
    auto file = linked ? std::expected<SpoolFile, Fault>(std::move(*linked)) : copy(blob, stop);
    if (!file) {
        return file;
    }
    file->finish();
    if (job.sha256 && *job.sha256 != file->sha256()) {
        // Tried again all the same: a wrong byte on the way is as likely as one in the storage.
        return ocr::machine_fault(Reason::stored_file_damaged);
    }
    return file;
}

std::expected<SpoolFile, Fault> Worker::copy(const storage::BlobProperties& blob, const std::stop_token& stop) {
    const auto source = parts_.storage.download_stream(blob.name, 0, blob.size);
    if (!source) {
        return ocr::document_fault(Reason::stored_file_missing);
    }
    SpoolFile file = parts_.spool.create();
    std::vector<char> buffer(chunk_size);
    while (const std::size_t count = source->read(buffer)) {
        file.append({buffer.data(), count});
        if (stop.stop_requested()) {
            return ocr::machine_fault(Reason::processing_interrupted);
        }
    }
    return file;
}

/// @return false when the claim was lost.
bool Worker::settle(const Job& job, const JobMessage& message, const Fault& fault, bool stopping) {
    if (fault.temporary && stopping) {
        return store_.hand_back(job, message);
    }
    log::warning("a job failed", {{"doc_id", job.doc_id},
                                  {"stage", job.stage},
                                  {"attempt", job.attempts},
                                  {"temporary", fault.temporary},
                                  {"reason", fault.reason}});
    return fault.temporary ? store_.retry(job, message, fault.reason) : store_.fail(job, message, fault.reason);
}

/// Whoever has taken the claim over ends the job; but the text of a document that is gone is nobody else's to remove.
void Worker::forget_if_deleted(const Job& job) {
    const bool deleted = !store_.has_document(job.doc_id);
    if (deleted) {
        parts_.database.transaction([&](db::Session& session) { TextDeletions::schedule(session, job.doc_id); });
        TextDeletions(parts_.database, parts_.texts).try_complete(job.doc_id);
    }
    log::info("a job was dropped", {{"doc_id", job.doc_id}, {"document_deleted", deleted}});
}

void Worker::tell_of_change() const {
    if (parts_.on_change) {
        parts_.on_change();
    }
}

void Worker::release(const broker::Delivery& delivery) noexcept {
    try {
        parts_.broker.release(delivery);
    } catch (const std::exception& error) {
        log::debug("a message could not be given back; the broker will notice", {{"error", error.what()}});
    }
}

}  // namespace nassaq::jobs
