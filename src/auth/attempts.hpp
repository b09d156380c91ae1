#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/refusal.hpp"
#include "auth/services.hpp"
#include "users/store.hpp"

/// Attempts to show that one knows a password: at the log-in, and to change it.
namespace nassaq::auth {

/// Counts an attempt before its costly hash. Of one account together, however its address is spelt and wherever the
/// password is asked for; an address that nobody has counts alike, so that the limit tells nobody. Refuses (429) when
/// there have been too many.
api::Result<> count_attempt(Services& services, const std::optional<users::Credentials>& user,
                            const std::string& email);
api::Result<> count_attempt(Services& services, std::int64_t user_id);

/// Writes a failed one into the audit log. @param why  For its details.
void record_failed_attempt(Services& services, const std::optional<users::Credentials>& user, std::string_view why);

}  // namespace nassaq::auth
