#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "trash/model.hpp"
#include "trash/services.hpp"

namespace nassaq::trash {

/// Puts a document into the trash, all of it in one transaction; or, where none is kept (TRASH_DAYS 0, an upgrade that
/// is not finished), removes its rows in one, and its blobs then, again and again until they are gone.
api::Result<DeleteResponse> delete_document(Services& services, const api::Caller& caller, std::int64_t doc_id);

}  // namespace nassaq::trash
