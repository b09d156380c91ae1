#include "ocr/line_recovery.hpp"

#include <algorithm>
#include <memory>

#include "ocr/bidi_order.hpp"
#include "ocr/language.hpp"
#include "ocr/leptonica.hpp"

namespace nassaq::ocr {

namespace {

/// Rows of pixels, the last one just outside.
struct Band {
    int top;
    int bottom;
};

/// Fewer lines say too little of how high a line of this page is.
constexpr std::size_t least_lines = 3;
/// Below it what was found in left-over ink is rather noise than writing. Tesseract's confidence, 0 to 100.
constexpr float least_confidence = 45;
constexpr std::int64_t least_letters = 2;

int median_height(const std::vector<Line>& lines) {
    std::vector<int> heights;
    heights.reserve(lines.size());
    for (const Line& line : lines) heights.push_back(line.box.height());
    const auto middle = heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2);
    std::ranges::nth_element(heights, middle);
    return *middle;
}

void wipe(Pix* binary, const std::vector<Line>& lines, int line_height) {
    const int beside = line_height / 4;
    const int above = line_height / 5;
    for (const Line& line : lines) {
        const int left = std::max(0, line.box.left - beside);
        const int top = std::max(0, line.box.top - above);
        const BoxPtr box(boxCreate(left, top, line.box.right + beside - left, line.box.bottom + above - top));
        pixClearInRect(binary, box.get());
    }
}

/// Rows with ink, where gaps smaller than those between lines do not count.
std::vector<Band> find_bands_of_ink(Pix* binary, int line_height) {
    std::vector<Band> bands;
    const PixPtr without_specks(pixOpenBrick(nullptr, binary, 2, 2));
    const NumaPtr ink(without_specks ? pixCountPixelsByRow(without_specks.get(), nullptr) : nullptr);
    if (!ink) return bands;
    const int least_ink = std::max(3, pixGetWidth(binary) / 400);
    const int largest_gap = line_height / 6;
    for (int row = 0; row < numaGetCount(ink.get()); ++row) {
        int pixels = 0;
        numaGetIValue(ink.get(), row, &pixels);
        if (pixels <= least_ink) continue;
        if (!bands.empty() && row - bands.back().bottom <= largest_gap) {
            bands.back().bottom = row + 1;
        } else {
            bands.push_back({.top = row, .bottom = row + 1});
        }
    }
    return bands;
}

bool may_hold_lines(const Band& band, int line_height) {
    const int height = band.bottom - band.top;
    return 5 * height >= 2 * line_height && height <= 4 * line_height;
}

bool is_believable(const Line& line) {
    if (line.words.empty()) return false;
    float confidence = 0;
    LetterCount letters;
    for (const Word& word : line.words) {
        confidence += word.confidence;
        letters += count_letters(word.text);
    }
    return confidence >= least_confidence * static_cast<float>(line.words.size()) &&
           letters.arabic + letters.latin >= least_letters;
}

bool is_known(const Line& line, const std::vector<Line>& lines) {
    return std::ranges::any_of(lines, [&](const Line& known) {
        return 2 * line.box.overlap_down(known.box) > line.box.height() &&
               10 * line.box.overlap_across(known.box) > 3 * line.box.width();
    });
}

void move_down(Line& line, int rows) {
    line.box.top += rows;
    line.box.bottom += rows;
    for (Word& word : line.words) {
        word.box.top += rows;
        word.box.bottom += rows;
    }
}

void insert_by_place(Line line, std::vector<Line>& lines) {
    const auto below = std::ranges::find_if(lines, [&](const Line& known) { return known.box.top > line.box.top; });
    lines.insert(below, std::move(line));
}

/// The rows of the page around a band, with room for the marks above and below its letters.
struct Strip {
    PixPtr image;
    int top;
};

Strip cut_strip(Pix* image, const Band& band, int line_height) {
    const int top = std::max(0, band.top - (line_height / 2));
    const int bottom = std::min(pixGetHeight(image), band.bottom + (line_height / 2));
    const BoxPtr box(boxCreate(0, top, pixGetWidth(image), bottom - top));
    return {.image = PixPtr(pixClipRectangle(image, box.get(), nullptr)), .top = top};
}

}  // namespace

std::expected<void, Fault> recover_lines(Tesseract& tesseract, Pix* image, PixPtr binary, int resolution,
                                         const std::string& languages, std::vector<Line>& lines) {
    if (!binary || lines.size() < least_lines) return {};
    const int line_height = median_height(lines);
    wipe(binary.get(), lines, line_height);
    for (const Band& band : find_bands_of_ink(binary.get(), line_height)) {
        if (!may_hold_lines(band, line_height)) continue;
        const Strip strip = cut_strip(image, band, line_height);
        if (!strip.image) continue;
        auto found = tesseract.recognise(strip.image.get(), resolution, languages, Layout::block);
        if (!found) return std::unexpected(found.error());
        for (Line& line : *found) {
            move_down(line, strip.top);
            const bool in_band = line.box.middle() >= band.top - (line_height / 4) &&
                                 line.box.middle() <= band.bottom + (line_height / 4);
            if (in_band && is_believable(line) && !is_known(line, lines)) insert_by_place(std::move(line), lines);
        }
    }
    return {};
}

}  // namespace nassaq::ocr
