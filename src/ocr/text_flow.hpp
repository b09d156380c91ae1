#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace nassaq::ocr {

/// Text that grows piece by piece up to a limit, with separators only between pieces.
class TextFlow {
public:
    /// @param most  Bytes. What is appended beyond it is dropped, and is_full() tells.
    explicit TextFlow(std::size_t most) : most_(most) {}

    void append(std::string_view piece) {
        if (piece.empty()) return;
        if (separator_ != '\0' && !text_.empty()) text_ += separator_;
        separator_ = '\0';
        if (piece.size() > most_ - std::min(most_, text_.size())) {
            is_full_ = true;
            return;
        }
        text_ += piece;
    }
    /// Of separators in a row the last one counts: the end of a cell ends its last paragraph, too.
    void separate(char separator) { separator_ = separator; }

    [[nodiscard]] bool is_full() const { return is_full_; }
    std::string take() { return std::move(text_); }

private:
    std::size_t most_;
    std::string text_;
    char separator_ = '\0';
    bool is_full_ = false;
};

}  // namespace nassaq::ocr
