#pragma once

#include "api/caller.hpp"
#include "documents/services.hpp"
#include "http/message.hpp"

namespace nassaq::documents {

/// The changes of status of the documents that the caller may see, as Server-Sent Events: from now on, or from behind
/// the event that Last-Event-ID names. Ends when the caller may not see them any more.
http::Response stream_events(Services& services, const api::Caller& caller, const http::Request& request);

}  // namespace nassaq::documents
