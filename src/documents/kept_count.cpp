#include "documents/kept_count.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <sstream>
#include <string_view>

namespace nassaq::documents {
namespace {

using Clock = std::chrono::steady_clock;

/// Fewer are counted each time.
constexpr std::int64_t many_documents = 100'000;
constexpr int times_as_long = 20;
constexpr std::chrono::seconds longest_kept{60};

/// A text that is right until then, as long as the caller has done nothing since.
struct KeptCount {
    Clock::rep until = 0;
    std::int64_t last_action = 0;
    std::string text;

    [[nodiscard]] std::string to_string() const { return fmt::format("{} {} {}", until, last_action, text); }

    static KeptCount parse(const std::string& written) {
        KeptCount known;
        std::istringstream stream(written);
        stream >> known.until >> known.last_action;
        stream.ignore();
        std::getline(stream, known.text, '\0');
        return known;
    }
};

}  // namespace

std::string count_seldom(Services& services, db::Session& session, std::int64_t caller_id, const std::string& what,
                         const std::function<Count()>& count) {
    constexpr std::int64_t any_version = 0;
    const std::string key = fmt::format("count for {}: {}", caller_id, what);
    const auto begin = Clock::now();
    if (const auto answer = services.answers.find(key, any_version)) {
        const KeptCount known = KeptCount::parse(*answer);
        if (begin.time_since_epoch().count() < known.until && last_action_of(session, caller_id) == known.last_action) {
            return known.text;
        }
    }
    Count counted = count();
    if (counted.documents >= many_documents) {
        const auto end = Clock::now();
        const auto until = end + std::min<Clock::duration>(times_as_long * (end - begin), longest_kept);
        const KeptCount known{
            .until = until.time_since_epoch().count(), .last_action = counted.last_action, .text = counted.text};
        services.answers.keep(key, any_version, std::make_shared<const std::string>(known.to_string()));
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
