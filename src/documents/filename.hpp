#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nassaq::documents {

/// The name that an uploaded file is kept under: without any directory (of Windows, too), NFC, and
/// without what cannot be seen (base/shown_name.hpp).
/// @return nothing when no valid name is left: empty, ".", "..", with control characters, or over 255 UTF-16 units.
std::optional<std::string> safe_filename(std::string_view client_name);

/// ".pdf" of "Report.PDF"; empty when there is none.
std::string extension_of(std::string_view filename);
/// ".PDF" of it.
std::string_view raw_extension_of(std::string_view filename);

/// "full_path/filename", or "filename" at the root: as people know a document, and what its blob is called where that
/// name is free. Where a document's file is, only its row says (files/store.hpp).
std::string full_name(std::string_view full_path, std::string_view filename);
/// Another name for a blob, for when the plain one is taken: by an earlier version, by a document whose path was
/// renamed since, or by one that is being deleted or uploaded at this moment.
std::string alternative_full_name(std::string_view full_path, std::string_view filename);

}  // namespace nassaq::documents
