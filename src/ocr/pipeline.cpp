#include "ocr/pipeline.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "content/file_type.hpp"
#include "ocr/fault.hpp"
#include "ocr/image.hpp"
#include "ocr/language.hpp"
#include "ocr/office.hpp"
#include "ocr/pdf.hpp"
#include "ocr/random_access_file.hpp"
#include "ocr/step_limit.hpp"
#include "ocr/text_file.hpp"

namespace nassaq::ocr {

namespace {

using content::FileType;
using Pages = std::expected<std::vector<Page>, Fault>;

Pages read_text(const Order& order, const ReportProgress&) {
    const StepLimit limit(order.limits.step_cpu_seconds, order.limits.step_wall_seconds);
    return read_text_file(order);
}

/// By the content, whatever the extension is.
Pages read_as(FileType type, const Order& order, const ReportProgress& report) {
    switch (type) {
        case FileType::pdf:
            return read_pdf(order, report);
        case FileType::zip:
            return read_office(order, report);
        case FileType::compound_file:
        case FileType::rtf:
            return read_old_word(order, report);
        case FileType::text:
            return read_text(order, report);
        default:
            return read_image(order, report);
    }
}

Pages read_pages(const Order& order, const ReportProgress& report) {
    const std::string extension = content::file_extension(order.filename);
    if (!content::is_known_extension(extension)) {
        return extension.empty() ? document_fault(Reason::no_extension)
                                 : document_fault(Reason::type_unsupported, extension);
    }
    const std::string head = RandomAccessFile(order.file).head(content::head_bytes);
    if (head.empty()) return document_fault(Reason::file_empty);
    const auto type = content::identify(head, extension);
    if (!type) {
        return document_fault(Reason::content_mismatch, extension);
    }
    return read_as(*type, order, report);
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
        return document_fault(Reason::text_over_limit, order.limits.text_bytes >> 20);
    }
    return sum_up(std::move(*pages));
}

}  // namespace nassaq::ocr
