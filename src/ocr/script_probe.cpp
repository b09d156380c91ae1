#include "ocr/script_probe.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "ocr/bidi_order.hpp"
#include "ocr/language.hpp"
#include "ocr/leptonica.hpp"

namespace nassaq::ocr {

namespace {

/// Rows of pixels, the last one just outside.
struct InkBand {
    int top;
    int bottom;
    std::int64_t ink;   ///< Pixels.
    std::int64_t peak;  ///< Pixels of ink in the fullest row.
    [[nodiscard]] int height() const { return bottom - top; }
    /// Arabic letters hang together on one line, on which most of their ink is: on it there is 3.4 to 5.7 times as much
    /// as in a row of the mean, in Latin writing 2.2 to 3.3 times.
    [[nodiscard]] bool looks_arabic() const { return 10 * peak * height() > 34 * ink; }
};

constexpr std::size_t most_probes = 5;
/// Tesseract's, 0 to 100. Lines that are read with the wrong model, or upside down, stay below 60.
constexpr float sure = 72;
constexpr std::int64_t least_probed_letters = 12;

/// Rows with ink between rows without.
std::vector<InkBand> find_bands(Pix* image) {
    constexpr int threshold = 128;
    std::vector<InkBand> bands;
    const PixPtr binary(pixThresholdToBinary(image, threshold));
    if (!binary) return bands;
    const NumaPtr ink(pixCountPixelsByRow(binary.get(), nullptr));
    if (!ink) return bands;
    const int least_ink = std::max(3, pixGetWidth(image) / 200);
    bool is_inside = false;
    for (int row = 0; row < numaGetCount(ink.get()); ++row) {
        int pixels = 0;
        numaGetIValue(ink.get(), row, &pixels);
        const bool has_ink = pixels > least_ink;
        if (has_ink && !is_inside) bands.push_back({.top = row, .bottom = row + 1, .ink = 0, .peak = 0});
        if (has_ink) {
            bands.back().bottom = row + 1;
            bands.back().ink += pixels;
            bands.back().peak = std::max<std::int64_t>(bands.back().peak, pixels);
        }
        is_inside = has_ink;
    }
    return bands;
}

/// Bands as high as a line of print, from 6 to 36 points, and as full as most: headings and the ends of paragraphs say
/// less.
std::vector<InkBand> find_lines(Pix* image, int resolution) {
    std::vector<InkBand> bands = find_bands(image);
    std::erase_if(
        bands, [&](const InkBand& band) { return 12 * band.height() < resolution || 2 * band.height() > resolution; });
    const auto fullest = std::ranges::max_element(bands, {}, &InkBand::ink);
    if (fullest == bands.end()) return bands;
    std::erase_if(bands, [most = fullest->ink](const InkBand& band) { return 2 * band.ink < most; });
    return bands;
}

/// The middle of a line: some words are enough to tell.
PixPtr cut(Pix* image, const InkBand& band) {
    const int margin = band.height() / 3;
    const int top = std::max(0, band.top - margin);
    const int bottom = std::min(pixGetHeight(image), band.bottom + margin);
    const int width = pixGetWidth(image);
    const BoxPtr box(boxCreate(width * 3 / 10, top, width * 4 / 10, bottom - top));
    return PixPtr(pixClipRectangle(image, box.get(), nullptr));
}

/// Whether a model reads a line as its own script, but for a few words, and is sure of it.
std::expected<bool, Fault> is_at_home(Tesseract& tesseract, Pix* strip, int resolution, const std::string& model) {
    const auto lines = tesseract.recognise(strip, resolution, model, Layout::line);
    if (!lines) return std::unexpected(lines.error());
    float confidence = 0;
    float characters = 0;
    for (const Line& line : *lines) {
        for (const Word& word : line.words) {
            confidence += word.confidence * static_cast<float>(word.text.size());
            characters += static_cast<float>(word.text.size());
        }
    }
    const LetterCount letters = count_letters(*lines);
    const std::int64_t own = is_arabic(model) ? letters.arabic : letters.latin;
    return own >= least_probed_letters && 3 * own >= 2 * (letters.arabic + letters.latin) &&
           confidence >= sure * characters;
}

/// Up to five, from all over the page. Those in its middle come first: it is there that the text is.
std::vector<InkBand> choose(const std::vector<InkBand>& lines) {
    constexpr std::array<std::size_t, most_probes> order{2, 1, 3, 0, 4};
    if (lines.size() <= most_probes) return lines;
    std::vector<InkBand> chosen;
    chosen.reserve(order.size());
    for (const std::size_t i : order) chosen.push_back(lines[(2 * i + 1) * lines.size() / (2 * most_probes)]);
    return chosen;
}

}  // namespace

std::expected<std::optional<std::string>, Fault> probe_script(Tesseract& tesseract, Pix* image, int resolution,
                                                              std::vector<std::string> models) {
    for (const InkBand& line : choose(find_lines(image, resolution))) {
        const PixPtr strip = cut(image, line);
        if (!strip) return std::nullopt;
        std::ranges::stable_partition(
            models, [&](const std::string& model) { return is_arabic(model) == line.looks_arabic(); });
        for (const std::string& model : models) {
            const auto at_home = is_at_home(tesseract, strip.get(), resolution, model);
            if (!at_home) return std::unexpected(at_home.error());
            if (*at_home) return model;
        }
    }
    return std::nullopt;
}

}  // namespace nassaq::ocr
