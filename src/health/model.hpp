#pragma once

#include <boost/describe.hpp>
#include <string>

namespace nassaq::health {

struct Check {
    std::string status;  ///< "ok" or "down".
    double latency_ms = 0;
};
BOOST_DESCRIBE_STRUCT(Check, (), (status, latency_ms))

struct Checks {
    Check database;
    Check storage;
    Check broker;
    Check documents;
};
BOOST_DESCRIBE_STRUCT(Checks, (), (database, storage, broker, documents))

struct Readiness {
    std::string status;  ///< "ok", "degraded" or "down".
    Checks checks;
};
BOOST_DESCRIBE_STRUCT(Readiness, (), (status, checks))

}  // namespace nassaq::health
