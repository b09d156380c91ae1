#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <vector>

#include "base/spool.hpp"
#include "http/client_address.hpp"
#include "http/cors.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "http/worker_pool.hpp"

namespace nassaq::http {

/// What all connections of a server share; outlives them. All but the pools is only read.
struct ServerContext {
    Limits limits;
    std::vector<Endpoint> endpoints;
    Router router{endpoints};
    Cors cors;
    TrustedProxies trusted_proxies;
    std::shared_ptr<const TlsCredentials> tls;
    std::function<void(const Finished&)> on_finished;
    Spool& spool;
    FairShare uploads;
    FairShare event_streams;
    FairShare body_memory;
    FairShare answer_memory;
    WorkerPool general;
    WorkerPool hashing;
    WorkerPool searching;
    WorkerPool health;

    ServerContext(ServerOptions options, std::vector<Endpoint> all_endpoints, Spool& upload_spool);

    [[nodiscard]] WorkerPool& pool_of(const Endpoint& endpoint) { return pool_of(endpoint.pool); }
    [[nodiscard]] WorkerPool& pool_of(Pool pool) {
        if (pool == Pool::health) return health;
        if (pool == Pool::searching) return searching;
        return pool == Pool::hashing ? hashing : general;
    }
};

}  // namespace nassaq::http
