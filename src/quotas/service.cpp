#include "quotas/service.hpp"

#include <fmt/format.h>

#include <string>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "http/problem.hpp"
#include "usage/counting.hpp"
#include "users/store.hpp"

namespace nassaq::quotas {
namespace {

using http::Problem;

Problem pages_problem(const usage::Standing& standing) {
    const Timestamp time = now();
    const auto wait = std::chrono::ceil<std::chrono::seconds>(usage::next_day(time) - time);
    return Problem(429, fmt::format("Page quota exceeded: {} of {} pages are left today.",
                                    usage::left_of(standing.limits.pages_per_day, standing.pages_today),
                                    standing.limits.pages_per_day))
        .with_header("retry-after", std::to_string(wait.count()));
}

[[noreturn]] void refuse(usage::Excess excess, const usage::Standing& standing) {
    const usage::Limits& limits = standing.limits;
    switch (excess) {
        case usage::Excess::bytes:
            throw Problem(507, fmt::format("Storage quota exceeded: {} of {} bytes are left.",
                                           usage::left_of(limits.bytes, standing.bytes), limits.bytes));
        case usage::Excess::documents:
            throw Problem(507, fmt::format("Document quota exceeded: {} of {} documents are left.",
                                           usage::left_of(limits.documents, standing.documents), limits.documents));
        case usage::Excess::pages:
            break;
    }
    throw pages_problem(standing);
}

UsageShare share(std::int64_t used, std::int64_t limit) {
    UsageShare share{.used = used, .limit = {}, .left = {}};
    if (limit != 0) {
        share.limit = limit;
        share.left = usage::left_of(limit, used);
    }
    return share;
}

UsageResponse to_response(const usage::Standing& standing) {
    return {.bytes = share(standing.bytes, standing.limits.bytes),
            .documents = share(standing.documents, standing.limits.documents),
            .pages_today = share(standing.pages_today, standing.limits.pages_per_day),
            .day_ends = usage::next_day(now())};
}

usage::Standing require_standing(const api::Services& services, db::Session& session, std::int64_t user_id) {
    const auto standing = usage::find_standing(session, user_id, default_limits(services.settings));
    if (!standing) {
        throw Problem(404, "User not found");
    }
    return *standing;
}

/// The numbers of a user of whom none were kept are kept from here on.
usage::Standing counted_standing(api::Services& services, std::int64_t user_id) {
    const auto standing =
        services.database.read([&](db::Session& session) { return require_standing(services, session, user_id); });
    if (standing.is_counted) {
        return standing;
    }
    return services.database.transaction([&](db::Session& session) {
        api::lock_user(session, user_id);
        require_standing(services, session, user_id);
        usage::start_counting(session, user_id);
        return require_standing(services, session, user_id);
    });
}

usage::Quota to_quota(const QuotaRequest& request) {
    return {.bytes = request.bytes, .documents = request.documents, .pages_per_day = request.pages_per_day};
}

UserQuotaResponse to_user_response(std::int64_t user_id, const usage::Quota& quota, const usage::Standing& standing) {
    return {.user_id = user_id,
            .bytes = quota.bytes,
            .documents = quota.documents,
            .pages_per_day = quota.pages_per_day,
            .usage = to_response(standing)};
}

RoleQuotaResponse to_role_response(std::int64_t role_id, const usage::Quota& quota) {
    return {
        .role_id = role_id, .bytes = quota.bytes, .documents = quota.documents, .pages_per_day = quota.pages_per_day};
}

void require_role(db::Session& session, std::int64_t role_id) {
    if (!users::role_exists(session, role_id)) {
        throw Problem(404, "Role not found");
    }
}

/// For the audit log.
std::string describe_quota(const QuotaRequest& request) {
    const auto text = [](std::optional<std::int64_t> number) { return number ? std::to_string(*number) : "inherited"; };
    return fmt::format("bytes {}, documents {}, pages_per_day {}", text(request.bytes), text(request.documents),
                       text(request.pages_per_day));
}

}  // namespace

usage::Limits default_limits(const settings::Settings& settings) {
    const settings::QuotaSettings& quotas = settings.quotas;
    return {.bytes = quotas.bytes, .documents = quotas.documents, .pages_per_day = quotas.pages_per_day};
}

usage::Limits require_room(const api::Services& services, db::Session& session, std::int64_t user_id,
                           std::int64_t bytes) {
    const auto standing = usage::find_standing(session, user_id, default_limits(services.settings));
    if (!standing) {
        return {};
    }
    if (const auto excess = usage::excess_of(*standing, bytes)) {
        refuse(*excess, *standing);
    }
    return standing->limits;
}

void take_room(const api::Services& services, db::Session& transaction, std::int64_t user_id, std::int64_t bytes,
               const usage::Limits& limits) {
    if (limits.bytes == 0 && limits.documents == 0) {
        usage::add_unlimited_document(transaction, user_id, bytes);
        return;
    }
    const auto taken = usage::add_document(transaction, user_id, bytes, default_limits(services.settings));
    if (!taken) {
        refuse(taken.error().excess, taken.error().standing);
    }
}

void require_pages(const api::Services& services, db::Session& session, std::int64_t user_id) {
    const auto standing = usage::find_standing(session, user_id, default_limits(services.settings));
    if (standing && !usage::has_pages_left(*standing)) {
        throw pages_problem(*standing);
    }
}

UsageResponse read_usage(api::Services& services, std::int64_t user_id) {
    return to_response(counted_standing(services, user_id));
}

UserQuotaResponse read_user_quota(api::Services& services, std::int64_t user_id) {
    const auto standing = counted_standing(services, user_id);
    const auto quota =
        services.database.read([&](db::Session& session) { return usage::find_user_quota(session, user_id); });
    return to_user_response(user_id, quota, standing);
}

UserQuotaResponse set_user_quota(api::Services& services, const api::Caller& admin, std::int64_t user_id,
                                 const QuotaRequest& request) {
    return api::transact_on_user(services, admin, user_id, [&](db::Session& session, const api::Caller&) {
        require_standing(services, session, user_id);
        usage::set_user_quota(session, user_id, to_quota(request));
        usage::start_counting(session, user_id);
        audit::record(session, audit::Action::user_quota_update, admin.user_id, user_id, describe_quota(request));
        return to_user_response(user_id, to_quota(request), require_standing(services, session, user_id));
    });
}

RoleQuotaResponse read_role_quota(api::Services& services, std::int64_t role_id) {
    return services.database.read([&](db::Session& session) {
        require_role(session, role_id);
        return to_role_response(role_id, usage::find_role_quota(session, role_id));
    });
}

RoleQuotaResponse set_role_quota(api::Services& services, const api::Caller& admin, std::int64_t role_id,
                                 const QuotaRequest& request) {
    return api::transact(services, admin, [&](db::Session& session, const api::Caller&) {
        require_role(session, role_id);
        usage::set_role_quota(session, role_id, to_quota(request));
        audit::record(session, audit::Action::role_quota_update, admin.user_id, role_id, describe_quota(request));
        return to_role_response(role_id, to_quota(request));
    });
}

}  // namespace nassaq::quotas
