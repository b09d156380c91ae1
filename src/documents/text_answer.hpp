#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/services.hpp"
#include "http/message.hpp"

namespace nassaq::documents {

/// The text of a processed document: JSON with its pages, or plain text where `Accept` prefers that.
api::Result<http::Response> answer_text(Services& services, const api::Caller& caller, const http::Request& request,
                                        std::int64_t doc_id);

}  // namespace nassaq::documents
