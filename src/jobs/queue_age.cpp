#include "jobs/queue_age.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace nassaq::jobs {

std::chrono::milliseconds queue_age(db::Database& database) {
    const auto starts = database.read([](db::Session& session) {
        return session.query_page<Timestamp>(
            "SELECT start_time FROM Processing_Status WHERE stage_name = 'OCR' AND status = 'Queued' ORDER BY doc_id",
            {.limit = 1});
    });
    if (starts.empty()) {
        return {};
    }
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now() - starts.front());
    return std::max(age, std::chrono::milliseconds{0});
}

}  // namespace nassaq::jobs
