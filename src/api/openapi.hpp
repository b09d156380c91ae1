#pragma once

#include <boost/json/object.hpp>
#include <span>

#include "api/route.hpp"

namespace nassaq::api {

/// The OpenAPI 3.1 document of these routes (spec.openapis.org/oas/v3.1.0).
boost::json::object make_openapi(std::span<const DocumentedTable> tables);

}  // namespace nassaq::api
