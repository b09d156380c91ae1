#pragma once

#include <cstdint>
#include <string_view>

#include "api/refusal.hpp"
#include "http/message.hpp"
#include "security/rate_limit.hpp"

namespace nassaq::api {

/// LOGIN_RATE_LIMIT at work. Each node counts for itself.
struct RateLimits {
    /// Offices share an address.
    static constexpr std::uint64_t people_per_address = 6;

    /// @param login_limit  log-ins a minute to one account; 0 = no limit.
    explicit RateLimits(std::uint64_t login_limit) : account(login_limit), address(login_limit * people_per_address) {}

    security::RateLimiter account;
    security::RateLimiter address;
};

/// Refuses (429, with Retry-After) when the key has had its share.
Result<> count_or_refuse(security::RateLimiter& limiter, std::string_view key);
/// Counts a request to its route by the network that it comes from.
Result<> count_address_or_refuse(RateLimits& limits, std::string_view route, const http::Request& request);

}  // namespace nassaq::api
