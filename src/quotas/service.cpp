#include "quotas/service.hpp"

#include <fmt/format.h>

#include <string>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "usage/counting.hpp"
#include "users/store.hpp"

namespace nassaq::quotas {
namespace {

using api::refuse;
using api::Result;

std::unexpected<api::Refusal> refuse_pages(const usage::Standing& standing) {
    const Timestamp time = now();
    return refuse(
        RefusalCode::quota_pages,
        fmt::format("Page quota exceeded: {} of {} pages are left today.",
                    usage::left_of(standing.limits.pages_per_day, standing.pages_today), standing.limits.pages_per_day),
        std::chrono::ceil<std::chrono::seconds>(usage::next_day(time) - time));
}

std::unexpected<api::Refusal> refuse_excess(usage::Excess excess, const usage::Standing& standing) {
    const usage::Limits& limits = standing.limits;
    switch (excess) {
        case usage::Excess::bytes:
            return refuse(RefusalCode::quota_bytes,
                          fmt::format("Storage quota exceeded: {} of {} bytes are left.",
                                      usage::left_of(limits.bytes, standing.bytes), limits.bytes));
        case usage::Excess::documents:
            return refuse(RefusalCode::quota_documents,
                          fmt::format("Document quota exceeded: {} of {} documents are left.",
                                      usage::left_of(limits.documents, standing.documents), limits.documents));
        case usage::Excess::pages:
            break;
    }
    return refuse_pages(standing);
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

Result<usage::Standing> require_standing(const Services& services, db::Session& session, std::int64_t user_id) {
    const auto standing = usage::find_standing(session, user_id, services.defaults);
    if (!standing) {
        return refuse(RefusalCode::user_not_found, "User not found");
    }
    return *standing;
}

/// The numbers of a user of whom none were kept are kept from here on.
Result<usage::Standing> counted_standing(Services& services, std::int64_t user_id) {
    const auto standing =
        services.database.read([&](db::Session& session) { return require_standing(services, session, user_id); });
    if (!standing || standing->is_counted) {
        return standing;
    }
    return services.database.transaction([&](db::Session& session) -> Result<usage::Standing> {
        api::lock_user(session, user_id);
        if (auto there = require_standing(services, session, user_id); !there) {
            return there;
        }
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

Result<> require_role(db::Session& session, std::int64_t role_id) {
    if (!users::role_exists(session, role_id)) {
        return refuse(RefusalCode::role_not_found, "Role not found");
    }
    return {};
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

Result<usage::Limits> require_room(const usage::Limits& defaults, db::Session& session, std::int64_t user_id,
                                   const usage::Addition& addition) {
    const auto standing = usage::find_standing(session, user_id, defaults);
    if (!standing) {
        return usage::Limits();
    }
    if (const auto excess = usage::excess_of(*standing, addition)) {
        return refuse_excess(*excess, *standing);
    }
    return standing->limits;
}

Result<> take_room(const usage::Limits& defaults, db::Session& transaction, std::int64_t user_id,
                   const usage::Addition& addition, const usage::Limits& limits) {
    if (limits.bytes == 0 && limits.documents == 0) {
        usage::add_unlimited(transaction, user_id, addition);
        return {};
    }
    const auto taken = usage::add(transaction, user_id, addition, defaults);
    if (!taken) {
        return refuse_excess(taken.error().excess, taken.error().standing);
    }
    return {};
}

Result<> require_pages(const usage::Limits& defaults, db::Session& session, std::int64_t user_id) {
    const auto standing = usage::find_standing(session, user_id, defaults);
    if (standing && !usage::has_pages_left(*standing)) {
        return refuse_pages(*standing);
    }
    return {};
}

Result<UsageResponse> read_usage(Services& services, std::int64_t user_id) {
    const auto standing = counted_standing(services, user_id);
    if (!standing) {
        return std::unexpected(standing.error());
    }
    return to_response(*standing);
}

Result<UserQuotaResponse> read_user_quota(Services& services, std::int64_t user_id) {
    const auto standing = counted_standing(services, user_id);
    if (!standing) {
        return std::unexpected(standing.error());
    }
    const auto quota =
        services.database.read([&](db::Session& session) { return usage::find_user_quota(session, user_id); });
    return to_user_response(user_id, quota, *standing);
}

Result<UserQuotaResponse> set_user_quota(Services& services, const api::Caller& admin, std::int64_t user_id,
                                         const QuotaRequest& request) {
    const auto set = [&](db::Session& session, const api::Caller&) -> Result<UserQuotaResponse> {
        if (auto there = require_standing(services, session, user_id); !there) {
            return std::unexpected(there.error());
        }
        usage::set_user_quota(session, user_id, to_quota(request));
        usage::start_counting(session, user_id);
        audit::record(session, audit::Action::user_quota_update, admin.user_id, user_id, describe_quota(request));
        const auto standing = require_standing(services, session, user_id);
        if (!standing) {
            return std::unexpected(standing.error());
        }
        return to_user_response(user_id, to_quota(request), *standing);
    };
    return api::transact_on_user(services.database, admin, user_id, set);
}

Result<RoleQuotaResponse> read_role_quota(Services& services, std::int64_t role_id) {
    return services.database.read([&](db::Session& session) -> Result<RoleQuotaResponse> {
        if (auto there = require_role(session, role_id); !there) {
            return std::unexpected(there.error());
        }
        return to_role_response(role_id, usage::find_role_quota(session, role_id));
    });
}

Result<RoleQuotaResponse> set_role_quota(Services& services, const api::Caller& admin, std::int64_t role_id,
                                         const QuotaRequest& request) {
    return api::transact(
        services.database, admin, [&](db::Session& session, const api::Caller&) -> Result<RoleQuotaResponse> {
            if (auto there = require_role(session, role_id); !there) {
                return std::unexpected(there.error());
            }
            usage::set_role_quota(session, role_id, to_quota(request));
            audit::record(session, audit::Action::role_quota_update, admin.user_id, role_id, describe_quota(request));
            return to_role_response(role_id, to_quota(request));
        });
}

}  // namespace nassaq::quotas
