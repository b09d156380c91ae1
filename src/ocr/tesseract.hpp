#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/page_image.hpp"
#include "ocr/recognised_line.hpp"

namespace tesseract {
class TessBaseAPI;
}

namespace nassaq::ocr {

/// How the writing lies on a page.
struct Orientation {
    int clockwise_quarters = 0;     ///< By how many right angles the page was turned clockwise.
    float rotation_confidence = 0;  ///< Grows without bound; what to believe was found by trial.
    std::string script;             ///< "Arabic", "Latin", ...
    float script_confidence = 0;
};

/// What Tesseract may take an image for.
enum class Layout {
    page,   ///< Find columns, blocks and lines.
    block,  ///< One block of lines.
    line,   ///< One line.
};

/// @param languages  As Tesseract names them: "ara+eng".
bool has_language(std::string_view languages, std::string_view language);

/// Tesseract 5 with its LSTM models, each of which is loaded when it is first needed and then kept. For one thread.
class Tesseract {
public:
    Tesseract();
    Tesseract(const Tesseract&) = delete;
    Tesseract& operator=(const Tesseract&) = delete;
    Tesseract(Tesseract&&) = delete;
    Tesseract& operator=(Tesseract&&) = delete;
    ~Tesseract();

    /// @return nothing where the page has too few characters to tell.
    std::expected<std::optional<Orientation>, Fault> detect_orientation(Pix* image, int resolution);

    /// @param languages  As Tesseract names them: "ara+eng".
    std::expected<std::vector<Line>, Fault> recognise(Pix* image, int resolution, const std::string& languages,
                                                      Layout layout);

    /// What the last recognise() took for ink (1 bit a pixel, 1 is black).
    PixPtr take_binary_image(const std::string& languages);

private:
    std::expected<tesseract::TessBaseAPI*, Fault> engine(const std::string& languages);

    std::map<std::string, std::unique_ptr<tesseract::TessBaseAPI>> engines_;
};

}  // namespace nassaq::ocr
