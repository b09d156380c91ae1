#include "jobs/queue_age.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "jobs/newest_row.hpp"

namespace nassaq::jobs {

std::chrono::milliseconds queue_age(db::Database& database) {
    const auto starts = database.read([](db::Session& session) {
        return session.query_page<Timestamp>(
            "SELECT s.start_time FROM Processing_Status s WHERE s.stage_name = 'OCR' AND s.status = 'Queued' AND " +
                is_newest_of_stage("s") + " ORDER BY s.doc_id",
            {.limit = 1});
    });
    if (starts.empty()) {
        return {};
    }
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now() - starts.front());
    return std::max(age, std::chrono::milliseconds{0});
}

}  // namespace nassaq::jobs
