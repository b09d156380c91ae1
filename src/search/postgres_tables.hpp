#pragma once

#include <string>
#include <string_view>

#include "search/index.hpp"

namespace nassaq::search {

/// The condition as a tsquery (PostgreSQL's manual, 8.11.2). Every word is quoted.
std::string to_tsquery(const Condition& condition);

/// A passage's terms as a tsvector. The words have positions, the stems have none; the owner is a term, too.
/// @param name  empty for all but the first passage of a document
std::string to_tsvector(std::int64_t user_id, const NameWords& name, const Passage& passage);

}  // namespace nassaq::search
