#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "search/query.hpp"

namespace nassaq::search {

/// Some 200 characters of a text, from where the most of the query stands close together: HTML in which the words that
/// were found are in `<mark>`, everything else is escaped, and white space is single spaces. `…` stands for what is
/// left out. The text's beginning when none of the query is in it.
std::string make_snippet(std::string_view text, const Query& query);

/// The same; nothing when none of the query is in the text.
std::optional<std::string> find_snippet(std::string_view text, const Query& query);

}  // namespace nassaq::search
