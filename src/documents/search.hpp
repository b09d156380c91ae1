#pragma once

#include <stop_token>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/search_model.hpp"
#include "documents/services.hpp"

namespace nassaq::documents {

/// What the caller may see of what the query finds: their own documents; an administrator's search goes through all, or
/// those of `user_id`. Another's `user_id` finds nobody else anything. Refuses (503) once `stop` is requested.
api::Result<SearchResponse> search_documents(Services& services, const api::Caller& caller, const std::stop_token& stop,
                                             const SearchQuery& query);

}  // namespace nassaq::documents
