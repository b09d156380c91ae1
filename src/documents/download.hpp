#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/services.hpp"
#include "http/message.hpp"

namespace nassaq::documents {

/// The document's bytes, whole or in part, streamed from the storage.
api::Result<http::Response> download_document(Services& services, const api::Caller& caller,
                                              const http::Request& request, std::int64_t doc_id, bool is_inline);

}  // namespace nassaq::documents
