#include "extraction/stage.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "extraction/result.hpp"
#include "jobs/wakeup.hpp"
#include "ocr/fault.hpp"

namespace nassaq::extraction {
namespace {

/// How often a document that is beyond its owner's quota is looked at, as the quota may be raised.
constexpr std::chrono::hours quota_interval{1};

std::optional<Timestamp> wait_for_pages(db::Session& session, std::int64_t doc_id, const usage::Limits& defaults) {
    const auto standing = usage::find_standing_of_owner(session, doc_id, defaults);
    if (!standing || usage::has_pages_left(*standing)) {
        return std::nullopt;
    }
    const Timestamp time = now();
    return std::min(usage::next_day(time), time + quota_interval);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Holds on to the text for as long as the text store is away: the claim is kept alive meanwhile, no attempt is used
/// up, and nothing is extracted twice.
std::expected<std::string, jobs::Fault> keep_text(const Parts& parts, const texts::Subject& subject,
                                                  const ocr::Document& document, const std::stop_token& stop) {
    for (std::int64_t failures = 1;; ++failures) {
        try {
            return parts.texts.put(subject, document);
        } catch (const texts::Unavailable& error) {
            if (failures == 1) {
                log::warning("a text waits for the text store", {{"doc_id", subject.doc_id}, {"error", error.what()}});
            }
        } catch (const texts::Outdated& error) {
            log::info("a text came too late", {{"doc_id", subject.doc_id}, {"error", error.what()}});
            return ocr::machine_fault(ocr::Reason::processing_interrupted);
        }
        if (stop.stop_requested()) {
            return ocr::machine_fault(ocr::Reason::processing_interrupted);
        }
        jobs::pause(stop, parts.outage.delay(failures));
    }
}

std::expected<jobs::PrepareResult, jobs::Fault> work(const Parts& parts, const jobs::Task& task) {
    const auto begin = std::chrono::steady_clock::now();
    auto document = parts.extract(task.file, task.job.filename, task.stop, [&](const ocr::Progress& progress) {
        task.report({.done = progress.pages_done, .total = progress.pages});
    });
    if (!document) {
        return std::unexpected(std::move(document.error()));
    }
    const texts::Subject subject{.doc_id = task.job.doc_id,
                                 .filename = task.job.filename,
                                 .file_type = task.job.file_type.value_or(""),
                                 .blob_url = parts.storage.url(task.place),
                                 .elapsed_seconds = seconds_since(begin),
                                 .version = task.job.version,
                                 .is_wanted = task.is_ours};
    auto text_id = keep_text(parts, subject, *document, task.stop);
    if (!text_id) {
        return std::unexpected(std::move(text_id.error()));
    }
    return prepare_result(parts.database, task, std::move(*document), std::move(*text_id));
}

}  // namespace

jobs::Stage make_stage(const StageOptions& options) {
    return {.name = std::string(jobs::ocr_stage),
            .queue = options.queue,
            .queue_is_in_database = options.queue_is_in_database,
            .reads = jobs::Input::file,
            .adopts = true,
            .max_attempts = options.max_attempts,
            .concurrency = options.concurrency,
            .may_begin_at = [defaults = options.quota_defaults](db::Session& session, std::int64_t doc_id) {
                return wait_for_pages(session, doc_id, defaults);
            }};
}

jobs::Work make_work(Parts parts) {
    return [parts = std::move(parts)](const jobs::Task& task) { return work(parts, task); };
}

}  // namespace nassaq::extraction
