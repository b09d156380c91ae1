#pragma once

#include <string>

#include "search/plan.hpp"

namespace nassaq::search {

/// The condition in FTS5's language (sqlite.org/fts5.html, 3). Every word is quoted.
std::string to_fts5(const Condition& condition);

}  // namespace nassaq::search
