#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "ocr/document.hpp"

namespace nassaq::texts {

inline ocr::Document document_of(std::vector<ocr::Page> pages) {
    return {.pages = std::move(pages), .word_count = 1, .average_confidence = 1.0, .primary_language = "en"};
}

/// Of Arabic and Latin letters, so that pieces would end inside of characters.
inline std::string long_text(std::size_t bytes) {
    std::string text;
    for (int i = 0; text.size() < bytes; ++i) text += "\nعقد إيجار lease " + std::to_string(i) + " \U0001F600";
    return text;
}

}  // namespace nassaq::texts
