#pragma once

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/list.hpp"
#include "documents/services.hpp"
#include "http/message.hpp"

namespace nassaq::documents {

/// A page of documents as JSON. The same page is put together once, until something in one of the lists of that user
/// changes: people keep their lists open, and front ends ask for them every few seconds. On a database server the total
/// is kept for a while when it took long to count (docs/decisions/0088), until the caller changes something.
http::Response answer_list(Services& services, const api::Caller& caller, const http::Request& request,
                           const Filter& filter, db::Paging page);
/// The caller's documents in numbers, an administrator's of all, as JSON. Kept in the same way.
api::Result<http::Response> answer_statistics(Services& services, const api::Caller& caller, const StageQuery& query);

}  // namespace nassaq::documents
