#pragma once

#include <cstddef>
#include <string>

namespace nassaq::db {

/// Calls `work(begin, size)` for all of so many rows, several at a time. Of a handful of sizes, so that few different
/// statements are prepared.
template <class Work>
void for_each_batch(std::size_t rows, Work work) {
    std::size_t begin = 0;
    for (const std::size_t size : {16U, 4U, 1U}) {
        for (; begin + size <= rows; begin += size) {
            work(begin, size);
        }
    }
}

/// What follows VALUES: "(?, ?), (?, ?)".
inline std::string value_rows(std::size_t rows, std::size_t columns) {
    std::string text;
    for (std::size_t row = 0; row < rows; ++row) {
        text += row == 0 ? "(?" : ", (?";
        for (std::size_t column = 1; column < columns; ++column) {
            text += ", ?";
        }
        text += ')';
    }
    return text;
}

}  // namespace nassaq::db
