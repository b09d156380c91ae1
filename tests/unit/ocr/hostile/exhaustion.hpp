#pragma once

#include <string>

#include "ocr/protocol.hpp"

namespace nassaq::ocr::hostile {

/// Takes of the server's memory, time or disk what it can get.
/// @return false where there is no such mode.
bool exhaust(const std::string& mode, const Order& order);

}  // namespace nassaq::ocr::hostile
