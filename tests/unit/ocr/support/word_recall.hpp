#pragma once

#include <string>
#include <string_view>

namespace nassaq::ocr::test {

/// Folds as a search does: without case, marks and punctuation, with one form for letters that are written in several.
std::string fold_for_search(std::string_view text);

/// The share of the words of `truth` that `text` has, each as often. 0 to 1.
double word_recall(std::string_view truth, std::string_view text);

}  // namespace nassaq::ocr::test
