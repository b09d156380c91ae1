#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "db/session.hpp"
#include "jobs/message.hpp"
#include "ocr/document.hpp"

/// What is done with a document is done in stages: each has its row in Processing_Status, its queue and its workers,
/// and fails alone. docs/decisions/0093-stages.md
namespace nassaq::jobs {

/// The stage whose state is that of the document, for all clients: its text is read.
inline constexpr std::string_view ocr_stage = "OCR";

/// What a worker has at hand when the work begins.
enum class Input {
    nothing,
    file,  ///< The bytes that were uploaded, compared with their checksum.
};

/// What all processes know of a stage. It is declared in one place, together with the work that only workers can do,
/// and has one line in app/stages.cpp.
struct Stage {
    std::string name;   ///< At most 50 characters: letters, digits and underscores.
    std::string queue;  ///< Where its messages wait.
    /// Whether that is a table of this database (broker/embedded.hpp): then what is due goes straight into it.
    bool queue_is_in_database = false;
    std::optional<std::string> after = std::nullopt;  ///< The stage whose success begins it; nothing: the upload.
    Input reads = Input::file;
    /// Whether a document counts that others have queued for it: the platform leaves rows of stages that nobody works
    /// on.
    bool adopts = false;
    std::int64_t max_attempts = 5;
    std::chrono::milliseconds lease{30'000};  ///< How long a claim lasts unless it is renewed.
    Backoff backoff{.base = std::chrono::seconds{5}, .cap = std::chrono::minutes{10}};
    unsigned concurrency = 1;  ///< Documents at a time in one process.
    /// When a document may be worked on, if not now: a quota is used up. It is asked again then.
    std::function<std::optional<Timestamp>(db::Session&, std::int64_t doc_id)> may_begin_at = nullptr;
};

/// Why a job ends without a result. The sentences of all stages stand in one table (ocr/reason.cpp).
using ocr::Fault;

/// How far a job has come.
struct Progress {
    std::int64_t done = 0;
    std::int64_t total = 0;
};

/// A document on which a worker has a claim, as it was when the claim was made.
struct Job {
    std::string stage;
    std::int64_t doc_id = 0;
    std::string claim;          ///< Unique: a claim that has been lost is never taken for the one that came after it.
    std::int64_t attempts = 0;  ///< This one counts.
    std::string filename;
    std::optional<std::string> file_type;
    std::optional<std::string> sha256;
    std::string place;         ///< Of its current file.
    std::int64_t version = 1;  ///< Of the document.
};

/// A job, as the work is given it.
struct Task {
    const Job& job;
    std::string place;           ///< Where the file was found.
    std::filesystem::path file;  ///< Only to be read; empty unless the stage reads it.
    std::stop_token stop;
    std::function<void(const Progress&)> report;
    /// Whether the claim is still this worker's: to be asked in each transaction before the last.
    std::function<bool(db::Session&)> is_ours;
};

/// Writes what the work has made, in the transaction that ends the job: all of it or nothing.
/// @return false when the document is no longer as it was when this was made.
using WriteResult = std::function<bool(db::Session& transaction)>;

/// What comes between the work and that transaction, and again whenever the document has changed in between: what is
/// large may be written here already, in short transactions.
/// @return nothing when the job is not this worker's any more.
using PrepareResult = std::function<std::optional<WriteResult>()>;

/// What a stage does with a document. From several threads; may take long, and ends soon after `stop`. The task
/// outlives what is returned.
using Work = std::function<std::expected<PrepareResult, Fault>(const Task&)>;

/// For work whose result is written in one go, whatever the document is called by now.
PrepareResult write_once(std::function<void(db::Session& transaction)> write);

/// All stages of an installation.
class Stages {
public:
    /// @throws std::invalid_argument when two have one name or queue, or one comes after none of the others before it.
    explicit Stages(std::vector<Stage> stages);

    [[nodiscard]] std::span<const Stage> all() const& { return stages_; }
    /// They live no longer than this.
    std::span<const Stage> all() && = delete;
    /// @return null when there is none of this name.
    [[nodiscard]] const Stage* find(std::string_view name) const;
    /// For people: all names, with commas between.
    [[nodiscard]] std::string names() const;
    /// The one that is there always.
    [[nodiscard]] const Stage& ocr() const;
    /// Those that the success of `stage` begins.
    [[nodiscard]] std::vector<const Stage*> after(std::string_view stage) const;
    /// Those that an upload begins.
    [[nodiscard]] std::vector<const Stage*> of_uploads() const;

private:
    std::vector<Stage> stages_;
};

/// The queue of a stage other than OCR, beside that of OCR, which is shared with workers of the platform.
std::string queue_of_stage(std::string_view ocr_queue, std::string_view stage);

/// The message of the same document for another stage.
JobMessage message_for(const Stage& stage, JobMessage message);

/// `low`: behind all that is `normal`, of whomever that is.
enum class Priority { normal, low };

/// Writes the message of a job down, in the caller's transaction; see outbox.hpp.
void send(db::Session& transaction, const Stage& stage, const JobMessage& message, Timestamp available_at,
          Priority priority = Priority::normal);

/// Queues a document for a stage in the caller's transaction, whatever state it is in, and takes it away from whoever
/// works on it: what that work began with is out of date. Its event is left to the caller.
void begin(db::Session& transaction, const Stage& stage, const JobMessage& message,
           Priority priority = Priority::normal);

/// Begins the stages of a document that has just been uploaded. The row of OCR comes with the document's own.
void begin_with_upload(db::Session& transaction, const Stages& stages, const JobMessage& message);

/// The same as begin() for what nobody works on, or is about to. @return false when somebody is.
bool begin_again(db::Session& transaction, const Stage& stage, const JobMessage& message);
/// The same for a document that has Failed only.
bool begin_failed_again(db::Session& transaction, const Stage& stage, const JobMessage& message);

}  // namespace nassaq::jobs
