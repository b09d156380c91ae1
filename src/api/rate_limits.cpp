#include "api/rate_limits.hpp"

#include <string>

#include "http/client_address.hpp"

namespace nassaq::api {

Result<> count_or_refuse(security::RateLimiter& limiter, std::string_view key) {
    if (const auto wait = limiter.take(key)) {
        return refuse(RefusalCode::too_many_requests, "Too many requests", wait);
    }
    return {};
}

Result<> count_address_or_refuse(RateLimits& limits, std::string_view route, const http::Request& request) {
    return count_or_refuse(limits.address,
                           std::string(route).append(" ").append(http::client_network(request.client_address)));
}

}  // namespace nassaq::api
