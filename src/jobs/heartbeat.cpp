#include "jobs/heartbeat.hpp"

#include "base/log.hpp"

namespace nassaq::jobs {

Heartbeat::Heartbeat(JobStore& store, std::chrono::milliseconds interval)
    : store_(store), interval_(interval), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Heartbeat::Guard Heartbeat::keep(const Job& job, std::stop_source lost) {
    {
        const std::scoped_lock lock(mutex_);
        entries_.emplace(job.claim, Entry{.doc_id = job.doc_id, .lost = std::move(lost)});
    }
    return {*this, job.claim};
}

void Heartbeat::forget(const std::string& claim) {
    const std::scoped_lock lock(mutex_);
    entries_.erase(claim);
}

void Heartbeat::run(const std::stop_token& stop) {
    for (;;) {
        pause(stop, interval_);
        if (stop.stop_requested()) {
            return;
        }
        try {
            renew_all();
        } catch (const std::exception& error) {
            // A claim outlives a few missed beats; if not, the job is taken over and this one's end changes nothing.
            log::warning("the claims of the jobs at work could not be renewed", {{"error", error.what()}});
        }
    }
}

void Heartbeat::renew_all() {
    std::unordered_map<std::string, Entry> entries;
    {
        const std::scoped_lock lock(mutex_);
        entries = entries_;
    }
    for (auto& [claim, entry] : entries) {
        if (!store_.renew(entry.doc_id, claim)) {
            entry.lost.request_stop();
        }
    }
}

}  // namespace nassaq::jobs
