#include <chrono>
#include <cstdint>
#include <optional>

#include "app/background.hpp"
#include "app/broker.hpp"
#include "app/features.hpp"
#include "app/isolation.hpp"
#include "app/program.hpp"
#include "app/routes.hpp"
#include "app/serve.hpp"
#include "app/signals.hpp"
#include "app/texts.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "db/dialect.hpp"

namespace nassaq::app {
namespace {

http::ServerOptions health_options(const Program& program, std::uint16_t port) {
    http::ServerOptions options = listening_options(program);
    options.port = port;
    return options;
}

/// Tells on WORKER_PORT how the worker is, and nobody anything else: it knows no tokens.
class HealthServer {
public:
    HealthServer(const Program& program, std::uint16_t port)
        : services_(health_of(program)),
          server_(health_options(program, port), health_endpoints(services_), program.node.spool()) {
        add_server_metrics(program.metrics, server_);
        server_.start();
    }

    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    void stop() { server_.stop(std::chrono::seconds{1}); }

private:
    health::Services services_;
    http::Server server_;
};

void log_working(const Program& program, std::uint16_t health_port) {
    const settings::Settings& settings = program.settings;
    log::info("working", {{"version", version()},
                          {"database", db::name_of(program.database.dialect())},
                          {"queue", name_of_broker(settings)},
                          {"queue_name", settings.ocr_queue_name},
                          {"texts", name_of_text_store(settings)},
                          {"slots", settings.ocr_concurrency},
                          {"health_port", health_port}});
}

void work_until_stopped(const Program& program) {
    Background background;
    std::optional<HealthServer> health;
    if (const auto port = program.settings.worker_port) {
        health.emplace(program, *port);
    }
    program.node.start_upkeep(background);
    log_isolation();
    program.node.start_workers(background);
    log_working(program, health ? health->port() : 0);

    const int signal = wait_for_stop([] { log::info("a worker has nothing to reload"); });
    log::info("stopping", {{"signal", signal}});
    background.request_stop();
    program.node.abandon();
    background.stop();
    if (health) {
        health->stop();
    }
}

}  // namespace

void run_worker(const settings::Settings& settings) {
    run_program(settings, &work_until_stopped);
}

}  // namespace nassaq::app
