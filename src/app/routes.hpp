#pragma once

#include <boost/json/object.hpp>
#include <vector>

#include "app/features.hpp"
#include "http/endpoint.hpp"

namespace nassaq::app {

/// The OpenAPI document of all features.
boost::json::object openapi();

/// The API pages and the document, for people who develop.
std::vector<http::Endpoint> page_endpoints();

/// All that the features answer. `features` outlives the result.
std::vector<http::Endpoint> endpoints(Features& features);

/// What a worker answers: is it alive, can it work, its metrics. `services` outlives the result.
std::vector<http::Endpoint> health_endpoints(health::Services& services);

}  // namespace nassaq::app
