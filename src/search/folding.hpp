#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What makes two spellings the same word: used for the index and for the query alike.
namespace nassaq::search {

/// A word as it is indexed, and the bytes of the text that it was made of.
struct Token {
    std::string word;  ///< Letters and digits only, never empty, at most longest_word UTF-16 units.
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// What is longer is cut: such a "word" is a picture in base64 or a line of a table, and nobody types it whole.
inline constexpr int longest_word = 64;

/// The words of a text, folded: NFKC_Casefold (Unicode Standard, 3.13); alef, yeh, waw and heh in one form each, keheh
/// as kaf, no hamza by itself and no tatweel; every script's digits as 0-9; NFD without its marks.
///
/// Where a script writes no spaces (Han, Kana, Thai and others), each letter is a word; a number in Arabic text is one
/// of its own even without a space. Expects valid UTF-8.
std::vector<Token> tokenize(std::string_view text);

/// Only the words.
std::vector<std::string> fold_words(std::string_view text);

/// The part of a folded word that its inflections share, and which is indexed beside it: without the Arabic article,
/// what clings to it and common endings (as the "light10" stemmer of Larkey, Ballesteros and Connell, 2007), and for
/// English as Snowball's Porter2 stemmer says. Words of other languages are their own stems.
std::string stem(std::string_view word);

}  // namespace nassaq::search
