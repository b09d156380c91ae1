#include "app/serve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/background.hpp"
#include "app/broker.hpp"
#include "app/database.hpp"
#include "app/features.hpp"
#include "app/isolation.hpp"
#include "app/program.hpp"
#include "app/routes.hpp"
#include "app/signals.hpp"
#include "app/texts.hpp"
#include "app/tls.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "db/dialect.hpp"
#include "jobs/wakeup.hpp"
#include "quotas/service.hpp"
#include "security/secret.hpp"

namespace nassaq::app {
namespace {

std::string jwt_secret(const settings::Settings& settings) {
    return settings.jwt_secret.empty() ? security::load_or_create_secret(settings.data_directory / "secret.key")
                                       : settings.jwt_secret;
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

http::ServerOptions server_options(const Program& program) {
    const settings::Settings& settings = program.settings;
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    http::ServerOptions options = listening_options(program);
    options.port = settings.port;
    options.limits.upload_bytes = settings.max_upload_bytes;
    options.limits.body_rate = settings.min_body_rate;
    options.limits.answer_bytes = settings.response_memory_bytes;
    options.io_threads = cores;
    options.general_threads = general_threads(program.node, cores);
    options.spare_threads = spare_threads(options.general_threads);
    options.hashing_threads = cores;
    options.searching_threads = searching_threads(settings, cores);
    options.limits.searches_per_user = settings.searches_per_user;
    options.limits.search_timeout = settings.search_timeout;
    options.state_version = [&database = program.database] { return database.version(); };
    return options;
}

void add_limit_metrics(metrics::Metrics& metrics, const api::RateLimits& limits) {
    const auto add = [&](const char* name, const security::RateLimiter& limiter) {
        metrics.add_counter("nassaq_rate_limited_total", "Requests that were refused because their limit was reached",
                            [&limiter] { return static_cast<double>(limiter.refusals()); }, {{"limit", name}});
    };
    add("account", limits.account);
    add("address", limits.address);
}

/// What the features use, and the parts of it that nobody else has.
struct Interior {
    explicit Interior(const Program& program)
        : tokens(jwt_secret(program.settings)),
          foreign_keys(program.database),
          rate_limits(program.settings.login_rate_limit),
          reading_log(program.database),
          features(make_features(program)) {
        add_limit_metrics(program.metrics, rate_limits);
    }

    Features make_features(const Program& program) {
        db::Database& database = program.database;
        Node& node = program.node;
        const usage::Limits quota_defaults = quotas::default_limits(program.settings);
        return {
            .access = {.database = database,
                       .tokens = tokens,
                       .rate_limits = rate_limits,
                       .answers = answers,
                       .rights = rights},
            .audit = {.database = database, .reading_log = reading_log},
            .auth = {.settings = program.settings, .database = database, .tokens = tokens, .rate_limits = rate_limits},
            .documents = document_services(program.settings, node, answers, reading_log),
            .groups = {.database = database},
            .handover = {.quota_defaults = quota_defaults,
                         .database = database,
                         .texts = node.texts(),
                         .steps = node.handover()},
            .health = health_of(program),
            .paths = {.database = database, .foreign_keys = foreign_keys},
            .permissions = {.database = database},
            .quotas = {.database = database, .defaults = quota_defaults},
            .roles = {.database = database},
            .trash = {.settings = program.settings,
                      .quota_defaults = quota_defaults,
                      .database = database,
                      .foreign_keys = foreign_keys,
                      .storage = node.storage(),
                      .texts = node.texts(),
                      .stages = node.stages(),
                      .outbox = node.outbox(),
                      .blob_deletions = node.blob_deletions(),
                      .upgrade = node.upgrade()},
            .users = {.database = database, .foreign_keys = foreign_keys}};
    }

    const security::TokenSigner tokens;
    db::ForeignKeys foreign_keys;
    api::RateLimits rate_limits;
    api::AnswerCache answers;
    access::RightsCache rights;
    audit::ReadingLog reading_log;
    Features features;
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
                          {"version", version()},
                          {"database", db::name_of(dialect)},
                          {"storage", settings::name_of(settings.blobs.storage)},
                          {"queue", name_of_broker(settings)},
                          {"texts", name_of_text_store(settings)}});
}

std::vector<http::Endpoint> server_endpoints(const settings::Settings& settings, Features& features) {
    auto all = endpoints(features);
    if (settings.is_development) {
        std::ranges::move(page_endpoints(), std::back_inserter(all));
    }
    return all;
}

void start_reading_log(Background& background, audit::ReadingLog& reading_log) {
    background.run("reading-log", [&](const std::stop_token& stop) {
        if (reading_log.step() == 0) {
            reading_log.wait(stop);
        }
    });
}

/// Lets requests in flight end. What waits for a storage or the like must not hold up those that wait for it.
void stop_server(const Program& program, Background& background, http::Server& server) {
    const std::jthread end_of_grace([&](const std::stop_token& all_done) {
        jobs::pause(all_done, program.settings.stop_grace);
        background.request_stop();
        program.node.abandon();
    });
    server.stop(program.settings.stop_grace);
}

void serve_until_stopped(const Program& program, bool with_worker) {
    const settings::Settings& settings = program.settings;
    Interior interior(program);
    Background background;
    const auto tls = open_tls(settings);
    http::ServerOptions options = server_options(program);
    options.tls = tls;
    http::Server server(options, server_endpoints(settings, interior.features), program.node.spool());
    add_server_metrics(program.metrics, server);
    server.start();
    program.node.start_upkeep(background);
    start_reading_log(background, interior.reading_log);
    if (with_worker || has_embedded_queue(settings)) {
        log_isolation();
        program.node.start_workers(background);
    }
    log_serving(settings, program.database.dialect(), server.port());

    const int signal = wait_for_stop([&] { reload_tls(settings, tls.get()); });
    log::info("stopping", {{"signal", signal}});
    stop_server(program, background, server);
    background.stop();
    write_rest(interior.reading_log);
}

}  // namespace

void serve(const settings::Settings& settings, bool with_worker) {
    run_program(settings, [&](const Program& program) { serve_until_stopped(program, with_worker); });
}

}  // namespace nassaq::app
