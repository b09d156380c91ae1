#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "base/clock.hpp"
#include "documents/services.hpp"
#include "http/message.hpp"

namespace nassaq::documents {

/// A file of a document, as its bytes are sent.
struct StoredFile {
    std::string filename;
    std::string place;
    std::optional<std::int64_t> size;
    std::optional<std::string> content_type;
    std::optional<std::string> sha256;
    Timestamp stored_at;
    bool is_current = false;  ///< Then it may have been moved by another program.
};

/// A file's bytes, whole or in part, streamed from the storage. Who may have them has been decided.
api::Result<http::Response> send_file(Services& services, const api::Caller& caller, const http::Request& request,
                                      std::int64_t doc_id, StoredFile file, bool is_inline);
/// The document's bytes.
api::Result<http::Response> download_document(Services& services, const api::Caller& caller,
                                              const http::Request& request, std::int64_t doc_id, bool is_inline);

}  // namespace nassaq::documents
