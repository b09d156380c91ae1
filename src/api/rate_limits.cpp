#include "api/rate_limits.hpp"

#include <string>

#include "http/client_address.hpp"
#include "http/problem.hpp"

namespace nassaq::api {

void count_or_refuse(security::RateLimiter& limiter, std::string_view key) {
    if (const auto wait = limiter.take(key)) {
        throw http::Problem(429, "Too many requests").with_header("retry-after", std::to_string(wait->count()));
    }
}

void count_address_or_refuse(RateLimits& limits, std::string_view route, const http::Request& request) {
    count_or_refuse(limits.address,
                    std::string(route).append(" ").append(http::client_network(request.client_address)));
}

}  // namespace nassaq::api
