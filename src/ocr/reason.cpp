#include "ocr/reason.hpp"

#include <array>
#include <cstddef>

namespace nassaq::ocr {
namespace {

constexpr auto reasons = std::to_array<DescribedReason>({
    {Reason::file_damaged, "file_damaged", "The file is damaged."},
    {Reason::file_empty, "file_empty", "The file is empty."},
    {Reason::no_extension, "type_unsupported", "Text cannot be extracted from files without an extension."},
    {Reason::type_unsupported, "type_unsupported", "Text cannot be extracted from .{} files."},
    {Reason::content_mismatch, "content_mismatch",
     "The file is not what its name says: its content is not that of a .{} file."},
    {Reason::no_office_document, "content_mismatch", "The file is not an office document."},
    {Reason::no_text_file, "content_mismatch", "The file is not a text file."},
    {Reason::file_needs_password, "password_needed", "The file needs a password."},
    {Reason::pdf_needs_password, "password_needed", "The PDF needs a password."},
    {Reason::needs_password_or_is_old, "password_needed",
     "The file needs a password, or is of an older format than its name says."},
    {Reason::pdf_protected, "protected", "The PDF is protected in a way that cannot be read."},
    {Reason::page_not_drawn, "page_not_drawn", "Page {} of the PDF could not be drawn."},
    {Reason::too_many_pdf_pages, "too_many_pages", "The PDF has {} pages; at most {} can be read."},
    {Reason::too_many_scanned_pages, "too_many_pages", "The PDF has {} scanned pages; at most {} can be recognised."},
    {Reason::too_many_image_pages, "too_many_pages", "The image has more than {} pages."},
    {Reason::too_many_slides, "too_many_pages", "The presentation has {} slides; at most {} can be read."},
    {Reason::too_many_sheets, "too_many_pages", "The workbook has {} sheets; at most {} can be read."},
    {Reason::image_too_large, "image_too_large", "The image is too large: {} × {}."},
    {Reason::too_many_parts, "too_large_unpacked", "The file has too many parts."},
    {Reason::too_large_unpacked, "too_large_unpacked", "The file is too large when it is unpacked."},
    {Reason::text_file_too_large, "too_much_text",
     "The file is too large for a text file: at most {} MiB can be read."},
    {Reason::too_much_text, "too_much_text", "The document holds too much text."},
    {Reason::text_over_limit, "too_much_text", "The document holds more than {} MiB of text."},
    {Reason::too_long_to_read, "took_too_long", "The document took too long to read."},
    {Reason::memory_exceeded, "memory_exceeded", "The document needs too much memory to be read."},
    {Reason::disk_exceeded, "disk_exceeded", "The document needs too much disk space to be read."},
    {Reason::ended_by_signal, "interrupted", "The reading was interrupted: {} was ended by signal {}."},
    {Reason::server_stops, "interrupted", "The reading was interrupted: the server stops."},
    {Reason::processing_interrupted, "interrupted", "Processing was interrupted."},
    {Reason::language_not_installed, "not_installed",
     R"(The language data "{0}" of Tesseract is not installed (package tesseract-ocr-{0}).)"},
    {Reason::program_not_installed, "not_installed", "The program {} (package {}) is not installed."},
    {Reason::program_unknown, "reader_failed", "That is no program that reads documents, or it is not installed."},
    {Reason::reader_failed, "reader_failed", "The program that reads documents failed."},
    {Reason::reader_silent, "reader_failed", "The program that reads documents gave no result."},
    {Reason::not_started, "reader_failed", "{} could not be started: {}."},
    {Reason::end_untold, "reader_failed", "The server did not say how {} ended: {}."},
    {Reason::no_temporary_folder, "reader_failed", "A temporary folder could not be made: {}."},
    {Reason::no_temporary_file, "reader_failed", "A temporary file could not be made: {}."},
    {Reason::server_trouble, "server_trouble",
     "The document could not be processed because of a problem on the server."},
    {Reason::stored_file_missing, "stored_file_missing", "The stored file is missing."},
    {Reason::stored_file_damaged, "stored_file_damaged",
     "The stored file is damaged: it is not the one that was uploaded."},
    {Reason::given_up, "given_up",
     "Processing this document ended the worker several times, so it is not tried again."},
});

constexpr std::size_t place_of(Reason reason) {
    return static_cast<std::size_t>(reason);
}

/// Whether each stands at its place, the last one last.
constexpr bool is_in_order() {
    for (std::size_t place = 0; place < reasons.size(); ++place) {
        if (place_of(reasons[place].reason) != place) return false;
    }
    return place_of(Reason::given_up) + 1 == reasons.size();
}
static_assert(is_in_order());

/// Whether the text is what the pattern makes with some values: its fixed parts stand in it, one behind the other.
bool matches(std::string_view text, std::string_view pattern) {
    const std::size_t open = pattern.find('{');
    if (open == std::string_view::npos) return text == pattern;
    if (!text.starts_with(pattern.substr(0, open))) return false;
    text.remove_prefix(open);
    pattern.remove_prefix(pattern.find('}', open) + 1);
    // A fixed part may occur in a value, too.
    for (std::size_t at = 0; at <= text.size(); ++at) {
        if (matches(text.substr(at), pattern)) return true;
    }
    return false;
}

}  // namespace

std::span<const DescribedReason> all_reasons() {
    return reasons;
}

std::string_view pattern_of(Reason reason) {
    return reasons.at(place_of(reason)).text;
}

std::optional<std::string_view> code_of_reason(std::string_view text) {
    for (const DescribedReason& reason : reasons) {
        if (matches(text, reason.text)) return reason.code;
    }
    return std::nullopt;
}

}  // namespace nassaq::ocr
