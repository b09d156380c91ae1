#pragma once

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nassaq::ocr {

/// Why a document has no text. Each has a sentence, which is written down for people, and a code for programs that say
/// it in another language: one table has both (reason.cpp).
enum class Reason {
    file_damaged,
    file_empty,
    no_extension,
    type_unsupported,
    content_mismatch,
    no_office_document,
    no_text_file,
    file_needs_password,
    pdf_needs_password,
    needs_password_or_is_old,
    pdf_protected,
    page_not_drawn,
    too_many_pdf_pages,
    too_many_scanned_pages,
    too_many_image_pages,
    too_many_slides,
    too_many_sheets,
    image_too_large,
    too_many_parts,
    too_large_unpacked,
    text_file_too_large,
    too_much_text,
    text_over_limit,
    too_long_to_read,
    memory_exceeded,
    disk_exceeded,
    ended_by_signal,
    server_stops,
    processing_interrupted,
    language_not_installed,
    program_not_installed,
    program_unknown,
    reader_failed,
    reader_silent,
    not_started,
    end_untold,
    no_temporary_folder,
    no_temporary_file,
    server_trouble,
    stored_file_missing,
    stored_file_damaged,
    given_up,
};

struct DescribedReason {
    Reason reason;
    std::string_view code;  ///< Never changes. What comes to the same for people shares one.
    std::string_view text;  ///< With {} for what differs from document to document.
};

std::span<const DescribedReason> all_reasons();
std::string_view pattern_of(Reason reason);

template <class... Values>
std::string text_of(Reason reason, const Values&... values) {
    return fmt::format(fmt::runtime(pattern_of(reason)), values...);
}

/// The code of a sentence that text_of() has made, in whatever process; nothing of any other.
std::optional<std::string_view> code_of_reason(std::string_view text);

}  // namespace nassaq::ocr
