#include "search/snippet.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/text.hpp"
#include "search/folding.hpp"

namespace nassaq::search {
namespace {

/// How many words a snippet has at most, and how many of them stand before the first one found.
constexpr std::size_t window_words = 30;
constexpr std::size_t words_before = 6;
constexpr std::size_t most_characters = 320;
constexpr std::string_view ellipsis = "…";

/// A text's words, what they are compared by, and which of them were found.
class MarkedText {
public:
    MarkedText(std::string_view text, const Query& query) : tokens_(tokenize(text)), marks_(tokens_.size(), 0) {
        for (const Token& token : tokens_) {
            stems_.push_back(stem(token.word));
        }
        std::size_t number = 0;
        for (const Unit& unit : query.significant()) {
            mark(unit, ++number);
        }
    }

    [[nodiscard]] std::span<const Token> tokens() const { return tokens_; }
    /// For each word, the unit of the query that it is part of, from 1; 0 for none.
    [[nodiscard]] std::span<const std::size_t> marks() const { return marks_; }
    [[nodiscard]] bool has_hit() const {
        return std::ranges::any_of(marks_, [](std::size_t mark) { return mark != 0; });
    }

private:
    void mark(const Unit& unit, std::size_t number) {
        const std::string unit_stem = stem(unit.words.front());
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            std::fill_n(marks_.begin() + static_cast<std::ptrdiff_t>(i), match(unit, unit_stem, i), number);
        }
    }

    /// How many words from this one on are the unit; 0 when none.
    [[nodiscard]] std::size_t match(const Unit& unit, const std::string& unit_stem, std::size_t at) const {
        const std::string& word = tokens_[at].word;
        if (!unit.alternatives.empty()) {
            return std::ranges::find(unit.alternatives, word) != unit.alternatives.end() ? 1 : 0;
        }
        if (unit.kind == Unit::Kind::prefix) {
            return word.starts_with(unit.words.front()) ? 1 : 0;
        }
        if (unit.kind == Unit::Kind::word && unit.words.size() == 1) {
            return stems_[at] == unit_stem ? 1 : 0;
        }
        return is_sequence_at(unit.words, at) ? unit.words.size() : 0;
    }

    [[nodiscard]] bool is_sequence_at(std::span<const std::string> words, std::size_t at) const {
        const auto rest = std::span(tokens_).subspan(at);
        return rest.size() >= words.size() &&
               std::ranges::equal(rest.first(words.size()), words, std::ranges::equal_to(), &Token::word);
    }

    std::vector<Token> tokens_;
    std::vector<std::string> stems_;
    std::vector<std::size_t> marks_;
};

/// How much a stretch of words tells of the query: its different units first, then how often, and in what order.
std::size_t worth(std::span<const std::size_t> marks) {
    std::array<bool, most_units + 1> seen{};
    std::size_t different = 0;
    std::size_t all = 0;
    std::size_t in_sequence = 0;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (marks[i] == 0) {
            continue;
        }
        ++all;
        if (!seen.at(marks[i])) {
            seen.at(marks[i]) = true;
            ++different;
        }
        if (i > 0 && marks[i - 1] + 1 == marks[i]) {
            ++in_sequence;
        }
    }
    return different * 10'000 + in_sequence * 100 + std::min<std::size_t>(all, 99);
}

/// The first word of the best window.
std::size_t best_window(std::span<const std::size_t> marks) {
    std::size_t best = 0;
    std::size_t highest = 0;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (marks[i] == 0) {
            continue;
        }
        const std::size_t begin = i - std::min(i, words_before);
        const std::size_t value = worth(marks.subspan(begin, std::min(window_words, marks.size() - begin)));
        if (value > highest) {
            highest = value;
            best = begin;
        }
    }
    return best;
}

/// HTML with single spaces.
class Writer {
public:
    void append_text(std::string_view text) {
        for (const char c : text) {
            append(c);
        }
    }
    void append_word(std::string_view word, bool is_found) {
        html_ += is_found ? "<mark>" : "";
        append_text(word.size() <= most_characters ? word : text::first_code_points(word, longest_word));
        html_ += is_found ? "</mark>" : "";
    }
    void append_ellipsis() { html_ += ellipsis; }
    std::string take() { return std::move(html_); }

private:
    void append(char c) {
        const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
        if (is_space) {
            if (!html_.empty() && html_.back() != ' ') {
                html_ += ' ';
            }
            return;
        }
        switch (c) {
            case '&':
                html_ += "&amp;";
                break;
            case '<':
                html_ += "&lt;";
                break;
            case '>':
                html_ += "&gt;";
                break;
            case '"':
                html_ += "&quot;";
                break;
            case '\'':
                html_ += "&#39;";
                break;
            default:
                html_ += c;
        }
    }

    std::string html_;
};

std::string_view trim_front(std::string_view text) {
    const std::string_view trimmed = text::trim(text);
    return trimmed.empty() ? trimmed : text.substr(static_cast<std::size_t>(trimmed.data() - text.data()));
}

/// What stands between two words can be long, and tells nothing.
std::string_view shorten(std::string_view text) {
    constexpr std::size_t longest_gap = 40;
    return text.size() <= longest_gap ? text : text::first_code_points(text, longest_gap / 4);
}

std::string write_snippet(std::string_view text, const MarkedText& marked) {
    const std::span<const Token> tokens = marked.tokens();
    const std::span<const std::size_t> marks = marked.marks();
    Writer writer;
    if (tokens.empty()) {
        writer.append_text(text::first_code_points(text::trim(text), most_characters));
        return writer.take();
    }
    const std::size_t begin = best_window(marks);
    const std::size_t end = std::min(begin + window_words, tokens.size());
    if (begin > 0) {
        writer.append_ellipsis();
    }
    std::size_t position = begin == 0 ? text.size() - trim_front(text).size() : tokens[begin].begin;
    const std::size_t start = tokens[begin].begin;
    std::size_t i = begin;
    for (; i < end && (i == begin || tokens[i].end - start <= 4 * most_characters); ++i) {
        if (tokens[i].begin < position) {
            continue;  // Of the same letter as the one before.
        }
        writer.append_text(shorten(text.substr(position, tokens[i].begin - position)));
        position = tokens[i].end;
        writer.append_word(text.substr(tokens[i].begin, position - tokens[i].begin), marks[i] != 0);
    }
    if (i < tokens.size()) {
        writer.append_ellipsis();
    } else {
        writer.append_text(shorten(text::trim(text.substr(position))));
    }
    return writer.take();
}

}  // namespace

std::string make_snippet(std::string_view text, const Query& query) {
    return write_snippet(text, MarkedText(text, query));
}

std::optional<std::string> find_snippet(std::string_view text, const Query& query) {
    const MarkedText marked(text, query);
    return marked.has_hit() ? std::optional(write_snippet(text, marked)) : std::nullopt;
}

}  // namespace nassaq::search
