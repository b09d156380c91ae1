#pragma once

#include <span>
#include <string>
#include <vector>

#include "ocr/language.hpp"
#include "ocr/recognised_line.hpp"

namespace nassaq::ocr {

LetterCount count_letters(std::span<const Line> lines);

/// True where a page is to be read from right to left: a good part of its letters are Arabic.
bool is_right_to_left(const LetterCount& letters);

/// Puts the words of a line into logical order (the order of reading) by where they stand, because Tesseract mixes
/// them up in lines of both directions. The words of the base direction are read in that direction; a run of the
/// other direction, with the numbers inside it, is read in its own. This undoes rule L2 of the Unicode Bidirectional
/// Algorithm (UAX #9) at the level of words; inside a word the order is logical already.
/// @param right_to_left_page  Decides for a line that is about as much Arabic as Latin.
std::string logical_text(const Line& line, bool right_to_left_page);

}  // namespace nassaq::ocr
