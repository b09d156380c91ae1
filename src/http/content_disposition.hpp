#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nassaq::http {

/// The Content-Disposition of a part of a form (RFC 7578, 4.2).
struct FormDisposition {
    std::string name;
    std::optional<std::string> filename;  ///< Present for a file, perhaps empty.
};

/// Reads quoted strings with quoted pairs, the three percent-escapes that browsers write (WHATWG HTML, "multipart form
/// data": %22, %0D, %0A), and `filename*` (RFC 8187), which wins over `filename`. A backslash that does not stand
/// before a quote or a backslash is kept: some browsers send whole Windows paths.
/// @return nothing when it is malformed, is not `form-data`, has no name, or is not valid UTF-8.
std::optional<FormDisposition> parse_form_disposition(std::string_view value);

/// The Content-Disposition of a download (RFC 6266), for a file name in UTF-8 of any characters. A name that is not
/// plain ASCII is given twice: as a fallback with '_' for what cannot be said, and in full by RFC 8187.
std::string make_content_disposition(std::string_view filename, bool is_inline);

}  // namespace nassaq::http
