#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>

#include "jobs/job_store.hpp"
#include "jobs/wakeup.hpp"

namespace nassaq::jobs {

/// Renews the claims of this process, from one thread of its own, for as long as their jobs are worked on. Safe to use
/// from several threads.
class Heartbeat {
public:
    /// Keeps one claim alive until it goes.
    class Guard {
    public:
        Guard(Heartbeat& heartbeat, std::string claim) : heartbeat_(heartbeat), claim_(std::move(claim)) {}
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        ~Guard() { heartbeat_.forget(claim_); }

    private:
        Heartbeat& heartbeat_;
        std::string claim_;
    };

    Heartbeat(JobStore& store, std::chrono::milliseconds interval);

    /// @param lost  Is asked to stop when the claim turns out to be another's, so that no work is wasted on it.
    [[nodiscard]] Guard keep(const Job& job, std::stop_source lost);

private:
    struct Entry {
        std::int64_t doc_id = 0;
        std::stop_source lost;
    };

    void run(const std::stop_token& stop);
    void renew_all();
    void forget(const std::string& claim);

    JobStore& store_;
    std::chrono::milliseconds interval_;
    std::mutex mutex_;
    std::unordered_map<std::string, Entry> entries_;  ///< By claim; guarded by mutex_.
    std::jthread thread_;                             ///< Last, so that it ends first.
};

}  // namespace nassaq::jobs
