#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/spool.hpp"
#include "broker/broker.hpp"
#include "db/database.hpp"
#include "files/place_finder.hpp"
#include "jobs/heartbeat.hpp"
#include "jobs/job_store.hpp"
#include "jobs/message.hpp"
#include "jobs/stage.hpp"
#include "storage/storage.hpp"
#include "texts/text_store.hpp"

namespace nassaq::jobs {

/// Takes the jobs of a stage from its queue and works them off: one object for a process and stage, whose step() any
/// number of threads call, each with one document at a time. Several processes and machines may work on the same queue.
class Worker {
public:
    /// Outlive the worker.
    struct Parts {
        db::Database& database;
        broker::Broker& broker;
        storage::Storage& storage;
        texts::TextStore& texts;
        files::PlaceFinder& finder;
        Spool& spool;  ///< Where the file lies while it is worked on.
        const Stages& stages;
        /// Called when a job has been begun, so that its message waits in the queue no more, or has ended, which may
        /// have begun others. From several threads.
        std::function<void()> on_change = nullptr;
    };

    struct Options {
        std::string worker_id;  ///< Host and process, for whoever looks into the table; at most 60 characters.
        std::chrono::milliseconds heartbeat{10'000};
        std::chrono::milliseconds progress{2'000};  ///< Progress is written down at most so often.
        Backoff outage;                             ///< The pauses while the broker or the database is away.
    };

    /// @param stage  one of the stages.
    Worker(Parts parts, const Stage& stage, Work work, Options options);

    /// Waits for a job and works it off. Does not throw: an outage is logged and waited for.
    /// @return false when there was none because `stop` was requested, or because of an outage.
    bool step(std::stop_token stop);

private:
    /// What a stage reads of a document, if it does.
    struct InputFile {
        std::string place;
        std::optional<SpoolFile> file = std::nullopt;
    };

    void handle(const broker::Delivery& delivery, const std::stop_token& stop);
    void bury(const broker::Delivery& delivery, std::string_view reason);
    void work_off(const Job& job, const JobMessage& message, const std::stop_token& stop);
    std::expected<void, Fault> process(const Job& job, const JobMessage& message, const std::stop_token& stop,
                                       bool& still_ours);
    std::function<void(const Progress&)> progress_writer(const Job& job);
    std::expected<InputFile, Fault> fetch_input(const Job& job, const JobMessage& message, const std::stop_token& stop);
    std::optional<storage::BlobProperties> find_input(const Job& job, const JobMessage& message);
    std::expected<SpoolFile, Fault> fetch(const Job& job, const storage::BlobProperties& blob,
                                          const std::stop_token& stop);
    std::expected<SpoolFile, Fault> copy(const storage::BlobProperties& blob, const std::stop_token& stop);
    bool settle(const Job& job, const JobMessage& message, const Fault& fault, bool stopping);
    void forget_if_deleted(const Job& job);
    void tell_of_change() const;
    void release(const broker::Delivery& delivery) noexcept;

    Parts parts_;
    const Stage& stage_;
    Work work_;
    Options options_;
    JobStore store_;
    Heartbeat heartbeat_;
    std::atomic<std::int64_t> outages_ = 0;  ///< In a row.
};

}  // namespace nassaq::jobs
