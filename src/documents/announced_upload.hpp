#pragma once

#include "api/services.hpp"
#include "http/message.hpp"

namespace nassaq::documents {

/// Refuses an upload before its body is sent, when its announced length alone is more than the caller's quota has left.
/// @throws http::Problem 507 or 429
void check_announced_upload(api::Services& services, const http::Request& request);

}  // namespace nassaq::documents
