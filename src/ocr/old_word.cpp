#include <string>

#include "ocr/fault.hpp"
#include "ocr/file_type.hpp"
#include "ocr/office.hpp"
#include "ocr/outcome.hpp"
#include "ocr/random_access_file.hpp"
#include "ocr/text_cleanup.hpp"
#include "ocr/tool.hpp"

namespace nassaq::ocr {

namespace {

constexpr std::size_t signature_bytes = 64;

bool is_archive(const Order& order) {
    return detect_file_type(RandomAccessFile(order.file).head(signature_bytes)) == FileType::zip;
}

}  // namespace

std::expected<std::vector<Page>, Fault> read_old_word(const Order& order, const ReportProgress& report) {
    // Newer documents bear the older name, too.
    if (is_archive(order)) return read_office(order, report);
    // catdoc rather than antiword, which refuses short documents and rules lines into tables (decision 0036).
    const auto outcome = run_tool(order, {.program = "catdoc", .package = "catdoc"}, {"-d", "utf-8", "-w", order.file},
                                  order.limits.text_bytes);
    if (!outcome) return std::unexpected(outcome.error());
    if (!outcome->succeeded()) return std::unexpected(blame(*outcome, "catdoc"));
    Page page{.text = tidy_lines(clean_decoded_text(outcome->output)), .method = Method::embedded};
    return std::vector{std::move(page)};
}

}  // namespace nassaq::ocr
