#pragma once

#include <vector>

#include "db/database.hpp"
#include "http/endpoint.hpp"

namespace nassaq::audit {

/// Has each endpoint write an audit row when it refuses a user whom it knows (403). Of one user and one route a row a
/// minute at most, so that who knocks without end fills no table. `database` outlives the endpoints.
void record_refusals(std::vector<http::Endpoint>& endpoints, db::Database& database);

}  // namespace nassaq::audit
