#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "content/file_type.hpp"
#include "ocr/fault.hpp"
#include "ocr/office.hpp"
#include "ocr/outcome.hpp"
#include "ocr/random_access_file.hpp"
#include "ocr/text_cleanup.hpp"
#include "ocr/tool.hpp"

namespace nassaq::ocr {

namespace {

using namespace std::string_view_literals;

/// The beginning of a compound file's list of what is in it, with names in UTF-16 (MS-CFB, 2.2 and 2.6).
std::string read_container_directory(const RandomAccessFile& file) {
    constexpr std::size_t length = 4096;
    const auto sector_shift = file.number<std::uint16_t>(30, std::endian::little);
    const auto first_sector = file.number<std::uint32_t>(48, std::endian::little);
    if (!sector_shift || !first_sector || (*sector_shift != 9 && *sector_shift != 12)) return {};
    const std::uint64_t offset = (std::uint64_t{*first_sector} + 1) << *sector_shift;
    if (offset >= file.size()) return {};
    return file.bytes(offset, std::min<std::uint64_t>(length, file.size() - offset)).value_or("");
}

/// Office keeps its newer files with passwords in the container of the older ones (MS-OFFCRYPTO, 1.3).
bool is_locked_package(std::string_view directory) {
    return directory.find("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"sv) != std::string_view::npos;
}

bool is_word_document(std::string_view directory) {
    return directory.find("W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0"sv) != std::string_view::npos;
}

/// What stands in a compound file under the name of a newer format, and cannot be read.
std::expected<void, Fault> check_container(const Order& order) {
    const RandomAccessFile file(order.file);
    if (content::detect_file_type(file.head(content::head_bytes)) != content::FileType::compound_file) return {};
    const std::string directory = read_container_directory(file);
    const bool is_named_old = content::file_extension(order.filename) == "doc";
    if (is_locked_package(directory) || (!is_named_old && !is_word_document(directory))) {
        return document_fault(Reason::needs_password_or_is_old);
    }
    return {};
}

}  // namespace

std::expected<std::vector<Page>, Fault> read_old_word(const Order& order, const ReportProgress&) {
    if (const auto readable = check_container(order); !readable) return std::unexpected(readable.error());
    // catdoc rather than antiword, which refuses short documents and rules lines into tables (decision 0036).
    const auto outcome = run_tool(order, {.program = "catdoc", .package = "catdoc"}, {"-d", "utf-8", "-w", order.file},
                                  order.limits.text_bytes);
    if (!outcome) return std::unexpected(outcome.error());
    if (!outcome->succeeded()) return std::unexpected(blame(*outcome, "catdoc"));
    Page page{.text = tidy_lines(clean_decoded_text(outcome->output)), .method = Method::embedded};
    return std::vector{std::move(page)};
}

}  // namespace nassaq::ocr
