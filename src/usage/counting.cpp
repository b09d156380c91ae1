#include "usage/counting.hpp"

#include <limits>
#include <vector>

namespace nassaq::usage {
namespace {

constexpr std::chrono::hours recount_interval{24};
/// After which nothing is under way any more that began before the counting did.
constexpr std::chrono::minutes first_recount{5};
constexpr std::int64_t recounts_at_once = 10;

bool insert_row(db::Session& transaction, std::int64_t user_id) {
    const Timestamp due = now() - recount_interval + first_recount;
    if (transaction.dialect() == db::Dialect::mssql) {
        return transaction.execute(
                   "INSERT INTO User_Usage (user_id, bytes, documents, counted_at) SELECT ?, 0, 0, ? WHERE NOT EXISTS "
                   "(SELECT 1 FROM User_Usage WITH (UPDLOCK, HOLDLOCK) WHERE user_id = ?)",
                   user_id, due, user_id) == 1;
    }
    return transaction.execute(
               "INSERT INTO User_Usage (user_id, bytes, documents, counted_at) VALUES (?, 0, 0, ?) "
               "ON CONFLICT DO NOTHING",
               user_id, due) == 1;
}

/// A size that the platform has left unknown counts nothing.
void count_documents_of(db::Session& transaction, std::int64_t user_id) {
    transaction.execute(
        "UPDATE User_Usage SET "
        "bytes = (SELECT COALESCE(SUM(file_size), 0) FROM Documents WHERE uploaded_by_user_id = ?) "
        "+ (SELECT COALESCE(SUM(file_size), 0) FROM Document_Files WHERE superseded_user_id = ?), "
        "documents = (SELECT COUNT(*) FROM Documents WHERE uploaded_by_user_id = ?) WHERE user_id = ?",
        user_id, user_id, user_id, user_id);
}

/// "No limit" as a number that nothing reaches.
std::int64_t most_of(std::int64_t limit) {
    return limit == 0 ? std::numeric_limits<std::int64_t>::max() : limit;
}

/// As many documents as there may be before that comes. A version is none.
std::int64_t most_documents_before(const Limits& limits, const Addition& addition) {
    return addition.documents == 0 ? most_of(0) : most_of(limits.documents) - addition.documents;
}

/// Whether there was room for what has just been counted among all others.
std::expected<void, Refusal> check_counted(Standing standing, const Addition& addition) {
    standing.documents -= addition.documents;
    standing.bytes -= addition.bytes;
    if (standing.documents > most_documents_before(standing.limits, addition)) {
        return std::unexpected(Refusal{Excess::documents, standing});
    }
    if (standing.bytes > most_of(standing.limits.bytes) - addition.bytes) {
        return std::unexpected(Refusal{Excess::bytes, standing});
    }
    return {};
}

}  // namespace

bool start_counting(db::Session& transaction, std::int64_t user_id) {
    if (!insert_row(transaction, user_id)) {
        return false;
    }
    count_documents_of(transaction, user_id);
    return true;
}

std::expected<void, Refusal> add(db::Session& transaction, std::int64_t user_id, const Addition& addition,
                                 const Limits& defaults) {
    const auto standing = find_standing(transaction, user_id, defaults);
    if (!standing) {
        return {};
    }
    const Limits& limits = standing->limits;
    const bool is_limited = limits.bytes != 0 || limits.documents != 0;
    if (!is_limited && !standing->is_counted) {
        return {};
    }
    if (!standing->is_counted && start_counting(transaction, user_id)) {
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): the account was there above.
        return check_counted(find_standing(transaction, user_id, defaults).value(), addition);
    }
    const std::int64_t changed = transaction.execute(
        "UPDATE User_Usage SET bytes = bytes + ?, documents = documents + ? "
        "WHERE user_id = ? AND bytes <= ? AND documents <= ?",
        addition.bytes, addition.documents, user_id, most_of(limits.bytes) - addition.bytes,
        most_documents_before(limits, addition));
    if (changed == 1) {
        return {};
    }
    const Standing full = find_standing(transaction, user_id, defaults).value_or(*standing);
    const bool has_documents = full.documents <= most_documents_before(limits, addition);
    return std::unexpected(Refusal{has_documents ? Excess::bytes : Excess::documents, full});
}

void add_unlimited(db::Session& transaction, std::int64_t user_id, const Addition& addition) {
    transaction.execute_later("UPDATE User_Usage SET bytes = bytes + ?, documents = documents + ? WHERE user_id = ?",
                              addition.bytes, addition.documents, user_id);
}

void remove_document(db::Session& transaction, std::int64_t doc_id) {
    transaction.execute_later(
        "UPDATE User_Usage SET documents = documents - 1, "
        "bytes = bytes - (SELECT COALESCE(SUM(file_size), 0) FROM Documents WHERE doc_id = ?) "
        "- (SELECT COALESCE(SUM(file_size), 0) FROM Document_Files WHERE doc_id = ? AND superseded_user_id IS NOT "
        "NULL) "
        "WHERE user_id = (SELECT uploaded_by_user_id FROM Documents WHERE doc_id = ?)",
        doc_id, doc_id, doc_id);
}

void add_pages(db::Session& transaction, std::int64_t user_id, std::int64_t pages) {
    const std::int64_t day = day_of(now());
    if (transaction.dialect() != db::Dialect::mssql) {
        transaction.execute(
            "INSERT INTO Page_Usage (usage_day, user_id, pages) VALUES (?, ?, ?) "
            "ON CONFLICT (usage_day, user_id) DO UPDATE SET pages = Page_Usage.pages + excluded.pages",
            day, user_id, pages);
        return;
    }
    // The lock is on the place of the row, so that the day's first two do not both insert it.
    const std::int64_t changed = transaction.execute(
        "UPDATE Page_Usage WITH (UPDLOCK, HOLDLOCK) SET pages = pages + ? WHERE usage_day = ? AND user_id = ?", pages,
        day, user_id);
    if (changed == 0) {
        transaction.execute("INSERT INTO Page_Usage (usage_day, user_id, pages) VALUES (?, ?, ?)", day, user_id, pages);
    }
}

std::size_t recount(db::Database& database) {
    if (database.dialect() == db::Dialect::sqlite) {
        return 0;
    }
    const Timestamp time = now();
    const auto due = database.read([&](db::Session& session) {
        return session.query_page<std::int64_t>(
            "SELECT user_id FROM User_Usage WHERE counted_at < ? ORDER BY counted_at, user_id",
            {.limit = recounts_at_once}, time - recount_interval);
    });
    for (const std::int64_t user_id : due) {
        database.transaction([&](db::Session& session) {
            // Locks the row first: who is inserting now has been counted, or waits and adds to what is counted.
            session.execute("UPDATE User_Usage SET counted_at = ? WHERE user_id = ?", time, user_id);
            count_documents_of(session, user_id);
        });
    }
    return due.size();
}

std::size_t remove_old_pages(db::Database& database) {
    const std::int64_t limit = day_of(now()) - 1;
    const bool any = database.read([&](db::Session& session) {
        return session.find<std::int64_t>("SELECT MIN(usage_day) FROM Page_Usage HAVING MIN(usage_day) < ?", limit)
            .has_value();
    });
    if (!any) {
        return 0;
    }
    return static_cast<std::size_t>(database.execute("DELETE FROM Page_Usage WHERE usage_day < ?", limit));
}

}  // namespace nassaq::usage
