#include "app/program.hpp"

#include <chrono>
#include <string_view>

#include "app/certificates.hpp"
#include "app/database.hpp"
#include "app/database_advice.hpp"
#include "app/isolation.hpp"
#include "app/signals.hpp"
#include "base/log.hpp"

namespace nassaq::app {
namespace {

void log_request(const http::Finished& request) {
    if (!log::is_enabled(log::Level::info)) {
        return;
    }
    const double milliseconds = std::chrono::duration<double, std::milli>(request.duration).count();
    const std::string_view route = request.endpoint == nullptr ? "none" : std::string_view(request.endpoint->pattern);
    log::info("request", {{"method", request.method},
                          {"route", route},
                          {"path", request.path},
                          {"status", request.status},
                          {"duration_ms", milliseconds},
                          {"bytes", request.bytes_sent},
                          {"request_id", request.request_id},
                          {"client", request.client_address},
                          {"user_id", request.user_id.value_or(0)}});
}

}  // namespace

void run_program(const settings::Settings& settings, const std::function<void(const Program&)>& work) {
    close_to_other_processes();
    block_signals();
    const log::Running log(settings.log_level, settings.log_format);  // First, so that it ends last.
    warn_of_unchecked_certificates(settings);
    const auto database = open_database(settings, Opener::server);
    require_fit_database(*database, settings);
    bring_to_current_schema(*database);
    metrics::Metrics metrics;
    Node node(settings, *database, metrics);
    node.recover();
    work({.settings = settings, .database = *database, .metrics = metrics, .node = node});
    log::info("stopped");
}

health::Services health_of(const Program& program) {
    return {.database = program.database,
            .storage = program.node.storage(),
            .texts = program.node.texts(),
            .broker = program.node.broker(),
            .metrics = program.metrics};
}

http::ServerOptions listening_options(const Program& program) {
    const settings::Settings& settings = program.settings;
    http::ServerOptions options;
    options.host = settings.host;
    options.limits.connections_per_client = settings.max_connections_per_address;
    options.cors_origins = settings.cors_origins;
    options.trusted_proxies = settings.trusted_proxies;
    options.general_threads = 0;
    options.hashing_threads = 0;
    options.searching_threads = 0;
    options.on_finished = [&metrics = program.metrics](const http::Finished& request) {
        metrics.count_request(request);
        log_request(request);
    };
    return options;
}

void add_server_metrics(metrics::Metrics& metrics, const http::Server& server) {
    metrics.add_gauge("nassaq_http_connections", "Open connections",
                      [&server] { return static_cast<double>(server.connection_count()); });
    const auto add_pool = [&](const char* name, http::Pool pool) {
        metrics.add_gauge("nassaq_http_pool_queued", "Requests that wait for a thread of a pool",
                          [&server, pool] { return static_cast<double>(server.queued_requests(pool)); },
                          {{"pool", name}});
    };
    add_pool("general", http::Pool::general);
    add_pool("hashing", http::Pool::hashing);
    add_pool("searching", http::Pool::searching);
}

}  // namespace nassaq::app
