#pragma once

#include "settings/settings.hpp"

namespace nassaq::app {

/// Makes the search index anew, document by document, also while the server serves; what was done when it is
/// interrupted stays. @return the number of documents.
std::int64_t reindex(const settings::Settings& settings);

}  // namespace nassaq::app
