// A plain text file in whatever character set.

#include "ocr/text_file.hpp"

#include <sys/mman.h>

#include <array>
#include <string>

#include "base/file.hpp"
#include "base/text.hpp"
#include "ocr/text_cleanup.hpp"
#include "support.hpp"

namespace {

using namespace nassaq;
using ocr::Charset;

void require_clean(const std::string& text) {
    fuzz::require(text::is_valid_utf8(text), "what is read is UTF-8");
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        fuzz::require((byte >= 0x20 && byte != 0x7F) || c == '\n' || c == '\t', "no control character stays");
    }
    fuzz::require(text::normalize_nfc(text) == text, "what is read is in NFC");
}

void check_cleanup(std::string_view text) {
    const std::string clean = ocr::clean_decoded_text(text);
    require_clean(clean);
    fuzz::require(ocr::clean_decoded_text(clean) == clean, "what is clean stays as it is");
    require_clean(ocr::clean_pdf_text(text));
    require_clean(ocr::clean_recognised_text(text));
}

void check_decoding(std::string_view bytes) {
    constexpr std::array charsets{Charset::utf8, Charset::utf16_le, Charset::utf16_be, Charset::windows_1256,
                                  Charset::iso_8859_6};
    for (const Charset charset : charsets) {
        fuzz::require(text::is_valid_utf8(ocr::decode(bytes, charset)), "what is decoded is UTF-8");
    }
    check_cleanup(ocr::decode(bytes, ocr::detect_charset(bytes)));
}

void check_file(std::string_view bytes) {
    const UniqueFd file(::memfd_create("text", MFD_CLOEXEC));
    const std::string path = "/proc/self/fd/" + std::to_string(file.get());
    file::write_all(file.get(), bytes, path);
    const auto pages =
        ocr::read_text_file({.file = path, .filename = "text.txt", .folder = {}, .languages = {}, .limits = {}});
    if (!pages) {
        fuzz::require(!pages.error().temporary && !pages.error().reason.empty(), "a file that is no text is to blame");
        return;
    }
    fuzz::require(pages->size() == 1 && pages->front().number == 1, "a text file has one page");
    require_clean(pages->front().text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::as_text(data, size);
    check_decoding(bytes);
    check_file(bytes);
    return 0;
}
