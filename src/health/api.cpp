#include "health/api.hpp"

#include <chrono>
#include <exception>

#include "base/log.hpp"
#include "health/model.hpp"

namespace nassaq::health {
namespace {

using api::Level;

void get_alive() {}

/// Runs a check that throws when the part is away. What was thrown is for the log: it may name hosts and folders.
template <class Probe>
Check check(std::string_view part, Probe probe) {
    const auto begin = std::chrono::steady_clock::now();
    Check result{.status = "ok"};
    try {
        probe();
    } catch (const std::exception& error) {
        log::warning("a part is not ready", {{"part", part}, {"error", error.what()}});
        result.status = "down";
    }
    result.latency_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    return result;
}

Checks run_checks(Services& services) {
    return {.database = check("database", [&] { services.database.check(); }),
            .storage = check("storage", [&] { services.storage.check(); }),
            .broker = check("broker", [&] { services.broker.check(); }),
            .documents = check("documents", [&] { services.texts.check(); })};
}

/// Without the database nothing works, and without the storage no document goes in or out. A broker or a text store
/// that is away is waited for.
std::string overall(const Checks& checks) {
    if (checks.database.status != "ok" || checks.storage.status != "ok") {
        return "down";
    }
    return checks.broker.status == "ok" && checks.documents.status == "ok" ? "ok" : "degraded";
}

http::Response get_ready(Services& services) {
    const Checks checks = run_checks(services);
    const Readiness readiness{.status = overall(checks), .checks = checks};
    http::Response response = http::json_response(schema::to_json(readiness), readiness.status == "down" ? 503 : 200);
    response.headers.add("cache-control", "no-store");
    return response;
}

http::Response get_metrics(Services& services) {
    http::Response response{.body = services.metrics.to_text()};
    response.headers.add("content-type", "text/plain; version=0.0.4; charset=utf-8");
    return response;
}

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, get_alive>("GET", "/", Level::none,
                                    {.status = 204,
                                     .summary = "Is the process alive",
                                     .description = "Always, without touching a dependency or waiting for one.",
                                     .pool = http::Pool::none}),
    api::route<Services, get_ready>(
        "GET", "/healthz/ready", Level::none,
        {.summary = "Can it serve",
         .description = "503 when it is down; a broker that is away only degrades it. Looked at five times a second at "
                        "most: who asks more often gets the same answer as the others.",
         .pool = http::Pool::health,
         .is_shared = true,
         .answers = {api::json_answer<Readiness>(200, "ok, or degraded"), api::json_answer<Readiness>(503, "down")}}),
    api::route<Services, get_metrics>("GET", "/metrics", Level::none,
                                      {.summary = "Metrics for Prometheus",
                                       .description = "Collected five times a second at most.",
                                       .pool = http::Pool::health,
                                       .produces = "text/plain",
                                       .is_shared = true}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"health", table, ""};
}

}  // namespace nassaq::health
