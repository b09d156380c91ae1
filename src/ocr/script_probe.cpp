#include "ocr/script_probe.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "ocr/bidi_order.hpp"
#include "ocr/language.hpp"
#include "ocr/leptonica.hpp"

namespace nassaq::ocr {

namespace {

/// Rows of pixels, the last one just outside.
struct Band {
    int top;
    int bottom;
    std::int64_t ink;  ///< Pixels.
    [[nodiscard]] int height() const { return bottom - top; }
};

constexpr const char* arabic_model = "ara";
constexpr const char* latin_model = "eng";
constexpr std::size_t probes = 5;
constexpr int least_known = 4;
/// Tesseract's, 0 to 100. Lines that are read with the wrong model, or upside down, stay below 60.
constexpr float sure = 72;
constexpr std::int64_t least_letters = 12;

/// Rows with ink between rows without.
std::vector<Band> find_bands(Pix* image) {
    constexpr int threshold = 128;
    std::vector<Band> bands;
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
        if (has_ink && !is_inside) bands.push_back({.top = row, .bottom = row + 1, .ink = 0});
        if (has_ink) {
            bands.back().bottom = row + 1;
            bands.back().ink += pixels;
        }
        is_inside = has_ink;
    }
    return bands;
}

/// Bands as high as a line of print, from 6 to 36 points, and as full as most: headings and the ends of paragraphs say
/// less.
std::vector<Band> find_lines(Pix* image, int resolution) {
    std::vector<Band> bands = find_bands(image);
    std::erase_if(bands,
                  [&](const Band& band) { return 12 * band.height() < resolution || 2 * band.height() > resolution; });
    const auto fullest = std::ranges::max_element(bands, {}, &Band::ink);
    if (fullest == bands.end()) return bands;
    std::erase_if(bands, [most = fullest->ink](const Band& band) { return 2 * band.ink < most; });
    return bands;
}

/// The whole of a line: a part of it says too little of words of another script in it.
PixPtr cut(Pix* image, const Band& band) {
    const int margin = band.height() / 3;
    const int top = std::max(0, band.top - margin);
    const int bottom = std::min(pixGetHeight(image), band.bottom + margin);
    const BoxPtr box(boxCreate(0, top, pixGetWidth(image), bottom - top));
    return PixPtr(pixClipRectangle(image, box.get(), nullptr));
}

/// Whether a model reads a line as its own script, and is sure of it.
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
    const std::int64_t own = model == arabic_model ? letters.arabic : letters.latin;
    return own >= least_letters && 10 * own >= 9 * (letters.arabic + letters.latin) && confidence >= sure * characters;
}

/// The first of the models that is sure of a line, or an empty string. It is tried first the next time.
std::expected<std::string, Fault> find_model(Tesseract& tesseract, Pix* strip, int resolution,
                                             std::vector<std::string>& models) {
    for (auto model = models.begin(); model != models.end(); ++model) {
        const auto at_home = is_at_home(tesseract, strip, resolution, *model);
        if (!at_home) return std::unexpected(at_home.error());
        if (!*at_home) continue;
        std::rotate(models.begin(), model, model + 1);
        return models.front();
    }
    return std::string();
}

}  // namespace

std::expected<std::optional<ProbedScript>, Fault> probe_script(Tesseract& tesseract, Pix* image, int resolution,
                                                               const std::string& languages) {
    std::vector<std::string> models{arabic_model, latin_model};
    std::erase_if(models, [&](const std::string& model) { return !has_language(languages, model); });
    const std::vector<Band> bands = find_lines(image, resolution);
    if (bands.size() < probes) return std::nullopt;
    ProbedScript found;
    for (std::size_t i = 0; i < probes; ++i) {
        const PixPtr strip = cut(image, bands[(2 * i + 1) * bands.size() / (2 * probes)]);
        if (!strip) return std::nullopt;
        const auto model = find_model(tesseract, strip.get(), resolution, models);
        if (!model) return std::unexpected(model.error());
        found.arabic_lines += *model == arabic_model ? 1 : 0;
        found.latin_lines += *model == latin_model ? 1 : 0;
        const int unknown = static_cast<int>(i) + 1 - found.arabic_lines - found.latin_lines;
        if (unknown > static_cast<int>(probes) - least_known) return std::nullopt;
    }
    return found;
}

}  // namespace nassaq::ocr
