#include "usage/usage.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nassaq::usage {
namespace {

/// As api::admin_role_id; the settings must not lock out who could raise them.
constexpr std::int64_t admin_role = 99;

struct StandingColumns {
    std::optional<std::int64_t> role_id;
    std::optional<std::int64_t> user_bytes;
    std::optional<std::int64_t> user_documents;
    std::optional<std::int64_t> user_pages;
    std::optional<std::int64_t> role_bytes;
    std::optional<std::int64_t> role_documents;
    std::optional<std::int64_t> role_pages;
    std::optional<std::int64_t> bytes;
    std::optional<std::int64_t> documents;
    std::optional<std::int64_t> pages_today;
};
BOOST_DESCRIBE_STRUCT(StandingColumns, (),
                      (role_id, user_bytes, user_documents, user_pages, role_bytes, role_documents, role_pages, bytes,
                       documents, pages_today))

std::int64_t first_of(std::optional<std::int64_t> of_user, std::optional<std::int64_t> of_role, std::int64_t fallback) {
    return of_user.value_or(of_role.value_or(fallback));
}

Standing to_standing(const StandingColumns& row, const Limits& settings) {
    const Limits defaults = row.role_id == admin_role ? Limits() : settings;
    return {.limits = {.bytes = first_of(row.user_bytes, row.role_bytes, defaults.bytes),
                       .documents = first_of(row.user_documents, row.role_documents, defaults.documents),
                       .pages_per_day = first_of(row.user_pages, row.role_pages, defaults.pages_per_day)},
            .bytes = row.bytes.value_or(0),
            .documents = row.documents.value_or(0),
            .pages_today = row.pages_today.value_or(0),
            .is_counted = row.bytes.has_value()};
}

/// Two administrators may set the same one at once.
void set_quota(db::Session& transaction, std::string_view table, std::string_view key, std::int64_t id,
               const Quota& quota) {
    transaction.lock(fmt::format("quota {} {}", table, id));
    transaction.execute(fmt::format("DELETE FROM {} WHERE {} = ?", table, key), id);
    if (quota.bytes || quota.documents || quota.pages_per_day) {
        transaction.execute(
            fmt::format("INSERT INTO {} ({}, bytes, documents, pages_per_day) VALUES (?, ?, ?, ?)", table, key), id,
            quota.bytes, quota.documents, quota.pages_per_day);
    }
}

}  // namespace

std::int64_t day_of(Timestamp time) {
    return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

Timestamp next_day(Timestamp time) {
    return std::chrono::floor<std::chrono::days>(time) + std::chrono::days{1};
}

std::int64_t left_of(std::int64_t limit, std::int64_t used) {
    return std::max<std::int64_t>(limit - used, 0);
}

bool has_pages_left(const Standing& standing) {
    const std::int64_t limit = standing.limits.pages_per_day;
    return limit == 0 || standing.pages_today < limit;
}

std::optional<Excess> excess_of(const Standing& standing, const Addition& addition) {
    const Limits& limits = standing.limits;
    if (limits.documents != 0 && addition.documents > 0 && standing.documents >= limits.documents) {
        return Excess::documents;
    }
    if (limits.bytes != 0 && addition.bytes > left_of(limits.bytes, standing.bytes)) {
        return Excess::bytes;
    }
    return has_pages_left(standing) ? std::nullopt : std::optional(Excess::pages);
}

std::optional<Standing> find_standing(db::Session& session, std::int64_t user_id, const Limits& defaults) {
    const auto row = session.find<StandingColumns>(
        "SELECT u.role_id, q.bytes, q.documents, q.pages_per_day, r.bytes, r.documents, r.pages_per_day, s.bytes, "
        "s.documents, p.pages FROM Users u "
        "LEFT JOIN User_Quotas q ON q.user_id = u.user_id LEFT JOIN Role_Quotas r ON r.role_id = u.role_id "
        "LEFT JOIN User_Usage s ON s.user_id = u.user_id "
        "LEFT JOIN Page_Usage p ON p.user_id = u.user_id AND p.usage_day = ? WHERE u.user_id = ?",
        day_of(now()), user_id);
    return row ? std::optional(to_standing(*row, defaults)) : std::nullopt;
}

std::optional<Standing> find_standing_of_owner(db::Session& session, std::int64_t doc_id, const Limits& defaults) {
    const auto owner = session.find<std::int64_t>("SELECT uploaded_by_user_id FROM Documents WHERE doc_id = ?", doc_id);
    return owner ? find_standing(session, *owner, defaults) : std::nullopt;
}

Quota find_user_quota(db::Session& session, std::int64_t user_id) {
    return session.find<Quota>("SELECT bytes, documents, pages_per_day FROM User_Quotas WHERE user_id = ?", user_id)
        .value_or(Quota());
}

Quota find_role_quota(db::Session& session, std::int64_t role_id) {
    return session.find<Quota>("SELECT bytes, documents, pages_per_day FROM Role_Quotas WHERE role_id = ?", role_id)
        .value_or(Quota());
}

void set_user_quota(db::Session& transaction, std::int64_t user_id, const Quota& quota) {
    set_quota(transaction, "User_Quotas", "user_id", user_id, quota);
}

void set_role_quota(db::Session& transaction, std::int64_t role_id, const Quota& quota) {
    set_quota(transaction, "Role_Quotas", "role_id", role_id, quota);
}

}  // namespace nassaq::usage
