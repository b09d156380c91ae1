#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "storage/storage.hpp"

namespace nassaq::storage {

/// Is told of each call: what was to be done ("upload"), whether it threw, and how long it took. Called on the thread
/// that called the storage.
using ObserveCall = std::function<void(std::string_view operation, bool failed, std::chrono::nanoseconds)>;

/// The same storage, with its calls observed.
std::unique_ptr<Storage> make_observed_storage(std::unique_ptr<Storage> storage, ObserveCall observe);

}  // namespace nassaq::storage
