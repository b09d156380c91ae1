// The Range field and, on a line of its own, the size of the content.

#include "http/range.hpp"

#include <charconv>
#include <string>

#include "support.hpp"

namespace {

using namespace nassaq;

void check(std::string_view field, std::uint64_t size) {
    const http::RangeResult result = http::parse_range(field, size);
    fuzz::require(result == http::parse_range(field, size), "the same field has the same meaning");
    const auto* range = std::get_if<http::ByteRange>(&result);
    if (range == nullptr) return;
    fuzz::require(field.size() > 6, "a range needs a unit and a position");
    fuzz::require(range->length > 0, "first <= last");
    fuzz::require(range->offset < size && range->length <= size - range->offset, "last < size");
    const std::string plain =
        "bytes=" + std::to_string(range->offset) + '-' + std::to_string(range->offset + range->length - 1);
    fuzz::require(http::parse_range(plain, size) == result, "the range that was found can be asked for by itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [field, size_text] = fuzz::split_line(fuzz::as_text(data, size));
    std::uint64_t content_size = 0;
    std::from_chars(size_text.data(), size_text.data() + size_text.size(), content_size);
    check(field, content_size);
    check(field, 0);
    check(field, 1);
    check(field, UINT64_MAX);
    return 0;
}
