#pragma once

#include <set>
#include <string>

#include "search/passage.hpp"

namespace nassaq::search {

/// What a passage is found by.
std::set<std::string> terms_of(const NameWords& name, const Passage& passage);

}  // namespace nassaq::search
