#include "ocr/bidi_order.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace nassaq::ocr {

namespace {

enum class Direction { right_to_left, left_to_right, number, neutral };

struct PlacedWord {
    const Word* word;
    LetterCount letters;
    Direction direction;
};

Direction direction_of(const LetterCount& letters) {
    if (letters.arabic == 0 && letters.latin == 0) return letters.digits > 0 ? Direction::number : Direction::neutral;
    return letters.latin > letters.arabic ? Direction::left_to_right : Direction::right_to_left;
}

std::vector<PlacedWord> place_words(const Line& line) {
    std::vector<PlacedWord> words;
    for (const Word& word : line.words) {
        const LetterCount letters = count_letters(word.text);
        words.push_back({.word = &word, .letters = letters, .direction = direction_of(letters)});
    }
    std::ranges::sort(
        words, {}, [](const PlacedWord& placed) { return std::pair(placed.word->box.left, placed.word->box.right); });
    return words;
}

/// A line that begins (at the right) with an Arabic word on an Arabic page is Arabic, however much Latin it holds.
bool is_right_to_left_line(const std::vector<PlacedWord>& words, bool right_to_left_page) {
    LetterCount letters;
    for (const PlacedWord& word : words) letters += word.letters;
    if (letters.arabic == 0) return false;
    return 2 * letters.arabic >= letters.latin || (right_to_left_page && words.back().letters.arabic > 0);
}

/// The end of the longest run from `begin` on that has no word of the base direction and ends with a word or number.
std::size_t end_of_run(const std::vector<PlacedWord>& words, std::size_t begin, Direction base) {
    std::size_t end = begin + 1;
    for (std::size_t i = begin + 1; i < words.size() && words[i].direction != base; ++i) {
        if (words[i].direction != Direction::neutral) end = i + 1;
    }
    return end;
}

/// In a right-to-left line, numbers beside Latin words belong to their run, and other numbers stand alone. In a
/// left-to-right line a run of Arabic begins and ends with an Arabic word.
std::size_t end_of_opposite_run(const std::vector<PlacedWord>& words, std::size_t begin, Direction base,
                                Direction opposite) {
    const Direction first = words[begin].direction;
    const bool may_begin = first == opposite || (first == Direction::number && opposite == Direction::left_to_right);
    if (!may_begin) return begin;
    std::size_t end = end_of_run(words, begin, base);
    if (opposite == Direction::right_to_left) {
        while (end > begin && words[end - 1].direction != opposite) --end;
    }
    const bool has_opposite = std::any_of(words.begin() + static_cast<std::ptrdiff_t>(begin),
                                          words.begin() + static_cast<std::ptrdiff_t>(end),
                                          [&](const PlacedWord& word) { return word.direction == opposite; });
    return has_opposite ? end : begin;
}

/// @param words  In the base direction as they stand on the page; they are brought into logical order.
void reverse_opposite_runs(std::vector<PlacedWord>& words, Direction base, Direction opposite) {
    for (std::size_t i = 0; i < words.size();) {
        const std::size_t end = end_of_opposite_run(words, i, base, opposite);
        std::reverse(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(end));
        i = std::max(end, i + 1);
    }
}

}  // namespace

LetterCount count_letters(std::span<const Line> lines) {
    LetterCount letters;
    for (const Line& line : lines) {
        for (const Word& word : line.words) letters += count_letters(word.text);
    }
    return letters;
}

bool is_right_to_left(const LetterCount& letters) {
    return 10 * letters.arabic > 3 * (letters.arabic + letters.latin);
}

std::string logical_text(const Line& line, bool right_to_left_page) {
    std::vector<PlacedWord> words = place_words(line);
    if (is_right_to_left_line(words, right_to_left_page)) {
        std::ranges::reverse(words);
        reverse_opposite_runs(words, Direction::right_to_left, Direction::left_to_right);
    } else {
        reverse_opposite_runs(words, Direction::left_to_right, Direction::right_to_left);
    }
    std::string text;
    for (const PlacedWord& placed : words) {
        if (!text.empty()) text += ' ';
        text += placed.word->text;
    }
    return text;
}

}  // namespace nassaq::ocr
