#pragma once

#include <string>
#include <string_view>

namespace nassaq::ocr {

/// For the text layer of a PDF, whose letters may be presentation forms (U+FE70 to U+FEFF) and whose spaces may be
/// missing or misplaced around changes of direction:
/// Unicode NFKC; a bidi control between an Arabic letter and a Latin letter or digit becomes a space, all others go; no
/// space before an Arabic mark (tashkeel), which is never written apart; and what tidy_lines() does.
std::string clean_pdf_text(std::string_view text);

/// For recognised text: Unicode NFC, without bidi controls, which Tesseract adds for display; comma, semicolon and
/// question mark behind an Arabic letter are the Arabic ones, which its model does not know; and tidy_lines().
std::string clean_recognised_text(std::string_view text);

/// For decoded text: Unicode NFC; "\r\n" and "\r" become "\n"; control characters go, but tabs and line ends stay.
/// Nothing else is touched: what was typed is what is found.
std::string clean_decoded_text(std::string_view text);

/// No control characters, no white space at the end of a line, at most one empty line in a row, none at either end.
std::string tidy_lines(std::string_view text);

}  // namespace nassaq::ocr
