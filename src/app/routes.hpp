#pragma once

#include <boost/json/object.hpp>
#include <vector>

#include "api/services.hpp"
#include "http/endpoint.hpp"

namespace nassaq::app {

/// The OpenAPI document of all features.
boost::json::object openapi();

/// Everything that the server answers. `services` outlives the result.
std::vector<http::Endpoint> endpoints(api::Services& services);

/// What a worker answers: is it alive, can it work, its metrics.
std::vector<http::Endpoint> health_endpoints(api::Services& services);

}  // namespace nassaq::app
