#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.hpp"
#include "db/database.hpp"
#include "jobs/message.hpp"
#include "ocr/document.hpp"
#include "ocr/progress.hpp"
#include "search/indexing.hpp"
#include "usage/usage.hpp"

namespace nassaq::search {
struct Prepared;
}

/// The truth about each job, in Processing_Status; docs/decisions/0002-job-state-in-the-database.md.
namespace nassaq::jobs {

/// A document on which a worker has a claim, as it was when the claim was made.
struct Job {
    std::int64_t doc_id = 0;
    std::string claim;          ///< Unique: a claim that has been lost is never taken for the one that came after it.
    std::int64_t attempts = 0;  ///< This one counts.
    std::string filename;
    std::optional<std::string> file_type;
    std::optional<std::string> sha256;
    std::optional<std::string> blob_name;
};

/// A claim that nobody has renewed in time, with the message that its document is queued with again.
struct ExpiredJob {
    std::string claim;
    std::int64_t attempts = 0;
    OcrMessage message;
};

/// Finished or Failed -> Queued, as if it had just been uploaded, in the caller's transaction, which also has to
/// enqueue the message, and then to record the event. @return false when the document is neither.
bool queue_again(db::Session& transaction, std::int64_t doc_id);
/// The same for a document that has Failed only.
bool queue_failed_again(db::Session& transaction, std::int64_t doc_id);

/// The SQL of jobs. Every change is one transaction, and is made only while the claim is still the caller's. Safe to
/// use from several threads. @throws db::Error
class JobStore {
public:
    struct Options {
        std::string queue_name;
        std::int64_t max_attempts = 5;
        std::chrono::milliseconds lease{30'000};  ///< How long a claim lasts unless it is renewed.
        Backoff backoff{.base = std::chrono::seconds{5}, .cap = std::chrono::minutes{10}};
        usage::Limits quota_defaults{};  ///< QUOTA_…
    };

    JobStore(db::Database& database, Options options);

    /// Whether the document has to wait, because its owner has used up the pages of the day: then its message is
    /// written down anew, for the next day; it is looked at every hour, as the quota may be raised.
    bool postpone_beyond_quota(const OcrMessage& message);
    /// Queued -> Processing. @return nothing when the document is not queued, or not there.
    std::optional<Job> claim(std::int64_t doc_id, std::string_view claim);
    /// @return false when the claim is lost. So do all that follow.
    bool renew(std::int64_t doc_id, std::string_view claim);
    /// How far the extraction has come.
    bool report(const Job& job, const ocr::Progress& progress);
    /// Processing -> Finished, with the result, the id of the text, and the text's words in the search index; those of
    /// a large text are written before that, in many short transactions.
    /// @throws std::runtime_error when `stop` is requested between two of these
    bool finish(const Job& job, const ocr::Document& result, std::string_view text_id,
                const std::stop_token& stop = {});
    /// Processing -> Queued, to be tried again after a delay; Failed when it has been tried often enough.
    bool retry(const Job& job, const OcrMessage& message, std::string_view reason);
    /// Processing -> Failed, and the message to the dead queue.
    bool fail(const Job& job, const OcrMessage& message, std::string_view reason);
    /// Processing -> Queued, as if it had not been begun.
    bool hand_back(const Job& job, const OcrMessage& message);

    [[nodiscard]] bool has_document(std::int64_t doc_id);
    [[nodiscard]] const Options& options() const { return options_; }

private:
    /// What has come of an end: `outdated` when the document is no longer what its index was prepared for.
    enum class Ending { finished, not_ours, outdated };

    [[nodiscard]] bool is_claimed_by(const Job& job);
    Ending finish_as(const Job& job, const ocr::Document& result, std::string_view text_id,
                     const search::Indexed& document, const std::vector<search::Passage>& passages,
                     const std::stop_token& stop);

    db::Database& database_;
    Options options_;
};

}  // namespace nassaq::jobs
