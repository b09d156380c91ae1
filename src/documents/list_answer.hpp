#pragma once

#include "api/services.hpp"
#include "documents/list.hpp"
#include "http/message.hpp"

namespace nassaq::documents {

/// A page of documents as JSON. The same page is put together once, until something in one of the lists of that user
/// changes: people keep their lists open, and front ends ask for them every few seconds.
http::Response answer_list(api::Services& services, const Filter& filter, db::Paging page);

}  // namespace nassaq::documents
