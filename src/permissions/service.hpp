#pragma once

#include <cstdint>
#include <string>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "http/message.hpp"
#include "permissions/model.hpp"
#include "permissions/services.hpp"

/// Who may see and change what is said at documents and paths: those who may share them (docs/access.md).
namespace nassaq::permissions {

/// What is said, and the entity tag of it.
struct TaggedAccess {
    AccessResponse access;
    std::string etag;
};

api::Result<TaggedAccess> read_document_access(Services& services, const api::Caller& caller, std::int64_t doc_id);
api::Result<TaggedAccess> read_path_access(Services& services, const api::Caller& caller, std::int64_t path_id);
/// Whoever shares gives and takes no more than they have. Refused (412) where If-Match names another state.
api::Result<TaggedAccess> set_document_access(Services& services, const api::Caller& caller,
                                              const http::Headers& headers, std::int64_t doc_id,
                                              const AccessRequest& request);
api::Result<TaggedAccess> set_path_access(Services& services, const api::Caller& caller, const http::Headers& headers,
                                          std::int64_t path_id, const AccessRequest& request);

}  // namespace nassaq::permissions
