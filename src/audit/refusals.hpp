#pragma once

#include <vector>

#include "api/services.hpp"
#include "http/endpoint.hpp"

namespace nassaq::audit {

/// Has each endpoint write an audit row when it refuses a user whom it knows (403). Of one user and one route a row a
/// minute at most, so that who knocks without end fills no table. `services` outlives the endpoints.
void record_refusals(std::vector<http::Endpoint>& endpoints, api::Services& services);

}  // namespace nassaq::audit
