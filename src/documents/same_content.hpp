#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/session.hpp"
#include "documents/upload_model.hpp"

namespace nassaq::documents {

/// The documents of a user that have exactly these bytes, the oldest first; at most a hundred.
/// @param sha256  in lower-case hexadecimal
std::vector<ContentCopy> find_same_content(db::Session& session, std::int64_t user_id, const std::string& sha256);

}  // namespace nassaq::documents
