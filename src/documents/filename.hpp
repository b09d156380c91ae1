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

/// The name of a document's blob: "full_path/filename", or "filename" at the root.
std::string blob_name(std::string_view full_path, std::string_view filename);
/// Another name for the same document, for when the plain one is taken: by a document whose path was renamed since, or
/// by one that is being deleted or uploaded at this moment.
std::string alternative_blob_name(std::string_view full_path, std::string_view filename);

}  // namespace nassaq::documents
