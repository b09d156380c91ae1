#include "app/serve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "api/services.hpp"
#include "app/background.hpp"
#include "app/broker.hpp"
#include "app/certificates.hpp"
#include "app/database.hpp"
#include "app/database_advice.hpp"
#include "app/isolation.hpp"
#include "app/node.hpp"
#include "app/routes.hpp"
#include "app/signals.hpp"
#include "app/texts.hpp"
#include "app/tls.hpp"
#include "audit/reading_log.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "db/dialect.hpp"
#include "db/migrate.hpp"
#include "http/server.hpp"
#include "jobs/wakeup.hpp"
#include "metrics/metrics.hpp"
#include "security/jwt.hpp"
#include "security/secret.hpp"

namespace nassaq::app {
namespace {

std::string jwt_secret(const settings::Settings& settings) {
    return settings.jwt_secret.empty() ? security::load_or_create_secret(settings.data_directory / "secret.key")
                                       : settings.jwt_secret;
}

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

/// Threads that wait for the network are many, lest a few slow transfers keep every other request waiting. Those that
/// wait for a disk to have written uploads are some more than cores.
unsigned general_threads(const Node& node, unsigned cores) {
    constexpr unsigned waiting_for_the_network = 64;
    constexpr unsigned waiting_for_the_disk = 8;
    return std::max(node.storage().is_remote() ? waiting_for_the_network : waiting_for_the_disk, 2 * cores);
}

/// How many threads, besides, are kept for users for whom none works: so many users may have requests that take long,
/// and the next one does not wait for any of those.
unsigned spare_threads(unsigned general) {
    return std::max(8U, general / 4);
}

/// So many that two users who search all the time leave one, for one in four is kept for others; and where the database
/// is a server, that half of the connections are left for all that is no search.
unsigned searching_threads(const settings::Settings& settings, unsigned cores) {
    const unsigned threads = std::clamp(2 * cores, 4U, 16U);
    const auto half_of_the_pool = static_cast<unsigned>(std::max<std::size_t>(1, settings.sql_pool_size / 2));
    return has_embedded_database(settings) ? threads : std::min(threads, half_of_the_pool);
}

http::ServerOptions server_options(const settings::Settings& settings, const Node& node, metrics::Metrics& metrics) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    http::ServerOptions options;
    options.host = settings.host;
    options.port = settings.port;
    options.limits.upload_bytes = settings.max_upload_bytes;
    options.limits.connections_per_client = settings.max_connections_per_address;
    options.limits.body_rate = settings.min_body_rate;
    options.limits.answer_bytes = settings.response_memory_bytes;
    options.cors_origins = settings.cors_origins;
    options.trusted_proxies = settings.trusted_proxies;
    options.io_threads = cores;
    options.general_threads = general_threads(node, cores);
    options.spare_threads = spare_threads(options.general_threads);
    options.hashing_threads = cores;
    options.searching_threads = searching_threads(settings, cores);
    options.limits.searches_per_user = settings.searches_per_user;
    options.limits.search_timeout = settings.search_timeout;
    options.on_finished = [&metrics](const http::Finished& request) {
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

void add_limit_metrics(metrics::Metrics& metrics, const api::RateLimits& limits) {
    const auto add = [&](const char* name, const security::RateLimiter& limiter) {
        metrics.add_counter("nassaq_rate_limited_total", "Requests that were refused because their limit was reached",
                            [&limiter] { return static_cast<double>(limiter.refusals()); }, {{"limit", name}});
    };
    add("account", limits.account);
    add("address", limits.address);
}

/// What handlers may use, and the parts of it that nobody else has.
struct Interior {
    Interior(const settings::Settings& settings, Node& node, metrics::Metrics& metrics)
        : tokens(jwt_secret(settings)),
          foreign_keys(node.database()),
          rate_limits(settings.login_rate_limit),
          reading_log(node.database()),
          services{.settings = settings,
                   .database = node.database(),
                   .foreign_keys = foreign_keys,
                   .storage = node.storage(),
                   .texts = node.texts(),
                   .broker = node.broker(),
                   .outbox = node.outbox(),
                   .blob_deletions = node.blob_deletions(),
                   .events = node.events(),
                   .tokens = tokens,
                   .metrics = metrics,
                   .rate_limits = rate_limits,
                   .answers = answers,
                   .reading_log = reading_log} {
        add_limit_metrics(metrics, rate_limits);
    }

    const security::TokenSigner tokens;
    db::ForeignKeys foreign_keys;
    api::RateLimits rate_limits;
    api::AnswerCache answers;
    audit::ReadingLog reading_log;
    api::Services services;
};

/// Of what has been read while the database was busy.
void write_rest(audit::ReadingLog& reading_log) {
    try {
        reading_log.flush();
    } catch (const db::Error& error) {
        log::error("who has read what could not be written into the audit log", {{"error", error.what()}});
    }
}

void log_serving(const settings::Settings& settings, db::Dialect dialect, std::uint16_t port) {
    const bool is_ipv6 = settings.host.find(':') != std::string::npos;
    const std::string host = is_ipv6 ? "[" + settings.host + "]" : settings.host;
    log::info("serving", {{"address", fmt::format("{}://{}:{}", settings.tls ? "https" : "http", host, port)},
                          {"version", version},
                          {"database", db::name_of(dialect)},
                          {"storage", settings::name_of(settings.blobs.storage)},
                          {"queue", name_of_broker(settings)},
                          {"texts", name_of_text_store(settings)}});
}

}  // namespace

void serve(const settings::Settings& settings, bool with_worker) {
    close_to_other_processes();
    block_signals();
    const log::Running log(settings.log_level, settings.log_format);  // First, so that it ends last.
    warn_of_unchecked_certificates(settings);
    const auto database = open_database(settings, Opener::server);
    require_fit_database(*database, settings);
    db::migrate(*database);
    metrics::Metrics metrics;
    Node node(settings, *database, metrics);
    node.recover();

    Interior interior(settings, node, metrics);
    Background background;
    const auto tls = open_tls(settings);
    http::ServerOptions options = server_options(settings, node, metrics);
    options.tls = tls;
    options.state_version = [&database] { return database->version(); };
    http::Server server(options, endpoints(interior.services), node.spool());
    add_server_metrics(metrics, server);
    server.start();
    node.start_upkeep(background);
    background.run("reading-log", [&](const std::stop_token& stop) {
        if (interior.reading_log.step() == 0) {
            interior.reading_log.wait(stop);
        }
    });
    if (with_worker || has_embedded_queue(settings)) {
        log_isolation();
        node.start_workers(background);
    }
    log_serving(settings, database->dialect(), server.port());

    const int signal = wait_for_stop([&] { reload_tls(settings, tls.get()); });
    log::info("stopping", {{"signal", signal}});
    {
        // What waits for a storage or the like must not hold up those that wait for it.
        const std::jthread end_of_grace([&](const std::stop_token& all_done) {
            jobs::pause(all_done, settings.stop_grace);
            background.request_stop();
            node.abandon();
        });
        server.stop(settings.stop_grace);
    }
    background.stop();
    write_rest(interior.reading_log);
    log::info("stopped");
}

void run_worker(const settings::Settings& settings) {
    close_to_other_processes();
    block_signals();
    const log::Running log(settings.log_level, settings.log_format);  // First, so that it ends last.
    warn_of_unchecked_certificates(settings);
    const auto database = open_database(settings, Opener::server);
    require_fit_database(*database, settings);
    db::migrate(*database);
    metrics::Metrics metrics;
    Node node(settings, *database, metrics);
    node.recover();

    Interior interior(settings, node, metrics);
    Background background;
    std::optional<http::Server> health;
    if (settings.worker_port) {
        http::ServerOptions options = server_options(settings, node, metrics);
        options.port = *settings.worker_port;
        health.emplace(options, health_endpoints(interior.services), node.spool());
        add_server_metrics(metrics, *health);
        health->start();
    }
    node.start_upkeep(background);
    log_isolation();
    node.start_workers(background);
    log::info("working", {{"version", version},
                          {"database", db::name_of(database->dialect())},
                          {"queue", name_of_broker(settings)},
                          {"queue_name", settings.ocr_queue_name},
                          {"texts", name_of_text_store(settings)},
                          {"slots", settings.ocr_concurrency},
                          {"health_port", health ? health->port() : 0}});

    const int signal = wait_for_stop([] { log::info("a worker has nothing to reload"); });
    log::info("stopping", {{"signal", signal}});
    background.request_stop();
    node.abandon();
    background.stop();
    if (health) {
        health->stop(std::chrono::seconds{1});
    }
    log::info("stopped");
}

}  // namespace nassaq::app
