#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/model.hpp"
#include "documents/services.hpp"

namespace nassaq::documents {

/// What somebody wants a document to be called from now on. Unlike an upload's, this name was not made by some browser:
/// a folder in it is a mistake.
api::Result<std::string> require_new_filename(const std::string& wanted);
/// The bytes have been found to be of their type: a new extension may only be another way to write it, or the right one
/// for a document that came under another (a PNG named .jpg).
api::Result<> require_same_type(const settings::Settings& settings, std::string_view old_name,
                                const std::optional<std::string>& content_type, const std::string& new_name);

/// Renames, moves and describes a document. Its blob stays where it is, under the name that it has.
api::Result<DocumentDetails> update_document(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                             const UpdateDocument& request);

}  // namespace nassaq::documents
