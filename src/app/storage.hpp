#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "settings/settings.hpp"
#include "storage/storage.hpp"

namespace nassaq::app {

/// The storage that the settings choose, with the second container if they name one.
/// @param on_retry  called when a request to a service is sent again
/// @param stop      gives up requests to a service
/// @throws std::system_error when the folder of a local one cannot be used
std::unique_ptr<storage::Storage> open_storage(const settings::Settings& settings,
                                               const std::function<void()>& on_retry = {},
                                               const std::stop_token& stop = {});

}  // namespace nassaq::app
