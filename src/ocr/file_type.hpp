#pragma once

#include <string>
#include <string_view>

namespace nassaq::ocr {

/// The kinds of content that are told apart by their first bytes.
enum class FileType { pdf, png, jpeg, tiff, bmp, zip, compound_file, heif, executable, unknown };

/// Tells by the signature at the beginning ("magic bytes"): what a file is, not what its name says.
/// @param head  The first 1024 bytes, or all where the file is shorter.
FileType detect_file_type(std::string_view head);

/// PDF readers accept other bytes before the header (ISO 32000-1, annex H, implementation note 13), which mail programs
/// and printers put there. @param head  The first 1024 bytes.
bool contains_pdf_header(std::string_view head);

/// The part of a file name behind the last dot, in ASCII lower case, without the dot. Empty where there is none.
std::string file_extension(std::string_view filename);

}  // namespace nassaq::ocr
