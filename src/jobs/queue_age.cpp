#include "jobs/queue_age.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hpp"
#include "jobs/newest_row.hpp"
#include "jobs/queued_document.hpp"

namespace nassaq::jobs {

std::chrono::milliseconds queue_age(db::Database& database, const Stage& stage) {
    const auto starts = database.read([&](db::Session& session) {
        return session.query_page<Timestamp>(
            fmt::format("SELECT s.start_time FROM Processing_Status s WHERE s.stage_name = CAST(? AS VARCHAR(50)) "
                        "AND {} AND {} ORDER BY s.doc_id",
                        is_queued_for(stage), is_newest_of_stage("s")),
            {.limit = 1}, stage.name);
    });
    if (starts.empty()) {
        return {};
    }
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now() - starts.front());
    return std::max(age, std::chrono::milliseconds{0});
}

}  // namespace nassaq::jobs
