#include "app/jobs_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "base/clock.hpp"
#include "jobs/dead_jobs.hpp"
#include "jobs/message.hpp"

namespace nassaq::app {
namespace {

/// So that a line stays a line, and a terminal is told nothing.
std::string on_one_line(std::string text) {
    std::ranges::replace_if(
        text, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; }, ' ');
    return text;
}

std::string describe_dead_queue(broker::Broker& broker, const std::string& queue) {
    try {
        return fmt::format("{} messages in {}", broker.depth(queue), queue);
    } catch (const std::exception& error) {
        return fmt::format("{} cannot be looked into: {}", queue, error.what());
    }
}

}  // namespace

void list_jobs(db::Database& database, broker::Broker& broker, const jobs::Stage& stage) {
    std::uint64_t count = 0;
    jobs::visit_dead_jobs(database, stage, [&](const jobs::DeadJob& job) {
        ++count;
        fmt::print("{}\t{}\t{}\t{}\t{}\n", job.doc_id, job.attempts, job.failed_at ? to_iso(*job.failed_at) : "-",
                   on_one_line(job.filename), on_one_line(job.reason));
    });
    fmt::print("{} dead jobs; {}\n", count, describe_dead_queue(broker, jobs::dead_queue(stage.queue)));
}

RetryResult retry_jobs(db::Database& database, const storage::Storage& storage, const jobs::Stage& stage,
                       const std::vector<std::int64_t>& doc_ids) {
    RetryResult result;
    for (const std::int64_t doc_id : doc_ids) {
        if (jobs::retry_dead_job(database, storage, stage, doc_id)) {
            ++result.retried;
        } else {
            result.not_dead.push_back(doc_id);
        }
    }
    if (doc_ids.empty()) {
        jobs::visit_dead_jobs(database, stage, [&](const jobs::DeadJob& job) {
            result.retried += jobs::retry_dead_job(database, storage, stage, job.doc_id) ? 1 : 0;
        });
    }
    return result;
}

}  // namespace nassaq::app
