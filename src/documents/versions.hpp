#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "base/spool.hpp"
#include "documents/services.hpp"
#include "documents/versions_model.hpp"
#include "http/message.hpp"

/// The versions of a document: each a file that was its current one for a time. Text, words and everything else that is
/// made of a document are of its current version. docs/decisions/0098
namespace nassaq::documents {

/// Makes a finished spool file the document's current version. When it holds the bytes of the current one nothing
/// changes; when it holds those of an earlier one, that is restored. If-Match keeps two people from overwriting each
/// other.
api::Result<DocumentVersion> put_version(Services& services, const api::Caller& caller, const http::Request& request,
                                         std::int64_t doc_id, SpoolFile& content);
/// The newest first.
api::Result<VersionList> list_versions(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                       const VersionQuery& query);
api::Result<http::Response> download_version(Services& services, const api::Caller& caller,
                                             const http::Request& request, std::int64_t doc_id, std::int64_t number,
                                             bool is_inline);
/// Makes the bytes of an earlier version the document's current one, as a new version that shares its blob.
api::Result<DocumentVersion> restore_version(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                             std::int64_t number);

}  // namespace nassaq::documents
