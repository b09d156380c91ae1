#pragma once

#include <functional>

#include "app/node.hpp"
#include "db/database.hpp"
#include "health/services.hpp"
#include "http/server.hpp"
#include "metrics/metrics.hpp"
#include "settings/settings.hpp"

namespace nassaq::app {

/// What a server and a worker have for as long as they run.
struct Program {
    const settings::Settings& settings;
    db::Database& database;
    metrics::Metrics& metrics;
    Node& node;
};

/// Makes a program of this process, from its log to what a killed one has left, and has it do `work` until that ends.
/// To be called once, before any other thread is started.
void run_program(const settings::Settings& settings, const std::function<void(const Program&)>& work);

/// What the health checks of a program look at.
health::Services health_of(const Program& program);

/// Where and for whom a program listens, with its access log and no threads but those of HTTP itself.
http::ServerOptions listening_options(const Program& program);
/// Has the metrics tell of the program's HTTP server, which is there whenever they are asked for.
void add_server_metrics(metrics::Metrics& metrics, const http::Server& server);

}  // namespace nassaq::app
