#pragma once

#include "settings/settings.hpp"

namespace nassaq::app {

/// What is wrong with settings that only the parts they are for can tell: settings::parse() knows none of them. Makes
/// the data directory when there is none.
settings::Faults find_faults(const settings::Settings& settings);

}  // namespace nassaq::app
