#include "ocr/binarisation.hpp"

#include <leptonica/allheaders.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nassaq::ocr {

namespace {

/// Of the deviation, as Tesseract sets it.
constexpr float factor = 0.34F;
/// Half of the range of brightness, which no deviation exceeds.
constexpr float most_deviation = 128;
/// From here on strokes are wide enough that every second pixel across and down tells of a neighbourhood.
constexpr int fine = 250;

std::span<l_uint32> words_of(Pix* image, int y) {
    const auto words = static_cast<std::size_t>(pixGetWpl(image));
    return {pixGetData(image) + static_cast<std::size_t>(y) * words, words};
}

/// The pixels of a row in their order, whatever the order of the bytes in a word is.
void unpack(Pix* image, int y, std::span<std::uint8_t> pixels) {
    std::size_t x = 0;
    for (const l_uint32 word : words_of(image, y)) {
        for (int shift = 24; shift >= 0 && x < pixels.size(); shift -= 8) {
            pixels[x++] = static_cast<std::uint8_t>(word >> shift);
        }
    }
}

/// Sums over the rows of a neighbourhood, for each column that is measured, and from them the thresholds of a row.
class Neighbourhood {
public:
    Neighbourhood(std::size_t columns, std::size_t half) : half_(half), sums_(columns), squares_(columns) {}

    void add(std::span<const std::uint8_t> row) {
        ++rows_;
        for (std::size_t i = 0; i < sums_.size(); ++i) {
            const std::uint32_t value = row[i];
            sums_[i] += value;
            squares_[i] += value * value;
        }
    }

    void remove(std::span<const std::uint8_t> row) {
        --rows_;
        for (std::size_t i = 0; i < sums_.size(); ++i) {
            const std::uint32_t value = row[i];
            sums_[i] -= value;
            squares_[i] -= value * value;
        }
    }

    void write_thresholds(std::span<float> thresholds) const {
        const std::size_t columns = sums_.size();
        std::int64_t sum = 0;
        std::int64_t squares = 0;
        const auto take = [&](std::size_t i, int sign) {
            sum += sign * std::int64_t{sums_[i]};
            squares += sign * std::int64_t{squares_[i]};
        };
        for (std::size_t i = 0; i < std::min(half_, columns); ++i) take(i, 1);
        for (std::size_t i = 0; i < columns; ++i) {
            if (i + half_ < columns) take(i + half_, 1);
            if (i > half_) take(i - half_ - 1, -1);
            const std::size_t across = std::min(columns, i + half_ + 1) - (i > half_ ? i - half_ : 0);
            const float count = static_cast<float>(across) * static_cast<float>(rows_);
            const float mean = static_cast<float>(sum) / count;
            const float variance = std::max(0.0F, static_cast<float>(squares) / count - mean * mean);
            thresholds[i] = mean * (1 - factor * (1 - std::sqrt(variance) / most_deviation));
        }
    }

private:
    std::size_t half_;
    std::size_t rows_ = 0;
    std::vector<std::uint32_t> sums_;
    std::vector<std::uint32_t> squares_;
};

void write_row(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> thresholds, unsigned shift,
               std::span<l_uint32> words) {
    constexpr std::size_t bits = 32;
    for (std::size_t begin = 0; begin < pixels.size(); begin += bits) {
        const std::size_t end = std::min(begin + bits, pixels.size());
        l_uint32 word = 0;
        for (std::size_t x = begin; x < end; ++x) word = word << 1U | (pixels[x] < thresholds[x >> shift] ? 1U : 0U);
        words[begin / bits] = word << (bits - (end - begin)) % bits;
    }
}

}  // namespace

PixPtr binarise(Pix* image, int resolution) {
    const unsigned shift = resolution >= fine ? 1 : 0;
    const int step = 1 << shift;
    const int width = pixGetWidth(image);
    const int height = pixGetHeight(image);
    PixPtr binary(pixCreate(width, height, 1));
    if (!binary) return binary;
    pixCopyResolution(binary.get(), image);
    const auto columns = static_cast<std::size_t>((width + step - 1) / step);
    const auto rows = static_cast<std::size_t>((height + step - 1) / step);
    // A third of an inch across: some lines of text.
    const auto half = static_cast<std::size_t>(std::max(2, resolution / 6 / step));

    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width));
    std::vector<std::uint8_t> samples(columns * rows);
    const auto sample_row = [&](std::size_t row) { return std::span(samples).subspan(row * columns, columns); };
    for (std::size_t row = 0; row < rows; ++row) {
        unpack(image, static_cast<int>(row) * step, pixels);
        const auto target = sample_row(row);
        for (std::size_t i = 0; i < columns; ++i) target[i] = pixels[i << shift];
    }

    Neighbourhood neighbourhood(columns, half);
    for (std::size_t row = 0; row < std::min(half, rows); ++row) neighbourhood.add(sample_row(row));
    std::vector<float> exact(columns);
    std::vector<std::uint8_t> thresholds(columns);
    for (std::size_t row = 0; row < rows; ++row) {
        if (row + half < rows) neighbourhood.add(sample_row(row + half));
        if (row > half) neighbourhood.remove(sample_row(row - half - 1));
        neighbourhood.write_thresholds(exact);
        // Not above 255, the brightest mean.
        std::ranges::transform(exact, thresholds.begin(),
                               [](float value) { return static_cast<std::uint8_t>(std::ceil(value)); });
        const int last = std::min(height, static_cast<int>(row + 1) * step);
        for (int y = static_cast<int>(row) * step; y < last; ++y) {
            unpack(image, y, pixels);
            write_row(pixels, thresholds, shift, words_of(binary.get(), y));
        }
    }
    return binary;
}

}  // namespace nassaq::ocr
