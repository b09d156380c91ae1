#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace nassaq::ocr {

/// A rectangle in pixels; right and bottom are just outside.
struct Box {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;

    [[nodiscard]] int width() const { return right - left; }
    [[nodiscard]] int height() const { return bottom - top; }
    [[nodiscard]] int middle() const { return (top + bottom) / 2; }
    /// Negative where there is a gap.
    [[nodiscard]] int overlap_across(const Box& other) const {
        return std::min(right, other.right) - std::max(left, other.left);
    }
    [[nodiscard]] int overlap_down(const Box& other) const {
        return std::min(bottom, other.bottom) - std::max(top, other.top);
    }
};

struct Word {
    Box box;
    std::string text;      ///< Logical order, UTF-8.
    float confidence = 0;  ///< 0 to 100, as Tesseract gives it.
};

struct Line {
    Box box;
    std::vector<Word> words;  ///< In the order in which Tesseract read them.
    bool ends_paragraph = false;
};

}  // namespace nassaq::ocr
