#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "db/database.hpp"
#include "jobs/stage.hpp"

/// The truth about each job, in Processing_Status; docs/decisions/0002-job-state-in-the-database.md.
namespace nassaq::jobs {

/// The SQL of the jobs of a stage. Every change is one transaction, and is made only while the claim is still the
/// caller's. Safe to use from several threads. @throws db::Error
class JobStore {
public:
    /// Both outlive it.
    JobStore(db::Database& database, const Stages& stages, const Stage& stage);

    /// Whether the document has to wait (Stage::may_begin_at): then its message is written down anew, for later.
    bool postpone(const JobMessage& message);
    /// Queued -> Processing. @return nothing when the document is not queued, or not there.
    std::optional<Job> claim(std::int64_t doc_id, std::string_view claim);
    /// @return false when the claim is lost. So do all that follow.
    bool renew(std::int64_t doc_id, std::string_view claim);
    bool report(const Job& job, const Progress& progress);
    /// To be asked in a transaction of the work's own.
    [[nodiscard]] static bool is_claimed(db::Session& session, const Job& job);
    /// Processing -> Finished, with the result, and the stages begin that come after this one.
    /// @throws whatever `prepare` throws
    bool finish(const Job& job, const JobMessage& message, const PrepareResult& prepare);
    /// Processing -> Queued, to be tried again after a delay; Failed when it has been tried often enough.
    bool retry(const Job& job, const JobMessage& message, std::string_view reason);
    /// Processing -> Failed, and the message to the dead queue.
    bool fail(const Job& job, const JobMessage& message, std::string_view reason);
    /// Processing -> Queued, as if it had not been begun.
    bool hand_back(const Job& job, const JobMessage& message);

    /// In the trash, too.
    [[nodiscard]] bool has_document(std::int64_t doc_id);
    [[nodiscard]] const Stage& stage() const { return stage_; }

private:
    /// What has come of an end: `outdated` when the document is no longer what the result was prepared for.
    enum class Ending { finished, not_ours, outdated };

    Ending try_to_finish(const Job& job, const JobMessage& message, const PrepareResult& prepare);
    bool queue_once_more(const Job& job, const JobMessage& message, std::int64_t attempts, Timestamp available_at);

    db::Database& database_;
    const Stages& stages_;
    const Stage& stage_;
};

}  // namespace nassaq::jobs
