// The Content-Disposition of a part of a form; the same bytes once more as the name of a file to be downloaded.

#include "http/content_disposition.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "support.hpp"

namespace {

using namespace nassaq;

void require_storable(const std::string& text) {
    fuzz::require(text::is_valid_utf8(text) && !text.contains('\0'), "what is read is UTF-8 without NUL");
}

/// As WHATWG HTML says for multipart/form-data; it leaves '%' alone, so texts with one are not told apart.
std::string escape_as_browsers_do(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '"') {
            escaped += "%22";
        } else if (c == '\r') {
            escaped += "%0D";
        } else if (c == '\n') {
            escaped += "%0A";
        } else {
            escaped += c;
        }
    }
    return escaped;
}

bool survives_a_browser(std::string_view text) {
    return !text.contains('%') && !text.contains('\\');
}

void check_form_part(std::string_view value) {
    const auto part = http::parse_form_disposition(value);
    if (!part) return;
    require_storable(part->name);
    require_storable(part->filename.value_or(""));
    if (!survives_a_browser(part->name) || !survives_a_browser(part->filename.value_or(""))) return;
    std::string again = "form-data; name=\"" + escape_as_browsers_do(part->name) + '"';
    if (part->filename) again += "; filename=\"" + escape_as_browsers_do(*part->filename) + '"';
    const auto reread = http::parse_form_disposition(again);
    fuzz::require(reread && reread->name == part->name && reread->filename == part->filename,
                  "what a browser would write for what was read is read the same");
}

void check_download(std::string_view filename, bool is_inline) {
    const std::string value = http::make_content_disposition(filename, is_inline);
    const auto is_printable = [](char c) { return c >= ' ' && c < 0x7F; };
    fuzz::require(std::ranges::all_of(value, is_printable), "no name ends or breaks the field");
    const std::string_view type = is_inline ? "inline" : "attachment";
    fuzz::require(value.starts_with(type), "the type is what was asked for");

    const auto read = http::parse_form_disposition("form-data; name=x" + value.substr(type.size()));
    fuzz::require(read && read->filename == filename, "the name that is written is the name that is read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzz::as_text(data, size);
    check_form_part(input);
    if (text::is_valid_utf8(input) && !input.contains('\0')) {
        check_download(input, false);
        check_download(input, true);
    }
    return 0;
}
