#include "documents/kept_count.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <variant>

namespace nassaq::documents {
namespace {

using Clock = api::AnswerCache::Clock;

/// Fewer are counted each time.
constexpr std::int64_t many_documents = 100'000;
constexpr int times_as_long = 20;
constexpr std::chrono::seconds longest_kept{60};

}  // namespace

std::string count_seldom(Services& services, db::Session& session, std::int64_t caller_id, const std::string& what,
                         const std::function<Count()>& count) {
    const std::string key = fmt::format("count for {}: {}", caller_id, what);
    const auto begin = Clock::now();
    if (services.answers.has(key)) {
        if (const auto known = services.answers.find(key, last_action_of(session, caller_id))) {
            return std::get<std::string>(known->body);
        }
    }
    Count counted = count();
    if (counted.documents >= many_documents) {
        const auto end = Clock::now();
        const auto until = end + std::min<Clock::duration>(times_as_long * (end - begin), longest_kept);
        services.answers.keep(key, counted.last_action, {.body = counted.text}, until);
    }
    return std::move(counted.text);
}

std::int64_t last_action_of(db::Session& session, std::int64_t user_id) {
    return session.get<std::int64_t>(last_action(session.dialect()), user_id);
}

/// Of the newest by time that which was written last, for the clocks of nodes differ a little.
std::string last_action(db::Dialect dialect) {
    const bool is_mssql = dialect == db::Dialect::mssql;
    return fmt::format(
        "SELECT COALESCE(MAX(log_id), 0) FROM (SELECT {}log_id FROM Logs WHERE user_id = ? "
        "ORDER BY log_timestamp DESC, log_id DESC{}) AS newest",
        is_mssql ? "TOP (20) " : "", is_mssql ? "" : " LIMIT 20");
}

}  // namespace nassaq::documents
