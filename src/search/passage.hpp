#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ocr/document.hpp"

/// What is indexed as one: a page, or a part of one that is very long.
namespace nassaq::search {

/// Words with a space between them, each in letters and digits only.
using WordList = std::string;

struct Passage {
    std::int64_t page = 1;
    std::int64_t part = 1;  ///< Of its page, from 1.
    std::string_view text;  ///< Borrowed from the page.
    std::string_view language;
    bool is_whole_page = true;
    WordList words;  ///< Folded, in order.
    WordList stems;  ///< Of the words, each once, in order of the alphabet.
};

/// A file's name, as it is indexed beside the words of the document's first passage.
struct NameWords {
    WordList words;
    WordList stems;
};

/// More is a part of its own: a text file of megabytes is one page, PostgreSQL takes a million bytes of words at most,
/// and nobody waits for a snippet out of twenty megabytes.
inline constexpr std::size_t most_passage_words = 4096;
inline constexpr std::size_t most_passage_bytes = std::size_t{64} << 10;

/// At least one passage, so that there is something to put the name to. Borrows the texts of `pages`.
std::vector<Passage> cut_into_passages(const std::vector<ocr::Page>& pages);
std::vector<Passage> cut_into_passages(std::vector<ocr::Page>&&) = delete;
NameWords name_words(std::string_view filename);

std::vector<std::string_view> split_words(std::string_view list);
/// Stands before the words of a name where they are in one list with those of the text; no word has it.
inline constexpr std::string_view name_sign = "^";

/// In letters. Of a shorter word too little is left beside the mistake.
inline constexpr std::size_t shortest_correctable = 3;
/// A word of the vocabulary, and the trigrams by which mistyped ones come to it: none, where it is not correctable.
struct VocabularyWord {
    std::string word;
    std::vector<std::string> trigrams;
};

/// Of a document with more distinct words than these only so many are kept in the vocabulary.
inline constexpr std::size_t most_vocabulary_words = 20'000;

VocabularyWord vocabulary_word(std::string word);

struct DocumentWords {
    std::vector<VocabularyWord> words;  ///< In order of the alphabet.
    bool are_all = true;
};

/// The distinct words that a prefix can stand for, those of the name once more behind name_sign; the name's and the
/// first ones of the text, where there are too many.
DocumentWords all_words(const std::vector<Passage>& passages, const NameWords& name);
/// Whether a mistyped word could have been meant to be this one: letters only, neither short nor endless.
bool is_correctable(std::string_view word);

}  // namespace nassaq::search
