#include "ocr/pipeline.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ocr/fault.hpp"
#include "ocr/file_type.hpp"
#include "ocr/image.hpp"
#include "ocr/language.hpp"
#include "ocr/office.hpp"
#include "ocr/pdf.hpp"
#include "ocr/random_access_file.hpp"
#include "ocr/step_limit.hpp"
#include "ocr/text_file.hpp"

namespace nassaq::ocr {

namespace {

using Pages = std::expected<std::vector<Page>, Fault>;

/// Enough for detect_file_type().
constexpr std::size_t head_bytes = 1024;

bool is_image(std::string_view head) {
    constexpr std::array types{FileType::png, FileType::jpeg, FileType::tiff, FileType::bmp, FileType::heif};
    return std::ranges::find(types, detect_file_type(head)) != types.end();
}

bool is_archive(std::string_view head) {
    return detect_file_type(head) == FileType::zip;
}

bool is_word_document(std::string_view head) {
    return detect_file_type(head) == FileType::compound_file || is_archive(head);
}

bool has_no_signature(std::string_view head) {
    return detect_file_type(head) == FileType::unknown;
}

Pages read_text(const Order& order, const ReportProgress&) {
    const StepLimit limit(order.limits.step_cpu_seconds, order.limits.step_wall_seconds);
    return read_text_file(order);
}

/// How documents of one extension are read.
struct Reader {
    std::string_view extension;
    /// Whether the first bytes are of that kind. Images may bear each other's names, as they do in practice.
    bool (*accepts)(std::string_view head);
    Pages (*read)(const Order& order, const ReportProgress& report);
};

constexpr std::array readers{
    Reader{"pdf", contains_pdf_header, read_pdf},
    Reader{"png", is_image, read_image},
    Reader{"jpg", is_image, read_image},
    Reader{"jpeg", is_image, read_image},
    Reader{"tif", is_image, read_image},
    Reader{"tiff", is_image, read_image},
    Reader{"bmp", is_image, read_image},
    Reader{"heic", is_image, read_image},
    Reader{"heif", is_image, read_image},
    Reader{"docx", is_archive, read_office},
    Reader{"xlsx", is_archive, read_office},
    Reader{"pptx", is_archive, read_office},
    Reader{"doc", is_word_document, read_old_word},
    Reader{"txt", has_no_signature, read_text},
    Reader{"csv", has_no_signature, read_text},
};

/// Office keeps its files with passwords in the container of its older formats (MS-OFFCRYPTO, 1.3).
bool is_locked_office_file(const Reader& reader, std::string_view head) {
    return reader.read == read_office && detect_file_type(head) == FileType::compound_file;
}

Pages read_pages(const Order& order, const ReportProgress& report) {
    const std::string extension = file_extension(order.filename);
    const auto* const reader = std::ranges::find(readers, extension, &Reader::extension);
    if (reader == readers.end()) {
        return document_fault(extension.empty() ? "Text cannot be extracted from files without an extension."
                                                : "Text cannot be extracted from ." + extension + " files.");
    }
    const std::string head = RandomAccessFile(order.file).head(head_bytes);
    if (head.empty()) return document_fault("The file is empty.");
    if (is_locked_office_file(*reader, head))
        return document_fault("The file needs a password, or is of an older format than its name says.");
    if (!reader->accepts(head)) {
        return document_fault("The file is not what its name says: its content is not that of a ." + extension +
                              " file.");
    }
    return reader->read(order, report);
}

/// Tells each page's language and sums up; text that was not recognised counts as certain.
Document sum_up(std::vector<Page> pages) {
    Document document;
    LetterCount letters;
    double confidence = 0;
    for (Page& page : pages) {
        const LetterCount on_page = count_letters(page.text);
        const std::int64_t words = count_words(page.text);
        page.language = language_of(on_page);
        letters += on_page;
        document.word_count += words;
        confidence += page.confidence.value_or(1.0) * static_cast<double>(words);
    }
    document.primary_language = language_of(letters);
    if (document.word_count > 0) document.average_confidence = confidence / static_cast<double>(document.word_count);
    document.pages = std::move(pages);
    return document;
}

std::size_t text_bytes(const std::vector<Page>& pages) {
    std::size_t bytes = 0;
    for (const Page& page : pages) bytes += page.text.size();
    return bytes;
}

}  // namespace

Result extract_document(const Order& order, const ReportProgress& report) {
    auto pages = read_pages(order, report);
    if (!pages) return std::unexpected(pages.error());
    if (text_bytes(*pages) > static_cast<std::size_t>(order.limits.text_bytes)) {
        return document_fault("The document holds more than " + std::to_string(order.limits.text_bytes >> 20) +
                              " MiB of text.");
    }
    return sum_up(std::move(*pages));
}

}  // namespace nassaq::ocr
