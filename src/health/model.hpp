#pragma once

#include <array>
#include <boost/describe.hpp>
#include <string>
#include <string_view>

#include "schema/rule.hpp"

namespace nassaq::health {

inline constexpr std::array<std::string_view, 2> check_states{"ok", "down"};
inline constexpr std::array<std::string_view, 3> readiness_states{"ok", "degraded", "down"};

struct Check {
    std::string status;
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
    std::string status;
    Checks checks;
};
BOOST_DESCRIBE_STRUCT(Readiness, (), (status, checks))

}  // namespace nassaq::health

namespace nassaq::schema {

template <>
inline constexpr auto rules<health::Check> = std::to_array<Rule>({
    {.field = "status", .one_of = health::check_states},
    {.field = "latency_ms", .example = "0.4"},
});

template <>
inline constexpr auto rules<health::Readiness> = std::to_array<Rule>({
    {.field = "status", .one_of = health::readiness_states},
});

}  // namespace nassaq::schema
