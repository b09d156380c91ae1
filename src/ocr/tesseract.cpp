#include "ocr/tesseract.hpp"

#include <leptonica/allheaders.h>
#include <tesseract/baseapi.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "ocr/binarisation.hpp"
#include "ocr/fault.hpp"
#include "ocr/text_cleanup.hpp"

namespace nassaq::ocr {

namespace {

using tesseract::ResultIterator;
using tesseract::TessBaseAPI;

/// The model that tells orientation and script; it runs on Tesseract's older engine.
constexpr const char* orientation_model = "osd";

std::unexpected<Fault> missing_language(const std::string& language) {
    return machine_fault(Reason::language_not_installed, language);
}

/// Tesseract starts happily with a part of the languages.
std::optional<std::string> find_missing(const TessBaseAPI& engine, const std::string& languages) {
    std::vector<std::string> loaded;
    engine.GetLoadedLanguagesAsVector(&loaded);
    std::istringstream wanted(languages);
    for (std::string language; std::getline(wanted, language, '+');) {
        if (std::ranges::find(loaded, language) == loaded.end()) return language;
    }
    return std::nullopt;
}

Box box_of(const ResultIterator& result, tesseract::PageIteratorLevel level) {
    Box box;
    result.BoundingBox(level, &box.left, &box.top, &box.right, &box.bottom);
    return box;
}

std::optional<Word> read_word(const ResultIterator& result) {
    const std::unique_ptr<char[]> text(result.GetUTF8Text(tesseract::RIL_WORD));
    if (!text) return std::nullopt;
    Word word{.box = box_of(result, tesseract::RIL_WORD),
              .text = clean_recognised_text(text.get()),
              .confidence = result.Confidence(tesseract::RIL_WORD)};
    if (word.text.empty()) return std::nullopt;
    return word;
}

std::vector<Line> read_lines(TessBaseAPI& engine) {
    std::vector<Line> lines;
    const std::unique_ptr<ResultIterator> result(engine.GetIterator());
    if (!result) return lines;
    do {
        if (result->Empty(tesseract::RIL_WORD)) continue;
        if (lines.empty() || result->IsAtBeginningOf(tesseract::RIL_TEXTLINE)) {
            lines.push_back({.box = box_of(*result, tesseract::RIL_TEXTLINE), .words = {}});
        }
        if (auto word = read_word(*result)) lines.back().words.push_back(std::move(*word));
        lines.back().ends_paragraph |= result->IsAtFinalElement(tesseract::RIL_PARA, tesseract::RIL_WORD);
    } while (result->Next(tesseract::RIL_WORD));
    return lines;
}

tesseract::PageSegMode mode_of(Layout layout) {
    switch (layout) {
        case Layout::block:
            return tesseract::PSM_SINGLE_BLOCK;
        case Layout::line:
            return tesseract::PSM_SINGLE_LINE;
        case Layout::page:
            break;
    }
    return tesseract::PSM_AUTO;
}

}  // namespace

bool has_language(std::string_view languages, std::string_view language) {
    return ("+" + std::string(languages) + "+").find("+" + std::string(language) + "+") != std::string::npos;
}

std::string without_language(std::string_view languages, std::string_view language) {
    std::string rest;
    std::istringstream all{std::string(languages)};
    for (std::string name; std::getline(all, name, '+');) {
        if (name != language) rest += (rest.empty() ? "" : "+") + name;
    }
    return rest;
}

bool is_arabic(std::string_view model) {
    return model == arabic_model;
}

Tesseract::Tesseract() = default;

Tesseract::~Tesseract() = default;

std::expected<TessBaseAPI*, Fault> Tesseract::engine(const std::string& languages) {
    const auto known = engines_.find(languages);
    if (known != engines_.end()) return known->second.get();
    auto engine = std::make_unique<TessBaseAPI>();
    const auto mode = languages == orientation_model ? tesseract::OEM_TESSERACT_ONLY : tesseract::OEM_LSTM_ONLY;
    if (engine->Init(nullptr, languages.c_str(), mode) != 0) {
        return missing_language(languages.substr(0, languages.find('+')));
    }
    if (const auto missing = find_missing(*engine, languages)) return missing_language(*missing);
    engine->SetVariable("debug_file", "/dev/null");
    return engines_.emplace(languages, std::move(engine)).first->second.get();
}

std::expected<std::optional<Orientation>, Fault> Tesseract::detect_orientation(Pix* image, int resolution) {
    const auto detector = engine(orientation_model);
    if (!detector) return std::unexpected(detector.error());
    (*detector)->SetPageSegMode(tesseract::PSM_OSD_ONLY);
    (*detector)->SetImage(image);
    (*detector)->SetSourceResolution(resolution);
    int degrees = 0;
    const char* script = nullptr;
    Orientation orientation;
    const bool found = (*detector)->DetectOrientationScript(&degrees, &orientation.rotation_confidence, &script,
                                                            &orientation.script_confidence);
    (*detector)->Clear();
    if (!found) return std::nullopt;
    orientation.clockwise_quarters = degrees / 90;
    if (script != nullptr) orientation.script = script;
    return orientation;
}

std::expected<std::vector<Line>, Fault> Tesseract::recognise(Pix* image, int resolution, const std::string& languages,
                                                             Layout layout) {
    const auto recogniser = engine(languages);
    if (!recogniser) return std::unexpected(recogniser.error());
    (*recogniser)->SetPageSegMode(mode_of(layout));
    const PixPtr binary = binarise(image, resolution);
    if (!binary) return document_fault(Reason::memory_exceeded);
    // Where the lines are it tells by the first image; it reads them from the second, of the same size, which it takes
    // over (Tesseract::BestPix()).
    (*recogniser)->SetImage(binary.get());
    (*recogniser)->SetInputImage(pixClone(image));
    (*recogniser)->SetSourceResolution(resolution);
    // It fails where it cannot make out any layout, as in the noise of a damaged image: no reason to lose other pages.
    if ((*recogniser)->Recognize(nullptr) != 0) return std::vector<Line>();
    return read_lines(**recogniser);
}

PixPtr Tesseract::take_binary_image(const std::string& languages) {
    const auto known = engines_.find(languages);
    return PixPtr(known == engines_.end() ? nullptr : known->second->GetThresholdedImage());
}

}  // namespace nassaq::ocr
