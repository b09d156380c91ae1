#include "ocr/line_refinement.hpp"

#include <algorithm>
#include <memory>
#include <span>

#include "ocr/bidi_order.hpp"
#include "ocr/language.hpp"
#include "ocr/leptonica.hpp"

namespace nassaq::ocr {

namespace {

constexpr const char* arabic_model = "ara";
constexpr const char* latin_model = "eng";
/// Tesseract's confidence, 0 to 100; all four were found by trial on words of both scripts.
constexpr float doubtful = 80;
constexpr float sure = 85;
constexpr float foreign_line = 60;
constexpr float tolerance = 5;

float mean_confidence(const Line& line) {
    float sum = 0;
    for (const Word& word : line.words) sum += word.confidence;
    return line.words.empty() ? 0 : sum / static_cast<float>(line.words.size());
}

/// The part of the page that a line stands on, with room for the marks above and below its letters.
struct Strip {
    PixPtr image;
    int left;
    int top;
};

Strip cut_strip(Pix* image, const Box& line) {
    const int margin = line.height() / 4;
    const int left = std::max(0, line.left - margin);
    const int top = std::max(0, line.top - margin);
    const BoxPtr box(boxCreate(left, top, line.right + margin - left, line.bottom + margin - top));
    return {.image = PixPtr(pixClipRectangle(image, box.get(), nullptr)), .left = left, .top = top};
}

void move(Box& box, int columns, int rows) {
    box.left += columns;
    box.right += columns;
    box.top += rows;
    box.bottom += rows;
}

/// @return the words of a line as `model` alone reads it.
std::expected<std::vector<Word>, Fault> read_again(Tesseract& tesseract, Pix* image, int resolution, const Line& line,
                                                   const std::string& model) {
    std::vector<Word> words;
    const Strip strip = cut_strip(image, line.box);
    if (!strip.image) return words;
    auto found = tesseract.recognise(strip.image.get(), resolution, model, Layout::line);
    if (!found) return std::unexpected(found.error());
    for (Line& part : *found) {
        for (Word& word : part.words) {
            move(word.box, strip.left, strip.top);
            words.push_back(std::move(word));
        }
    }
    return words;
}

bool is_arabic(const Line& line) {
    const LetterCount letters = count_letters(std::span(&line, 1));
    return letters.arabic > 0 && letters.arabic >= letters.latin;
}

bool may_be_mistaken(const Word& word) {
    return word.confidence < doubtful || count_letters(word.text).latin > 0;
}

bool stand_at_the_same_place(const Word& a, const Word& b) {
    return 2 * a.box.overlap_across(b.box) > std::max(a.box.width(), b.box.width());
}

bool is_better(const Word& again, const Word& first) {
    const LetterCount letters = count_letters(again.text);
    return again.confidence >= sure && again.confidence + tolerance >= first.confidence && letters.latin == 0 &&
           letters.arabic + letters.digits > 0;
}

void replace_mistaken_words(Line& line, const std::vector<Word>& again) {
    for (Word& word : line.words) {
        if (!may_be_mistaken(word)) continue;
        const auto better = std::ranges::find_if(
            again, [&](const Word& other) { return stand_at_the_same_place(word, other) && is_better(other, word); });
        if (better != again.end()) word = *better;
    }
}

bool is_latin(const std::vector<Word>& words) {
    LetterCount letters;
    for (const Word& word : words) letters += count_letters(word.text);
    return letters.latin > 2 && letters.arabic == 0;
}

}  // namespace

std::expected<void, Fault> refine_lines(Tesseract& tesseract, Pix* image, int resolution, const std::string& used,
                                        const std::string& languages, std::vector<Line>& lines) {
    if (!has_language(languages, arabic_model) || !has_language(languages, latin_model)) return {};
    const bool is_mixed = has_language(used, latin_model);
    for (Line& line : lines) {
        const bool has_mistakes = is_mixed && is_arabic(line) && std::ranges::any_of(line.words, may_be_mistaken);
        const bool is_foreign = !is_mixed && mean_confidence(line) < foreign_line;
        if (!has_mistakes && !is_foreign) continue;
        auto again = read_again(tesseract, image, resolution, line, is_mixed ? arabic_model : latin_model);
        if (!again) return std::unexpected(again.error());
        if (has_mistakes) replace_mistaken_words(line, *again);
        Line other{.box = line.box, .words = std::move(*again), .ends_paragraph = line.ends_paragraph};
        if (is_foreign && is_latin(other.words) && mean_confidence(other) >= sure) line = std::move(other);
    }
    return {};
}

}  // namespace nassaq::ocr
