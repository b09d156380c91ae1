#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "db/session.hpp"
#include "documents/store.hpp"
#include "documents/upload_model.hpp"
#include "settings/settings.hpp"

/// What an upload and a change of a document have in common about where a document may be and what it may be called.
namespace nassaq::documents {

std::unexpected<api::Refusal> refuse_place(PlaceError error);
/// That the caller may put documents into a path that there is. One that they may not see is as good as none: 404.
api::Result<> require_may_put(const api::Caller& caller, std::string_view full_path);
/// @return the id of the path, into which the caller may put documents.
api::Result<std::int64_t> require_path(db::Session& session, const api::Caller& caller, const std::string& full_path);
/// Where an upload is to go: the root unless its form says otherwise.
std::string path_of(const UploadFields& fields);
/// @param extension  in lower case, with the dot
[[nodiscard]] bool is_supported(const settings::Settings& settings, std::string_view extension);
/// @param extension  in lower case, with the dot
api::Result<> require_supported(const settings::Settings& settings, const std::string& extension);

}  // namespace nassaq::documents
