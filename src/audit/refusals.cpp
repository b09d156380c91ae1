#include "audit/refusals.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "audit/audit.hpp"
#include "base/log.hpp"
#include "security/rate_limit.hpp"

namespace nassaq::audit {
namespace {

constexpr int forbidden = 403;

/// What all endpoints share.
struct RefusalLog {
    explicit RefusalLog(db::Database& of_log) : database(of_log) {}

    /// That it cannot be written down now makes no difference to the refusal.
    void record(std::int64_t user_id, const std::string& route) {
        if (recorded.take(fmt::format("{} {}", user_id, route))) {
            return;
        }
        try {
            database.transaction([&](db::Session& session) {
                audit::record(session, Action::access_refused, user_id, std::nullopt, route);
            });
        } catch (const db::Error& error) {
            log::warning("a refused access is not in the audit log", {{"user_id", user_id}, {"error", error.what()}});
        }
    }

    db::Database& database;
    security::RateLimiter recorded{1};
};

void note(RefusalLog& refusals, const std::string& route, const http::Request& request, const http::Response& answer) {
    if (answer.status == forbidden && request.user_id) {
        refusals.record(*request.user_id, route);
    }
}

}  // namespace

void record_refusals(std::vector<http::Endpoint>& endpoints, db::Database& database) {
    const auto refusals = std::make_shared<RefusalLog>(database);
    for (http::Endpoint& endpoint : endpoints) {
        if (!endpoint.guard) {
            continue;  // Knows nobody.
        }
        const std::string route = endpoint.method + " " + endpoint.pattern;
        endpoint.guard = [refusals, route, guard = std::move(endpoint.guard)](http::Request& request) {
            auto refusal = guard(request);
            if (refusal) note(*refusals, route, request, *refusal);
            return refusal;
        };
        endpoint.handle = [refusals, route, handle = std::move(endpoint.handle)](http::Request& request) {
            auto answer = handle(request);
            note(*refusals, route, request, answer);
            return answer;
        };
    }
}

}  // namespace nassaq::audit
