#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "ocr/document.hpp"
#include "ocr/page_recogniser.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// Reads the pictures of text that stand inside of documents: a scan that was pasted, a screenshot, a stamp.
/// Photographs and ornaments give nothing, and neither does a picture that is damaged or too large: the text around it
/// counts.
class PictureReader {
public:
    /// Both outlive this object.
    PictureReader(const Order& order, PageRecogniser& recogniser) : order_(order), recogniser_(recogniser) {}

    /// @param resolution  Dots per inch on the page, where it is known better than the file says.
    /// @return the text; empty where there is none to be read. A fault is never the document's.
    std::expected<std::string, Fault> read(const std::filesystem::path& file, std::optional<int> resolution = {});

    /// False once there were Limits::ocr_pages pictures: the others of the document are not read.
    [[nodiscard]] bool may_go_on() const { return pictures_ < order_.limits.ocr_pages; }

private:
    const Order& order_;
    PageRecogniser& recogniser_;
    std::int64_t pictures_ = 0;
};

}  // namespace nassaq::ocr
