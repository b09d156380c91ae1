#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "db/session.hpp"
#include "documents/statistics_model.hpp"

namespace nassaq::documents {

/// Counts the documents of one user, or all. Each status has its number, be it 0.
/// @param stage  whose statuses are counted.
Statistics count_documents(db::Session& session, std::optional<std::int64_t> user_id, std::string_view stage);

}  // namespace nassaq::documents
