#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nassaq::ocr {

/// How the text of a page was won.
enum class Method {
    embedded,  ///< The text layer of a PDF or the markup of an office file.
    ocr,       ///< Recognised from pixels.
    decoded,   ///< A plain text file, decoded from its character set.
};

inline constexpr auto methods = std::to_array({Method::embedded, Method::ocr, Method::decoded});

/// What clients and databases know it by.
constexpr std::string_view name_of(Method method) {
    switch (method) {
        case Method::embedded:
            return "embedded";
        case Method::ocr:
            return "ocr";
        case Method::decoded:
            return "decoded";
    }
    return "decoded";
}

/// The method of that name; nothing when there is none.
constexpr std::optional<Method> find_method(std::string_view name) {
    for (const Method method : methods) {
        if (name_of(method) == name) return method;
    }
    return std::nullopt;
}

/// The text of one page, in logical order, UTF-8 (NFC), lines ended by '\n'.
struct Page {
    std::int64_t number = 1;  ///< From 1.
    std::string text;
    Method method = Method::embedded;
    std::optional<double> confidence;  ///< 0 to 1, as the platform's cloud worker wrote it; only for Method::ocr.
    std::string language;              ///< "ar", "en", or empty where the page holds too few letters to tell.
};

/// What was extracted from one document.
struct Document {
    std::vector<Page> pages;
    std::int64_t word_count = 0;
    double average_confidence = 1.0;  ///< Mean of the pages by word; embedded and decoded text counts as 1.
    std::string primary_language;     ///< The language of most letters; empty where there are none.
};

/// Why a document gave no text.
struct Fault {
    /// True: this machine or moment is at fault (no memory, a killed child), so the job is worth another try.
    /// False: the document itself is, and no retry will help.
    bool temporary = false;
    /// A sentence for the person who uploaded it: "The PDF needs a password."
    std::string reason;
};

}  // namespace nassaq::ocr
