#include "search/snippet.hpp"

#include <algorithm>
#include <cstddef>
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

/// A unit of the query, ready to be compared with the words of a text.
class Matcher {
public:
    explicit Matcher(const Unit& unit) : unit_(unit) {
        if (is_single_word()) {
            stem_ = stem(unit.words.front());
        }
    }

    /// How many words of the text from this one on are the unit; 0 when none.
    [[nodiscard]] std::size_t match(const std::vector<Token>& tokens, std::size_t at) const {
        const std::string& word = tokens[at].word;
        if (!unit_.alternatives.empty()) {
            return std::ranges::find(unit_.alternatives, word) != unit_.alternatives.end() ? 1 : 0;
        }
        if (unit_.kind == Unit::Kind::prefix) {
            return word.starts_with(unit_.words.front()) ? 1 : 0;
        }
        if (is_single_word()) {
            return stem(word) == stem_ ? 1 : 0;
        }
        return is_sequence_at(tokens, at) ? unit_.words.size() : 0;
    }

private:
    [[nodiscard]] bool is_single_word() const {
        return unit_.kind == Unit::Kind::word && unit_.words.size() == 1 && unit_.alternatives.empty();
    }

    [[nodiscard]] bool is_sequence_at(const std::vector<Token>& tokens, std::size_t at) const {
        if (at + unit_.words.size() > tokens.size()) {
            return false;
        }
        for (std::size_t i = 0; i < unit_.words.size(); ++i) {
            if (tokens[at + i].word != unit_.words[i]) {
                return false;
            }
        }
        return true;
    }

    const Unit& unit_;
    std::string stem_;
};

/// For each word of the text, the unit of the query that it is part of, from 1; 0 for none.
std::vector<std::size_t> mark_words(const std::vector<Token>& tokens, const Query& query) {
    std::vector<std::size_t> marks(tokens.size(), 0);
    std::size_t number = 0;
    for (const Unit& unit : query.wanted) {
        ++number;
        const Matcher matcher(unit);
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const std::size_t count = matcher.match(tokens, i);
            std::fill_n(marks.begin() + static_cast<std::ptrdiff_t>(i), count, number);
        }
    }
    return marks;
}

/// How much a stretch of words tells of the query: its different units first, then how often, and in what order.
std::size_t worth(const std::vector<std::size_t>& marks, std::size_t begin, std::size_t end) {
    std::vector<bool> seen(marks.size() + most_units + 1, false);
    std::size_t different = 0;
    std::size_t all = 0;
    std::size_t in_sequence = 0;
    for (std::size_t i = begin; i < end; ++i) {
        if (marks[i] == 0) {
            continue;
        }
        ++all;
        if (!seen[marks[i]]) {
            seen[marks[i]] = true;
            ++different;
        }
        if (i > begin && marks[i - 1] + 1 == marks[i]) {
            ++in_sequence;
        }
    }
    return different * 10'000 + in_sequence * 100 + std::min<std::size_t>(all, 99);
}

/// The first word of the best window.
std::size_t best_window(const std::vector<std::size_t>& marks) {
    std::size_t best = 0;
    std::size_t highest = 0;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (marks[i] == 0) {
            continue;
        }
        const std::size_t begin = i - std::min(i, words_before);
        const std::size_t value = worth(marks, begin, std::min(begin + window_words, marks.size()));
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
    void open_mark() { html_ += "<mark>"; }
    void close_mark() { html_ += "</mark>"; }
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

}  // namespace

std::string make_snippet(std::string_view text, const Query& query) {
    const std::vector<Token> tokens = tokenize(text);
    Writer writer;
    if (tokens.empty()) {
        writer.append_text(text::first_code_points(text::trim(text), most_characters));
        return writer.take();
    }
    const std::vector<std::size_t> marks = mark_words(tokens, query);
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
        const std::string_view word = text.substr(tokens[i].begin, position - tokens[i].begin);
        const bool is_found = marks[i] != 0;
        if (is_found) {
            writer.open_mark();
        }
        writer.append_text(word.size() <= most_characters ? word : text::first_code_points(word, longest_word));
        if (is_found) {
            writer.close_mark();
        }
    }
    if (i < tokens.size()) {
        writer.append_ellipsis();
    } else {
        writer.append_text(shorten(text::trim(text.substr(position))));
    }
    return writer.take();
}

bool has_hit(std::string_view text, const Query& query) {
    const std::vector<std::size_t> marks = mark_words(tokenize(text), query);
    return std::ranges::any_of(marks, [](std::size_t mark) { return mark != 0; });
}

}  // namespace nassaq::search
