#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/services.hpp"
#include "http/message.hpp"

namespace nassaq::documents {

/// The document's bytes, whole or in part, streamed from the storage.
http::Response download_document(api::Services& services, const api::Caller& caller, const http::Request& request,
                                 std::int64_t doc_id, bool is_inline);

}  // namespace nassaq::documents
