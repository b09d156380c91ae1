#pragma once

#include <string>
#include <vector>

#include "http/endpoint.hpp"

namespace nassaq::pages {

/// `/docs` (Swagger UI), `/redoc` and `/openapi.json`, all from this binary.
/// @param openapi  the document, as JSON.
std::vector<http::Endpoint> api_pages(std::string openapi);

}  // namespace nassaq::pages
