#include "ocr/line_refinement.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "base/code_points.hpp"
#include "ocr/language.hpp"
#include "ocr/leptonica.hpp"

namespace nassaq::ocr {

namespace {

/// Tesseract's confidence, 0 to 100; found by trial on words of both scripts. What a model reads of the other script
/// stays below 60 but for a word in twenty, what it reads of its own is mostly above 85.
constexpr float foreign = 60;
/// Of a line as a whole: what the Arabic model reads of Latin lines is mostly below 40.
constexpr float foreign_latin_line = 50;
constexpr float believable = 65;
constexpr float gain = 15;
/// In a line that is mostly of the other script, its model is believed even so much below the first one.
constexpr float advantage = 25;

float mean_confidence(std::span<const Word> words) {
    float sum = 0;
    for (const Word& word : words) sum += word.confidence;
    return words.empty() ? 0 : sum / static_cast<float>(words.size());
}

Box surround(std::span<const Word> words) {
    Box box = words.front().box;
    for (const Word& word : words) {
        box.left = std::min(box.left, word.box.left);
        box.top = std::min(box.top, word.box.top);
        box.right = std::max(box.right, word.box.right);
        box.bottom = std::max(box.bottom, word.box.bottom);
    }
    return box;
}

/// A part of the page, with room for the marks above and below its letters.
struct PagePart {
    PixPtr image;
    int left;
    int top;
};

PagePart cut_part(Pix* image, const Box& box) {
    const int margin = box.height() / 4;
    const int left = std::max(0, box.left - margin);
    const int top = std::max(0, box.top - margin);
    const BoxPtr area(boxCreate(left, top, box.right + margin - left, box.bottom + margin - top));
    return {.image = PixPtr(pixClipRectangle(image, area.get(), nullptr)), .left = left, .top = top};
}

void move(Box& box, int columns, int rows) {
    box.left += columns;
    box.right += columns;
    box.top += rows;
    box.bottom += rows;
}

/// Letters and digits or signs in one word, as a model writes words of the other script: "560لا", "ا003.*".
bool is_garbled(std::string_view word) {
    bool has_letters = false;
    bool has_others = false;
    bool is_behind_others = false;
    text::for_each_code_point(word, [&](text::CodePoint character) {
        const bool is_letter = u_isalpha(character) != 0 || u_getCombiningClass(character) != 0;
        if (is_letter && is_behind_others) has_others = true;
        has_letters |= is_letter;
        has_others |= u_isdigit(character) != 0;
        is_behind_others = has_letters && !is_letter;
    });
    constexpr std::int64_t a_number = 3;
    return has_letters ? has_others : count_letters(word).digits >= a_number;
}

/// Tesseract's words of one line, read by two models, where each is kept that is read better.
struct Merged {
    std::vector<Word> kept;   ///< Of the first reading.
    std::vector<Word> given;  ///< Of the first reading, for
    std::vector<Word> taken;  ///< these of the second.
};

bool overlaps(const Word& a, const Word& b) {
    return 2 * a.box.overlap_across(b.box) > std::min(a.box.width(), b.box.width());
}

/// Numbers both models read.
bool has_letters(const Word& word) {
    const LetterCount letters = count_letters(word.text);
    return letters.arabic + letters.latin > 0;
}

Merged merge(std::span<const Word> first, std::vector<Word> second) {
    Merged merged;
    for (const Word& word : first) {
        const bool is_read_better = std::ranges::any_of(second, [&](const Word& other) {
            return has_letters(other) && overlaps(word, other) && other.confidence + advantage >= word.confidence;
        });
        (word.confidence >= foreign && !is_read_better ? merged.kept : merged.given).push_back(word);
    }
    for (Word& word : second) {
        const bool is_kept = std::ranges::any_of(merged.kept, [&](const Word& kept) { return overlaps(kept, word); });
        if (!is_kept) merged.taken.push_back(std::move(word));
    }
    return merged;
}

class Refiner {
public:
    Refiner(Tesseract& tesseract, Pix* image, int resolution, const std::string& model)
        : tesseract_(tesseract), image_(image), resolution_(resolution), model_(model) {}

    /// @return whether there is something of the other script on the page.
    std::expected<bool, Fault> refine_what_is_foreign(std::vector<Line>& lines) {
        for (Line& line : lines) {
            std::ranges::sort(line.words, {}, [](const Word& word) { return word.box.left; });
            const auto refined = is_foreign(line) ? refine_words(line, 0, line.words.size()) : refine_runs(line, false);
            if (!refined) return std::unexpected(refined.error());
        }
        return has_found_;
    }

    /// Where the page holds Latin writing, what looks like Arabic may be Latin all the same.
    std::expected<void, Fault> refine_what_is_doubtful(std::vector<Line>& lines) {
        for (Line& line : lines) {
            const auto refined = refine_runs(line, true);
            if (!refined) return refined;
        }
        return {};
    }

private:
    /// Words side by side of which none is sure, from the end, so that what is put in place of some does not move
    /// others.
    std::expected<void, Fault> refine_runs(Line& line, bool all) {
        const auto is_sure = [&](std::size_t i) { return line.words[i].confidence >= foreign; };
        for (std::size_t end = line.words.size(); end > 0; --end) {
            std::size_t begin = end;
            while (begin > 0 && !is_sure(begin - 1)) --begin;
            if (begin == end) continue;
            const auto run = std::span(line.words).subspan(begin, end - begin);
            if (is_arabic(model_) || (all ? !has_latin_letters(run) : has_garbled_words(run))) {
                const auto refined = refine_words(line, begin, end);
                if (!refined) return refined;
            }
            end = begin + 1;
        }
        return {};
    }

    [[nodiscard]] bool is_foreign(const Line& line) const {
        const auto unsure =
            std::ranges::count_if(line.words, [](const Word& word) { return word.confidence < foreign; });
        const float mean = mean_confidence(line.words);
        return 2 * unsure >= std::ssize(line.words) && mean < (is_arabic(model_) ? foreign : foreign_latin_line) &&
               line.box.width() > 3 * line.box.height();
    }

    static bool has_latin_letters(std::span<const Word> words) {
        return std::ranges::any_of(words, [](const Word& word) { return count_letters(word.text).latin > 0; });
    }

    static bool has_garbled_words(std::span<const Word> words) {
        return std::ranges::any_of(words, is_garbled, &Word::text);
    }

    std::expected<void, Fault> refine_words(Line& line, std::size_t begin, std::size_t end) {
        const std::span<const Word> words = std::span(line.words).subspan(begin, end - begin);
        if (words.empty()) return {};
        const Box box = surround(words);
        if (box.width() < box.height() / 2) return {};  // A mark or a speck.
        // Beside the first and the last word there may be some that the wrong model made nothing of.
        const int left = begin == 0 ? std::min(box.left, line.box.left) : box.left;
        const int right = end == line.words.size() ? std::max(box.right, line.box.right) : box.right;
        auto again = read({.left = left, .top = line.box.top, .right = right, .bottom = line.box.bottom});
        if (!again) return std::unexpected(again.error());
        Merged merged = merge(words, std::move(*again));
        if (!is_better(merged)) return {};
        has_found_ = true;
        std::ranges::move(merged.taken, std::back_inserter(merged.kept));
        std::ranges::sort(merged.kept, {}, [](const Word& word) { return word.box.left; });
        const auto first = line.words.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto after = line.words.erase(first, first + static_cast<std::ptrdiff_t>(end - begin));
        line.words.insert(after, std::make_move_iterator(merged.kept.begin()),
                          std::make_move_iterator(merged.kept.end()));
        return {};
    }

    [[nodiscard]] bool is_better(const Merged& merged) const {
        LetterCount letters;
        for (const Word& word : merged.taken) letters += count_letters(word.text);
        const std::int64_t own = is_arabic(model_) ? letters.arabic : letters.latin;
        const std::int64_t others = is_arabic(model_) ? letters.latin : letters.arabic;
        if (others > 0 || own < 2) return false;
        const float confidence = mean_confidence(merged.taken);
        const bool is_surer = confidence >= believable && confidence >= mean_confidence(merged.given) + gain;
        // Names of files and the like are in no dictionary and read with little confidence.
        const bool is_neater = own > 2 && !is_arabic(model_) && has_garbled_words(merged.given);
        return is_surer || is_neater;
    }

    std::expected<std::vector<Word>, Fault> read(const Box& box) {
        std::vector<Word> words;
        const PagePart strip = cut_part(image_, box);
        if (!strip.image) return words;
        auto found = tesseract_.recognise(strip.image.get(), resolution_, model_, Layout::line);
        if (!found) return std::unexpected(found.error());
        for (Line& part : *found) {
            for (Word& word : part.words) {
                move(word.box, strip.left, strip.top);
                words.push_back(std::move(word));
            }
        }
        return words;
    }

    Tesseract& tesseract_;
    Pix* image_;
    int resolution_;
    const std::string& model_;
    bool has_found_ = false;
};

}  // namespace

std::expected<bool, Fault> refine_lines(Tesseract& tesseract, Pix* image, int resolution, const std::string& other,
                                        std::vector<Line>& lines) {
    if (other.empty()) return false;
    Refiner refiner(tesseract, image, resolution, other);
    const auto has_both = refiner.refine_what_is_foreign(lines);
    if (!has_both || !*has_both || is_arabic(other)) return has_both;
    const auto refined = refiner.refine_what_is_doubtful(lines);
    if (!refined) return std::unexpected(refined.error());
    return true;
}

}  // namespace nassaq::ocr
