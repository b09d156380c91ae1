#include "support/word_recall.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

namespace nassaq::ocr::test {

namespace {

UChar32 fold_letter(UChar32 c) {
    switch (c) {
        case 0x0622:  // alef with madda, with hamza above and below, wasla
        case 0x0623:
        case 0x0625:
        case 0x0671:
            return 0x0627;
        case 0x0649:  // alef maksura, Persian yeh, yeh with hamza
        case 0x06CC:
        case 0x0626:
            return 0x064A;
        case 0x0624:
            return 0x0648;  // waw with hamza
        case 0x0629:
            return 0x0647;  // teh marbuta
        case 0x06A9:
            return 0x0643;  // Persian kaf
        default:
            return u_isdigit(c) != 0 ? '0' + u_charDigitValue(c) : c;
    }
}

bool is_dropped(UChar32 c) {
    return c == 0x0621 || c == 0x0640 || u_charType(c) == U_NON_SPACING_MARK;
}

icu::UnicodeString normalize(const icu::Normalizer2* (*get)(UErrorCode&), const icu::UnicodeString& text) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* form = get(error);
    icu::UnicodeString result = form->normalize(text, error);
    if (U_FAILURE(error)) throw std::runtime_error(u_errorName(error));
    return result;
}

std::map<std::string, int> count_each_word(std::string_view text) {
    std::map<std::string, int> count;
    std::istringstream words(fold_for_search(text));
    for (std::string word; words >> word;) ++count[word];
    return count;
}

}  // namespace

std::string fold_for_search(std::string_view text) {
    const icu::UnicodeString compatible =
        normalize(icu::Normalizer2::getNFKCCasefoldInstance,
                  icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()))));
    icu::UnicodeString folded;
    for (std::int32_t i = 0; i < compatible.length(); i = compatible.moveIndex32(i, 1)) {
        folded.append(fold_letter(compatible.char32At(i)));
    }
    const icu::UnicodeString decomposed = normalize(icu::Normalizer2::getNFDInstance, folded);
    icu::UnicodeString words;
    for (std::int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
        const UChar32 c = decomposed.char32At(i);
        if (!is_dropped(c)) words.append(u_isalnum(c) != 0 || c == '_' ? c : UChar32{' '});
    }
    std::string result;
    words.toUTF8String(result);
    return result;
}

double word_recall(std::string_view truth, std::string_view text) {
    const auto wanted = count_each_word(truth);
    const auto found = count_each_word(text);
    int all = 0;
    int hits = 0;
    for (const auto& [word, times] : wanted) {
        all += times;
        const auto match = found.find(word);
        if (match != found.end()) hits += std::min(times, match->second);
    }
    return all == 0 ? 1 : static_cast<double>(hits) / all;
}

}  // namespace nassaq::ocr::test
