#pragma once

#include "api/refusal.hpp"
#include "documents/services.hpp"
#include "http/message.hpp"

namespace nassaq::documents {

/// Refuses (507, 429) an upload before its body is sent, when its announced length alone is more than the caller's
/// quota has left.
api::Result<> check_announced_upload(Services& services, const http::Request& request);

}  // namespace nassaq::documents
