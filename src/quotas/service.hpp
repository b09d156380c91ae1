#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "quotas/model.hpp"
#include "quotas/services.hpp"
#include "settings/settings.hpp"
#include "usage/usage.hpp"

/// Quotas as the API tells of them and refuses by them (api.md, 4 and 5).
namespace nassaq::quotas {

/// What the settings allow to whom no quota of a user or role says otherwise.
usage::Limits default_limits(const settings::Settings& settings);

/// Refuses an upload of at least that by a user who has no room for it: 507, or 429 when the pages of the day
/// are used up. Only looks: take_room() decides. @return what holds for the user.
api::Result<usage::Limits> require_room(const usage::Limits& defaults, db::Session& session, std::int64_t user_id,
                                        const usage::Addition& addition);
/// Counts it in the transaction that has inserted it, or refuses it.
/// @param limits  of the user, as they were a moment ago.
api::Result<> take_room(const usage::Limits& defaults, db::Session& transaction, std::int64_t user_id,
                        const usage::Addition& addition, const usage::Limits& limits);
/// Refuses (429) another extraction for a user who has used up the pages of the day.
api::Result<> require_pages(const usage::Limits& defaults, db::Session& session, std::int64_t user_id);

api::Result<UsageResponse> read_usage(Services& services, std::int64_t user_id);
api::Result<UserQuotaResponse> read_user_quota(Services& services, std::int64_t user_id);
api::Result<UserQuotaResponse> set_user_quota(Services& services, const api::Caller& admin, std::int64_t user_id,
                                              const QuotaRequest& request);
api::Result<RoleQuotaResponse> read_role_quota(Services& services, std::int64_t role_id);
api::Result<RoleQuotaResponse> set_role_quota(Services& services, const api::Caller& admin, std::int64_t role_id,
                                              const QuotaRequest& request);

}  // namespace nassaq::quotas
