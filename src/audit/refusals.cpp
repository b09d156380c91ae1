#include "audit/refusals.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "audit/audit.hpp"
#include "base/log.hpp"
#include "http/problem.hpp"
#include "security/rate_limit.hpp"

namespace nassaq::audit {
namespace {

constexpr int forbidden = 403;

/// What all endpoints share.
struct RefusalLog {
    explicit RefusalLog(api::Services& all_services) : services(all_services) {}

    /// That it cannot be written down now makes no difference to the refusal.
    void record(std::int64_t user_id, const std::string& route) {
        if (recorded.take(fmt::format("{} {}", user_id, route))) {
            return;
        }
        try {
            services.database.transaction([&](db::Session& session) {
                audit::record(session, Action::access_refused, user_id, std::nullopt, route);
            });
        } catch (const db::Error& error) {
            log::warning("a refused access is not in the audit log", {{"user_id", user_id}, {"error", error.what()}});
        }
    }

    api::Services& services;
    security::RateLimiter recorded{1};
};

/// Runs a step of the request, and tells of its refusal.
template <class Step>
auto watch(RefusalLog& refusals, const std::string& route, const http::Request& request, const Step& step) {
    try {
        return step();
    } catch (const http::Problem& problem) {
        if (problem.status() == forbidden && request.user_id) {
            refusals.record(*request.user_id, route);
        }
        throw;
    }
}

}  // namespace

void record_refusals(std::vector<http::Endpoint>& endpoints, api::Services& services) {
    const auto refusals = std::make_shared<RefusalLog>(services);
    for (http::Endpoint& endpoint : endpoints) {
        if (!endpoint.guard) {
            continue;  // Knows nobody.
        }
        const std::string route = endpoint.method + " " + endpoint.pattern;
        endpoint.guard = [refusals, route, guard = std::move(endpoint.guard)](http::Request& request) {
            watch(*refusals, route, request, [&] { guard(request); });
        };
        endpoint.handle = [refusals, route, handle = std::move(endpoint.handle)](http::Request& request) {
            return watch(*refusals, route, request, [&] { return handle(request); });
        };
    }
}

}  // namespace nassaq::audit
