#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "ocr/document.hpp"

namespace nassaq::ocr {

inline constexpr std::string_view damaged_file = "The file is damaged.";
inline constexpr std::string_view took_too_long = "The document took too long to read.";
inline constexpr std::string_view needs_too_much_memory = "The document needs too much memory to be read.";
inline constexpr std::string_view needs_too_much_disk = "The document needs too much disk space to be read.";
inline constexpr std::string_view too_large_unpacked = "The file is too large when it is unpacked.";

/// The document is to blame: no retry will help.
inline std::unexpected<Fault> document_fault(std::string_view reason) {
    return std::unexpected(Fault{.temporary = false, .reason = std::string(reason)});
}

/// This machine or moment is to blame: the job is worth another try.
inline std::unexpected<Fault> machine_fault(std::string_view reason) {
    return std::unexpected(Fault{.temporary = true, .reason = std::string(reason)});
}

}  // namespace nassaq::ocr
