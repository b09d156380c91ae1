#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/caller.hpp"
#include "db/database.hpp"
#include "documents/list.hpp"

namespace nassaq::documents {

/// Whose documents a caller looks at.
enum class View {
    own,
    shared,  ///< Others' that they may read.
    all,     ///< That they may read.
};

/// @param name  "own", "shared" or "all"
View view_of(std::string_view name);
/// Which documents a list of this view is about. @param user_id  only those of this user, where it is given
Filter filter_of(db::Database& database, const api::Caller& caller, View view, std::optional<std::int64_t> user_id,
                 std::optional<std::string> status);

}  // namespace nassaq::documents
