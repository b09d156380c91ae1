#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file.hpp"

namespace nassaq::ocr {

/// Numbers at places in a file, for the headers of binary formats. What lies beyond the end is nothing, never a guess.
class RandomAccessFile {
public:
    /// @throws std::system_error when the file cannot be opened.
    explicit RandomAccessFile(const std::filesystem::path& file);

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Exactly `length` bytes.
    [[nodiscard]] std::optional<std::string> bytes(std::uint64_t offset, std::size_t length) const;
    /// At most `length` bytes: fewer where the file ends.
    [[nodiscard]] std::string head(std::size_t length) const;

    template <std::unsigned_integral T>
    [[nodiscard]] std::optional<T> number(std::uint64_t offset, std::endian order) const {
        const auto raw = bytes(offset, sizeof(T));
        if (!raw) return std::nullopt;
        return number_at<T>(*raw, 0, order);
    }

    /// A number inside bytes that were read before and reach far enough.
    template <std::unsigned_integral T>
    static T number_at(std::string_view raw, std::size_t offset, std::endian order) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            const std::size_t place = order == std::endian::big ? i : sizeof(T) - 1 - i;
            value = value << 8U | static_cast<unsigned char>(raw[offset + place]);
        }
        return static_cast<T>(value);
    }

private:
    UniqueFd fd_;
    std::uint64_t size_;
};

}  // namespace nassaq::ocr
