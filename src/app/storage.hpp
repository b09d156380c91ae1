#pragma once

#include <memory>

#include "settings/settings.hpp"
#include "storage/storage.hpp"

namespace nassaq::app {

/// The storage that the settings choose. @throws std::system_error when the folder of a local one cannot be used.
std::unique_ptr<storage::Storage> open_storage(const settings::Settings& settings);

}  // namespace nassaq::app
