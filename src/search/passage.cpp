#include "search/passage.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "search/folding.hpp"
#include "search/query.hpp"
#include "search/similar.hpp"

namespace nassaq::search {
namespace {

constexpr std::size_t longest_correctable = 24;

void append_word(WordList& list, std::string_view word) {
    if (!list.empty()) {
        list += ' ';
    }
    list += word;
}

/// Takes the tokens of one page and deals them out.
class PageCutter {
public:
    explicit PageCutter(const ocr::Page& page) : page_(page), tokens_(tokenize(page.text)) {}

    void append_to(std::vector<Passage>& passages) {
        std::size_t begin = 0;
        std::size_t part = 0;
        do {
            const std::size_t count = count_fitting(begin);
            passages.push_back(make(begin, count, ++part));
            begin += count;
        } while (begin < tokens_.size());
        const bool is_whole = part == 1 && passages.back().text.size() == page_.text.size();
        for (std::size_t i = passages.size() - part; i < passages.size(); ++i) {
            passages[i].is_whole_page = is_whole;
        }
    }

private:
    /// Where the text of the passage that begins with this token begins: behind the one before.
    [[nodiscard]] std::size_t text_begin(std::size_t token) const { return token == 0 ? 0 : tokens_[token - 1].end; }

    [[nodiscard]] std::size_t count_fitting(std::size_t begin) const {
        std::size_t count = 0;
        while (begin + count < tokens_.size() && count < most_passage_words &&
               (count == 0 || tokens_[begin + count].end - text_begin(begin) <= most_passage_bytes)) {
            ++count;
        }
        // Words that were one letter have the same bytes, and cannot be parted.
        while (count > 1 && begin + count < tokens_.size() &&
               tokens_[begin + count].begin == tokens_[begin + count - 1].begin) {
            --count;
        }
        return count;
    }

    [[nodiscard]] Passage make(std::size_t begin, std::size_t count, std::size_t part) const {
        const std::size_t from = text_begin(begin);
        const bool is_last = begin + count >= tokens_.size();
        const std::size_t to = is_last ? page_.text.size() : tokens_[begin + count - 1].end;
        Passage passage{.page = page_.number,
                        .part = static_cast<std::int64_t>(part),
                        .text = bounded(std::string_view(page_.text).substr(from, to - from)),
                        .language = page_.language};
        std::set<std::string> stems;
        for (std::size_t i = begin; i < begin + count; ++i) {
            append_word(passage.words, tokens_[i].word);
            stems.insert(stem(tokens_[i].word));
        }
        for (const std::string& one : stems) {
            append_word(passage.stems, one);
        }
        return passage;
    }

    /// Between two words, and behind the last, there can be megabytes of anything.
    [[nodiscard]] static std::string_view bounded(std::string_view text) {
        return text.size() <= 2 * most_passage_bytes ? text : text::first_code_points(text, most_passage_bytes / 2);
    }

    const ocr::Page& page_;
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Passage> cut_into_passages(const std::vector<ocr::Page>& pages) {
    std::vector<Passage> passages;
    for (const ocr::Page& page : pages) {
        PageCutter(page).append_to(passages);
    }
    if (passages.empty()) {
        passages.emplace_back();
    }
    return passages;
}

NameWords name_words(std::string_view filename) {
    NameWords name;
    for (const std::string& word : fold_words(filename)) {
        append_word(name.words, word);
        append_word(name.stems, stem(word));
    }
    return name;
}

std::vector<std::string_view> split_words(std::string_view list) {
    std::vector<std::string_view> words;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(' '), list.size());
        words.push_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return words;
}

DocumentWords all_words(const std::vector<Passage>& passages, const NameWords& name) {
    std::set<std::string> words;
    bool are_all = true;
    const auto add = [&](const WordList& list, std::string_view sign) {
        for (const std::string_view word : split_words(list)) {
            if (words.size() >= most_vocabulary_words) {
                are_all = false;
                return;
            }
            if (text::count_code_points(word) >= shortest_prefix) {
                words.insert(std::string(sign).append(word));
            }
        }
    };
    add(name.words, "");
    add(name.words, name_sign);
    for (const Passage& passage : passages) {
        add(passage.words, "");
    }
    DocumentWords all{.words = {}, .are_all = are_all};
    all.words.reserve(words.size());
    for (const std::string& word : words) {
        all.words.push_back(vocabulary_word(word));
    }
    return all;
}

VocabularyWord vocabulary_word(std::string word) {
    std::vector<std::string> trigrams = is_correctable(word) ? trigrams_of(word) : std::vector<std::string>();
    return {.word = std::move(word), .trigrams = std::move(trigrams)};
}

bool is_correctable(std::string_view word) {
    const std::size_t letters = text::count_code_points(word);
    return letters >= shortest_correctable && letters <= longest_correctable && !text::has_digit(word) &&
           !word.starts_with(name_sign);
}

}  // namespace nassaq::search
