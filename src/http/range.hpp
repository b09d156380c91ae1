#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace nassaq::http {

struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool operator==(const ByteRange&) const = default;
};

struct WholeContent {
    bool operator==(const WholeContent&) const = default;
};
struct UnsatisfiableRange {
    bool operator==(const UnsatisfiableRange&) const = default;
};

using RangeResult = std::variant<WholeContent, ByteRange, UnsatisfiableRange>;

/// Reads a Range field (RFC 9110, 14.2) for content of `size` bytes. What is malformed, of another unit or of more than
/// one range asks for the whole content, as the RFC allows.
RangeResult parse_range(std::string_view field, std::uint64_t size);

}  // namespace nassaq::http
