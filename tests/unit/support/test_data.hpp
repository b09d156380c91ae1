#pragma once

#include <filesystem>

namespace nassaq::test {

/// tests/data: documents of our own making.
inline const std::filesystem::path data = NASSAQ_TEST_DATA;

}  // namespace nassaq::test
